"""Which questionnaire asks which pair, in which order and on which side: balanced, random by seed, and blind to the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.userstudy.study import LEAST_VOTES, Question, Questionnaire, Shows
from dreambench.dataset.errors import UserError

#: Of a questionnaire of 25: three catch trials and two pairs that are shown again with their sides changed.
_CATCH_SHARE: Final = 0.12
_REPEAT_SHARE: Final = 0.08
_LEAST_QUESTIONS: Final = 4


@dataclass(frozen=True)
class Shape:
    """A questionnaire's parts: so many pairs, so many of them again, so many catch trials."""

    pairs: int
    repeats: int
    catch_trials: int

    @property
    def questions(self) -> int:
        """All of them."""
        return self.pairs + self.repeats + self.catch_trials


def shape_of(questions: int, *, n_pairs: int) -> Shape:
    """How the questions of a questionnaire are spent; no pair is new twice, so few pairs make it shorter.

    Raises:
        UserError: there are too few questions for a pair, its repeat and catch trials.
    """
    if questions < _LEAST_QUESTIONS:
        raise UserError(
            f"--questions cannot be {questions}; give {_LEAST_QUESTIONS} or more, which hold a catch trial and a repeat."
        )
    catch, repeats = max(1, round(_CATCH_SHARE * questions)), max(1, round(_REPEAT_SHARE * questions))
    return Shape(min(questions - catch - repeats, n_pairs), min(repeats, n_pairs), catch)


def raters_for(shape: Shape, *, n_pairs: int) -> int:
    """The least number of questionnaires in which each pair is asked three times; three at least."""
    return max(LEAST_VOTES, -(-LEAST_VOTES * n_pairs // shape.pairs))


def pairs_for(raters: int, questions: int, *, n_pairs: int) -> int:
    """How many of the pairs so many raters can be asked, each pair three times.

    Raises:
        UserError: there are fewer than three raters.
    """
    if raters < LEAST_VOTES:
        raise UserError(f"--raters cannot be {raters}; each pair is asked of {LEAST_VOTES} people.")
    return min(n_pairs, raters * shape_of(questions, n_pairs=n_pairs).pairs // LEAST_VOTES)


def assign(shape: Shape, *, n_pairs: int, raters: int, n_catch: int, rng: np.random.Generator) -> tuple[Questionnaire, ...]:
    """Deal the pairs out: each as often as the others or once more, never twice in one questionnaire, sides balanced.

    Args:
        shape: of each questionnaire.
        n_pairs: to deal, at least as many as a questionnaire holds.
        raters: questionnaires.
        n_catch: catch trials to choose from.
        rng: of everything.
    """
    deck = _deck(shape.pairs * raters, shape.pairs, n_pairs, rng)
    swapped = _balanced(deck, rng)
    catch = _cycled(shape.catch_trials * raters, n_catch, rng)
    found = []
    for number in range(raters):
        mine = slice(number * shape.pairs, (number + 1) * shape.pairs)
        own_catch = catch[number * shape.catch_trials : (number + 1) * shape.catch_trials]
        found.append(_questionnaire(number + 1, shape, deck[mine], swapped[mine], own_catch, rng))
    return tuple(found)


def _questionnaire(
    number: int,
    shape: Shape,
    pairs: NDArray[np.int64],
    swapped: NDArray[np.bool_],
    catch: NDArray[np.int64],
    rng: np.random.Generator,
) -> Questionnaire:
    """Pairs in random order, catch trials among them, and the first few pairs once more near the end."""
    shown: list[tuple[Shows, int, bool]] = [
        ("pair", int(pair), bool(is_swapped)) for pair, is_swapped in zip(pairs, swapped, strict=True)
    ]
    again: list[tuple[Shows, int, bool]] = [("repeat", pair, not is_swapped) for _, pair, is_swapped in shown[: shape.repeats]]
    first = (len(catch) + 1) // 2
    traps: list[tuple[Shows, int, bool]] = [
        ("catch", int(trial), bool(side)) for trial, side in zip(catch, _sides(len(catch), rng), strict=True)
    ]
    middle = len(shown) // 2
    early = _mixed(shown[:middle], traps[:first], rng)
    late = _mixed(shown[middle:], [*traps[first:], *again], rng)
    questions = [Question(id=_id(rng), shows=shows, number=index, swapped=side) for shows, index, side in [*early, *late]]
    return Questionnaire(number=number, questions=tuple(questions))


def _mixed(
    pairs: Sequence[tuple[Shows, int, bool]], others: Sequence[tuple[Shows, int, bool]], rng: np.random.Generator
) -> list[tuple[Shows, int, bool]]:
    """Pairs in their order, the others at random places among them; a repeat comes after a few pairs at least."""
    found = list(pairs)
    for other in others:
        found.insert(int(rng.integers((len(found) + 1) // 2 if other[0] == "repeat" else 0, len(found) + 1)), other)
    return found


def _sides(count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """As many swapped as not, or one more: who always says "left" cannot pass them all."""
    start = int(rng.integers(2))
    return np.asarray(rng.permutation((np.arange(count) + start) % 2).astype(bool))


def _deck(size: int, hand: int, n_pairs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """[size] pairs, no pair twice in a hand: one shuffle after another, which never opens with what the last closed with."""
    deck = rng.permutation(n_pairs)
    last = deck
    while len(deck) < size:
        if n_pairs < 2 * hand:
            following = last  # the same round again: any hand that lies across the seam has no pair twice
        else:
            shuffled = rng.permutation(n_pairs)
            just_dealt = np.isin(shuffled, last[-hand:])
            following = np.concatenate([rng.permutation(shuffled[~just_dealt])[:hand], []]).astype(np.int64)
            rest = shuffled[~np.isin(shuffled, following)]
            following = np.concatenate([following, rest])
        deck, last = np.concatenate([deck, following]), following
    return deck[:size].astype(np.int64)


def _balanced(deck: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Each pair's sides alternate from one showing to the next, from a random start."""
    swapped = np.zeros(len(deck), dtype=bool)
    for pair in np.unique(deck):
        shown = np.flatnonzero(deck == pair)
        swapped[shown] = (np.arange(len(shown)) + int(rng.integers(2))) % 2 == 1
    return swapped


def _cycled(size: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """[size] numbers below `count`, each as often as the others or once more."""
    rounds = [rng.permutation(count) for _ in range(-(-size // max(1, count)))] if count else []
    return np.concatenate([*rounds, np.empty(0)]).astype(np.int64)[:size]


def _id(rng: np.random.Generator) -> str:
    return rng.bytes(5).hex()
