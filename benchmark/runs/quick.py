"""The prompts of `--quick`: a few, spread over the lists, so that every family of prompts is there."""

from collections.abc import Collection
from typing import Final

from dreambench.dataset.collection import Dataset

#: Of the official lists: jungle, beach, mountain; 13 is "floating on top of water" for objects and "a black top hat and a
#: monocle" for live subjects; 20 is "a red ...": every family of prompts is there.
OFFICIAL_QUICK: Final = (0, 2, 7, 13, 20)
N_PROMPTS: Final = len(OFFICIAL_QUICK)


def quick_prompts(dataset: Dataset, *, without: Collection[int] = ()) -> tuple[int, ...]:
    """The numbers of the prompts that a quick run covers, ascending.

    With the official prompts they are OFFICIAL_QUICK. Of a dataset's own they are 5 evenly spread ones, each moved as little as
    needed for every kind of subject to be asked something, and then for as many families as fit to be there, for every
    kind where that fits too; all of them where there are 5 or fewer.

    Args:
        dataset: whose prompts.
        without: numbers that are not asked.
    """
    if dataset.has_official_prompts:
        return tuple(index for index in OFFICIAL_QUICK if index not in without)
    covers: dict[int, set[tuple[str, ...]]] = {}
    for kind in dataset.kinds:
        for prompt in dataset.prompts_of(kind):
            groups = {("family", prompt.family), ("kind and family", kind, prompt.family)}
            groups |= set() if prompt.class_nouns else {("kind", kind)}
            if prompt.index not in without:
                covers.setdefault(prompt.index, set()).update(groups)
    numbers = sorted(covers)
    if len(numbers) <= N_PROMPTS:
        return tuple(numbers)
    chosen = [numbers[round(step * (len(numbers) - 1) / (N_PROMPTS - 1))] for step in range(N_PROMPTS)]
    while True:
        there = _covered(chosen, covers)
        moves = [
            (_covered(moved, covers), -abs(new - old), -new, moved)
            for position, old in enumerate(chosen)
            for new in covers
            if new not in chosen
            for moved in [[*chosen[:position], new, *chosen[position + 1 :]]]
        ]
        best = max(moves)
        if best[0] <= there:
            return tuple(sorted(chosen))
        chosen = best[-1]


def _covered(chosen: list[int], covers: dict[int, set[tuple[str, ...]]]) -> tuple[int, int, int]:
    """How many kinds, families, and pairs of the two some prompts cover."""
    groups = set().union(*(covers[index] for index in chosen))
    kinds, families, pairs = (sum(group[0] == name for group in groups) for name in ("kind", "family", "kind and family"))
    return kinds, families, pairs
