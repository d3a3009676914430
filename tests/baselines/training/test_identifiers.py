"""What a user relies on: the identifier is rare, short, one token a word, the same for a seed, and never a real word."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.training.identifiers import describe_identifier, find_identifier
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS

MINI = load_dataset("mini")


@pytest.fixture(scope="module")
def clip_tokenizer() -> Any:
    """OpenAI CLIP's own vocabulary, built from the merges that open_clip ships, as Stable Diffusion 1.x has it."""
    import open_clip
    from transformers import CLIPTokenizer

    path = Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    if not path.is_file():
        pytest.skip("open_clip no longer ships the BPE merges")
    lines = gzip.decompress(path.read_bytes()).decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    merges = [tuple(line.split()) for line in lines]
    codes = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    letters = [chr(code) for code in codes] + [chr(256 + extra) for extra in range(256 - len(codes))]
    tokens = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: place for place, token in enumerate(tokens)}, merges=merges)


@pytest.mark.parametrize("seed", range(10))
def test_it_is_a_token_that_no_prompt_has(base: BaseModel, seed: int) -> None:
    found = find_identifier(base.tokenizer, seed=seed)
    assert len(found.text) <= 3
    assert base.tokenizer(found.text, add_special_tokens=False).input_ids == list(found.token_ids)
    assert base.tokenizer.decode(found.token_ids).strip() == found.text
    texts = [prompt.text(subject.class_noun) for subject in SUBJECTS for prompt in MINI.prompts_of(subject.kind)]
    used = {token_id for ids in base.tokenizer(texts).input_ids for token_id in ids}
    assert not used & set(found.token_ids)


@pytest.mark.parametrize("n_tokens", [1, 2, 3])
def test_sequences_have_one_token_a_word_and_no_repeats(base: BaseModel, n_tokens: int) -> None:
    found = find_identifier(base.tokenizer, seed=1, n_tokens=n_tokens)
    assert len(found.token_ids) == len(set(found.token_ids)) == n_tokens
    assert not found.splits


def test_the_choice_follows_the_seed(base: BaseModel) -> None:
    choices = [find_identifier(base.tokenizer, seed=seed).text for seed in range(20)]
    assert choices == [find_identifier(base.tokenizer, seed=seed).text for seed in range(20)]
    assert len(set(choices)) > 1


@pytest.mark.parametrize("seed", range(20))
def test_with_clips_own_vocabulary(clip_tokenizer: Any, seed: int) -> None:
    found = find_identifier(clip_tokenizer, seed=seed)
    assert len(found.text) <= 3
    assert found.text.isalpha()
    assert found.text != "sks"
    assert found.token_ids[0] >= 0.9 * 49408


@pytest.mark.parametrize(
    ("text", "ids"),
    [("sks", [48136]), ("ohwx", [47993]), ("phol", [48140]), ("kts", [48577]), ("hta", [49384]), ("olis", [49397])],
)
def test_known_rare_tokens_of_stable_diffusion(clip_tokenizer: Any, text: str, ids: list[int]) -> None:
    described = describe_identifier(clip_tokenizer, text)
    assert list(described.token_ids) == ids
    assert not described.splits


@pytest.mark.parametrize(("text", "count"), [("zwx", 2), ("skz", 2), ("xjy", 3), ("[V]", 3)])
def test_identifiers_that_split_are_told(clip_tokenizer: Any, text: str, count: int, caplog: pytest.LogCaptureFixture) -> None:
    described = describe_identifier(clip_tokenizer, text)
    assert len(described.token_ids) == count
    assert described.splits
    assert "splits" in caplog.text


def test_an_identifier_without_known_tokens_is_refused(base: BaseModel) -> None:
    with pytest.raises(UserError, match="vocabulary"):
        describe_identifier(base.tokenizer, "犬")


def test_a_vocabulary_without_rare_tokens_is_told(base: BaseModel) -> None:
    with pytest.raises(UserError, match="set identifier"):
        find_identifier(base.tokenizer, seed=0, max_characters=1)
