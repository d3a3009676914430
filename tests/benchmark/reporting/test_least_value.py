"""Can less be used? The smallest value without a significant loss, found as the sentence says."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from dreambench.benchmark.reporting.least_value import least_value
from dreambench.benchmark.statistics import Cells, MethodCells

SCATTER = np.random.default_rng(0).normal(0.0, 0.01, (5, 14))


def row(number: int, mean: float, *, n_subjects: int = 14) -> Any:
    """A variant's scores: one prompt a subject, around a mean."""
    names = np.array([f"subject{place:02d}" for place in range(n_subjects)])
    ones = np.ones(n_subjects, dtype=np.int64)
    values = {"dino": mean + SCATTER[number, :n_subjects]}
    empty = Cells(names[:0], names[:0], ones[:0], ones[:0], {})
    return SimpleNamespace(cells=MethodCells(Cells(names, np.zeros(n_subjects, int), ones, ones, values), empty))


def info(*, higher: bool = True) -> Any:
    return SimpleNamespace(key="dino", label="DINO", higher_is_better=higher)


def test_the_smallest_value_before_the_first_loss_is_named() -> None:
    rows = [row(0, 0.9), row(1, 0.5), row(2, 0.9), row(3, 0.9), row(4, 0.9)]
    # 4 is as good as 256, but 16 between them is not: what holds at 4 alone is chance
    (said,) = least_value("class_images", [256, 16, 4, 64, 300], rows, [info()], goal=0)
    assert said.startswith("Less can be used: class_images 64 is the smallest value ")
    assert "paired over 14 subjects, Holm over 3 tests: 3 values of class_images, 1 metric" in said
    assert "At 16 is lost: DINO -0." in said


def test_a_gain_is_no_loss_and_the_direction_is_the_metrics_own() -> None:
    rows = [row(0, 0.5), row(1, 0.9)]
    assert least_value("steps", [100, 10], rows, [info()], goal=0)[0].startswith("Less can be used: steps 10 ")
    (said,) = least_value("steps", [100, 10], rows, [info(higher=False)], goal=0)
    assert said.startswith("No smaller steps than 100 does as well")
    assert "At 10 is lost: DINO +0." in said


def test_too_few_subjects_to_see_any_loss_name_no_value() -> None:
    rows = [row(0, 0.9, n_subjects=5), row(1, 0.2, n_subjects=5)]
    (said,) = least_value("steps", [100, 10], rows, [info()], goal=0)
    assert said.startswith("Whether a smaller steps than 100 does as well cannot be said: with 5 subjects ")
    assert least_value("steps", [100, 200], rows, [info()], goal=0) == []
