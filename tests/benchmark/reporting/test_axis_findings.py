"""A study over values of one setting says the best value for each subject, and where copying begins."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dreambench.benchmark.reporting.axis_findings import best_values, where_copying_begins
from dreambench.benchmark.statistics import Cells, MethodCells

SUBJECTS = np.array(["can", "can", "dog", "dog"])


def row(*scores: float) -> Any:
    """A variant's scores: two prompts of can, two of dog."""
    ones = np.ones(4, dtype=np.int64)
    cells = Cells(SUBJECTS, np.array([0, 1, 0, 1]), ones, ones, {"dino": np.array(scores)})
    empty = Cells(SUBJECTS[:0], SUBJECTS[:0], ones[:0], ones[:0], {})
    return SimpleNamespace(cells=MethodCells(cells, empty))


def info(*, higher_is_better: bool | None) -> Any:
    return SimpleNamespace(key="dino", label="DINO", higher_is_better=higher_is_better)


@pytest.mark.parametrize(
    ("higher", "said"), [(True, "10 for dog; 50 for can"), (False, "10 for can; 200 for dog")], ids=["higher", "lower"]
)
def test_the_best_value_of_each_subject_is_that_of_its_own_mean(higher: bool, said: str) -> None:
    rows = [row(0.5, 0.9, 0.2, 0.4), row(0.1, 0.1, 0.8, 0.8), row(0.6, 0.6, np.nan, 0.1)]
    (sentence,) = best_values("steps", [50, 10, 200], rows, [info(higher_is_better=higher)])
    assert sentence == f"Best steps by DINO, subject by subject: {said}."


def test_a_metric_without_a_good_direction_or_without_values_has_no_best() -> None:
    assert best_values("steps", [1, 2], [row(1, 1, 1, 1)] * 2, [info(higher_is_better=None)]) == []
    assert best_values("steps", [1, 2], [row(*[np.nan] * 4)] * 2, [info(higher_is_better=True)]) == []


def summary(share: float | None) -> Any:
    return SimpleNamespace(copying=None if share is None else SimpleNamespace(share=share))


def test_copying_begins_at_the_first_rising_value_with_more_than_a_fifth_of_the_images() -> None:
    of_two_seeds = [[summary(0.5), summary(0.3)], [summary(0.0), summary(0.1)], [summary(0.3), summary(0.2)]]
    (sentence,) = where_copying_begins("steps", [800, 10, 100], of_two_seeds)
    assert sentence.startswith("Copying begins at 100; ")
    assert sentence.endswith("by steps: 10: 5%, 100: 25%, 800: 40%.")
    (never,) = where_copying_begins("steps", [800, 10], [[summary(0.2)], [summary(0.0)]])
    assert never.startswith("Copying never begins by the usual limit of 20%")
    assert where_copying_begins("steps", [800, 10], [[summary(None)], [summary(None)]]) == []
