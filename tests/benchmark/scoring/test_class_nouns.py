"""Class nouns by CLIP: the shipped list, which of it a tokenizer knows, and the nearest one."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from dreambench.benchmark.scoring.class_nouns import (
    TEMPLATES,
    everyday_nouns,
    guess_noun,
    kind_of,
    known_nouns,
    noun_embeddings,
)
from dreambench.dataset.declared import MAX_TEXT
from dreambench.dataset.subjects import SUBJECTS

LENGTH = 12
START, END, PAD, UNKNOWN = 900, 901, 0, 902


def _rows(texts: Sequence[list[int]], *, start: bool = True, pad: int = PAD) -> NDArray[np.int64]:
    rows = [[*([START] if start else []), *tokens, END] for tokens in texts]
    return np.array([row + [pad] * (LENGTH - len(row)) for row in rows], dtype=np.int64)


def _whole_words(texts: Sequence[str]) -> NDArray[np.int64]:
    """A vocabulary of three words; all others are its unknown token."""
    ids = {"cat": 1, "teapot": 2, "stuffed": 3}
    return _rows([[ids.get(word, UNKNOWN) for word in text.split()] for text in texts])


def _pieces(texts: Sequence[str]) -> NDArray[np.int64]:
    """Known words and word parts; what is left falls into letters."""
    parts = ("cat", "teapot", "bino", "culars", "stuffed", "animal", "tea", "pot")

    def split(word: str) -> list[int]:
        if not word:
            return []
        part = next((part for part in sorted(parts, key=len, reverse=True) if word.startswith(part)), word[0])
        return [parts.index(part) + 1 if part in parts else 100 + ord(part), *split(word[len(part) :])]

    return _rows([split(text.replace(" ", "")) for text in texts], start=False, pad=END)


class Reader:
    """An encoder that shows how it splits texts, and nothing else."""

    def __init__(self, tokens: Callable[[Sequence[str]], NDArray[np.int64]]) -> None:
        self.tokens = tokens


NOUNS = ("cat", "teapot", "binoculars", "stuffed animal", "dog", "yo-yo")


def test_nouns_with_unknown_tokens_are_left_out() -> None:
    assert known_nouns(NOUNS, Reader(_whole_words)) == ("cat", "teapot")


def test_nouns_that_fall_into_letters_are_left_out_and_those_in_pieces_stay() -> None:
    assert known_nouns(NOUNS, Reader(_pieces)) == ("cat", "teapot", "binoculars", "stuffed animal")


def test_the_real_tokenizers_know_what_they_were_made_with() -> None:
    import open_clip

    clip = open_clip.get_tokenizer("ViT-B-32")
    reader = Reader(lambda texts: np.asarray(clip(list(texts)), dtype=np.int64))
    known = known_nouns(tuple(everyday_nouns()), reader)
    assert {subject.class_noun for subject in SUBJECTS} <= set(known)
    assert len(known) >= 0.95 * len(everyday_nouns())


def test_an_encoder_that_does_not_show_how_it_reads_is_asked_all_of_them() -> None:
    assert known_nouns(NOUNS, object()) == NOUNS


def test_the_list_holds_a_few_hundred_plain_nouns_with_the_benchmarks_own() -> None:
    nouns = everyday_nouns()
    assert len(nouns) >= 300
    for noun in nouns:
        assert noun == " ".join(noun.lower().split())
        assert len(noun) < MAX_TEXT
    for subject in SUBJECTS:
        assert nouns[subject.class_noun] == subject.kind


def test_the_kind_is_the_nouns_or_that_of_its_last_word() -> None:
    assert [kind_of(noun) for noun in ("dog", "Old Dog", "stuffed animal", "toy", "polar bear", "gizmo")] == [
        "live", "live", "object", "object", "live", None
    ]  # fmt: skip


def test_the_guess_is_the_largest_cosine_with_the_mean_and_its_margin() -> None:
    embeddings = np.eye(3)
    pictures = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0]], dtype=np.float32)
    guess = guess_noun(pictures, ("a", "b", "c"), embeddings)
    mean = np.array([0.8, 0.4])
    first, second = mean / np.hypot(*mean)
    assert (guess.noun, guess.second) == ("a", "b")
    assert guess.cosine == pytest.approx(first)
    assert guess.margin == pytest.approx(first - second)


def test_a_nouns_vector_is_the_unit_mean_of_its_texts() -> None:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[1.0, 0.0] if text.startswith("a photo") else [0.0, 1.0] for text in texts], dtype=np.float32)

    assert len(TEMPLATES) == 2
    np.testing.assert_allclose(noun_embeddings(("cat", "dog"), embed), np.full((2, 2), np.sqrt(0.5)))
