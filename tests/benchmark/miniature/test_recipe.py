"""The recipe of the miniature models: fixed by its hash, resumable, and blind to the 30 subjects."""

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmark.miniature.checkpoints import learning_rate_at, train
from benchmark.miniature.corpus import Corpus
from benchmark.miniature.recipe import Cycle, Recipe, load_recipe
from benchmark.miniature.tokenizer import RARE_WORDS, build_tokenizer, words_in_order
from benchmark.miniature.vae import train_vae
from dataset.miniature.scene import render
from dataset.miniature.training_scenes import training_scene


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    scenes = [training_scene(index, seed=1) for index in range(24)]
    return Corpus(np.stack([np.asarray(render(s.scene)) for s in scenes]), [s.caption for s in scenes], held_out=4)


def _small(recipe: Recipe, **changes: object) -> Recipe:
    return recipe.model_copy(update={"vae": recipe.vae.model_copy(update={"batch_size": 2, **changes})})


def test_every_word_of_prompts_and_captions_is_one_token() -> None:
    tokenizer = build_tokenizer(24)
    split = [word for word in words_in_order() if len(tokenizer(word, add_special_tokens=False).input_ids) != 1]
    assert split == []
    # open_clip finds the end of a text as its largest id
    assert tokenizer.eos_token_id == len(tokenizer) - 1


def test_rare_words_are_the_rarest_tokens_and_no_caption_uses_them() -> None:
    tokenizer = build_tokenizer(24)
    ids = {word: tokenizer(word, add_special_tokens=False).input_ids[0] for word in words_in_order()}
    spoken = [ids[word] for word in ids if word not in RARE_WORDS]
    assert min(ids[word] for word in RARE_WORDS) > max(spoken)
    captions = " ".join(training_scene(index, seed=2208).caption for index in range(2000)).split()
    assert not set(captions) & set(RARE_WORDS)


def test_any_text_can_be_told_without_unknown_tokens() -> None:
    tokenizer = build_tokenizer(24)
    text = "a zebra eating caramel"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids).strip() == text


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth() -> None:
    rates = [learning_rate_at(step, steps=100, peak=1.0, warmup=10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.01, abs=2e-3)


def test_an_interrupted_stage_ends_as_an_unbroken_one(tmp_path: Path, corpus: Corpus) -> None:
    recipe, device = _small(load_recipe(), cycles=(Cycle(steps=4, learning_rate=1e-3),)), torch.device("cpu")
    whole, _ = train_vae(recipe, corpus, tmp_path / "whole", device)

    # the same stage, stopped half-way: its state after two of four steps is what an interruption leaves
    class StopAfterTwoSteps(Exception):
        pass

    parts_folder = tmp_path / "parts"
    weight = torch.nn.Linear(1, 1)

    def stop(step: int) -> float:
        if step == 2:
            raise StopAfterTwoSteps
        return 0.0

    with pytest.raises(StopAfterTwoSteps):
        train("toy", folder=parts_folder, steps=4, parts={"weight": weight}, step_function=stop, save_every=1)
    seen: list[int] = []
    train("toy", folder=parts_folder, steps=4, parts={"weight": weight}, step_function=lambda s: seen.append(s) or 0.0)  # type: ignore[func-returns-value]
    assert seen == [2, 3]

    again, _ = train_vae(recipe, corpus, tmp_path / "again", device)
    for first, second in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(first, second)


def test_the_hash_names_the_values(tmp_path: Path) -> None:
    recipe = load_recipe()
    assert recipe.hash == load_recipe().hash
    assert _small(recipe, kl_weight=1.0).hash != recipe.hash
