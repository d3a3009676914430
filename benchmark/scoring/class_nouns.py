"""Which class noun a subject's pictures show: zero-shot classification with CLIP over a list of everyday nouns.

The DreamBooth paper (section 3.2) lets the class noun be "obtained using a classifier". Here that is CLIP's own: the noun whose
texts are nearest to the pictures (Radford et al. 2021, arXiv 2103.00020, section 3.1).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dreambench.dataset.kinds import KINDS, Kind
from dreambench.dataset.reading import read_toml

#: What stands around a noun; a noun's embedding is the mean of these texts'.
TEMPLATES: Final = ("a photo of a {}", "a {}")
_NOUNS_FILE: Final = Path(__file__).parents[1] / "data" / "nouns.toml"
#: A word that no tokenizer has seen.
_MADE_UP: Final = "qzxvkwj"
#: Letters a piece of a word that a tokenizer splits has at least, on average, where it knows the word: "bino|culars". Of
#: strange words mere letters are left, whose meaning nobody has taught it.
_LETTERS_A_PIECE: Final = 3


@runtime_checkable
class Tokenising(Protocol):
    """An encoder that shows how it splits texts."""

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids of texts as it reads them, with start, end and padding: [n, context length]."""


@dataclass(frozen=True)
class NounGuess:
    """A class noun for some pictures: its cosine, -1 to 1, and by how much that is above the second noun's."""

    noun: str
    cosine: float
    margin: float
    second: str


@cache
def everyday_nouns() -> Mapping[str, Kind]:
    """The shipped nouns, a few hundred, and the kind of subject that each names."""
    table = read_toml(_NOUNS_FILE)
    return {noun: kind for kind in KINDS for noun in table[kind]}


def kind_of(noun: str) -> Kind | None:
    """The kind of subject that a noun names, by itself or by its last word; None for one that is not in the list."""
    known = everyday_nouns()
    return known.get(noun.lower()) or known.get(noun.lower().split()[-1])


def known_nouns(nouns: Sequence[str], encoder: object) -> tuple[str, ...]:
    """The nouns that a text encoder can have learned, in their order; all of them if it does not show how it splits texts.

    Left out are those with a word that the tokenizer maps to its unknown token, or that falls into so many pieces that these
    are little more than letters: a small vocabulary is a small world.
    """
    if not isinstance(encoder, Tokenising):
        return tuple(nouns)
    words = sorted({word for noun in nouns for word in re.split("[ -]", noun)})
    empty, made_up, *rows = encoder.tokens(["", _MADE_UP, *words])
    strange = _pieces(made_up, empty)
    unknown = set(strange.tolist()) if len(strange) == 1 else set()
    known = set()
    for word, row in zip(words, rows, strict=True):
        pieces = _pieces(row, empty)
        whole = len(pieces) == 1 or len(pieces) * _LETTERS_A_PIECE <= len(word)
        if len(pieces) and whole and not unknown & set(pieces.tolist()):
            known.add(word)
    return tuple(noun for noun in nouns if known.issuperset(re.split("[ -]", noun)))


def noun_embeddings(nouns: Sequence[str], embed_texts: Callable[[Sequence[str]], NDArray[np.float32]]) -> NDArray[np.float64]:
    """A unit vector for every noun: [n, d]."""
    texts = [template.format(noun) for noun in nouns for template in TEMPLATES]
    means: NDArray[np.float64] = embed_texts(texts).astype(np.float64).reshape(len(nouns), len(TEMPLATES), -1).mean(axis=1)
    scaled: NDArray[np.float64] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return scaled


def guess_noun(pictures: NDArray[np.float32], nouns: Sequence[str], embeddings: NDArray[np.float64]) -> NounGuess:
    """The noun nearest to the mean of some pictures.

    Args:
        pictures: their embeddings, [m, d], rows of length 1.
        nouns: two or more.
        embeddings: of the nouns, [n, d], rows of length 1, by the same encoder.
    """
    mean = pictures.astype(np.float64).mean(axis=0)
    cosines = embeddings @ (mean / np.linalg.norm(mean))
    best, second = np.argsort(-cosines, kind="stable")[:2].tolist()
    return NounGuess(nouns[best], float(cosines[best]), float(cosines[best] - cosines[second]), nouns[second])


def _pieces(row: NDArray[np.int64], empty: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tokens of a text itself: what must be cut out of its row for the rest to be the row of the empty text.

    It holds for any start, end and padding token.
    """
    start = int(np.argmax(row != empty)) if (row != empty).any() else len(row)
    for size in range(len(row) - start + 1):
        if np.array_equal(row[start + size :], empty[start : len(empty) - size]):
            return row[start : start + size]
    return row[start:]
