"""Scores as cells: a value for every subject under every prompt, which is what methods are paired by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.statistics.bootstrap import Interval, bootstrap_interval

#: How subjects count in a mean: alike, by their images, or by their pairs of an image and a reference image.
Weigh = Literal["alike", "images", "pairs"]
NO_PROMPT: Final = -1
"""The prompt of a cell that stands for a whole subject (PRES, DIV)."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Values of one method, or differences between two, by subject and prompt.

    Attributes:
        subjects: [cells], sorted, and by prompt within a subject.
        prompts: [cells]; NO_PROMPT throughout for metrics that only a subject has.
        counts: [cells], the images behind a value; 1 for metrics that only a subject has.
        pairs: [cells], the pairs of an image and a reference image; NaN where they are not known.
        values: metric key -> [cells]; NaN where a cell has none.
    """

    subjects: NDArray[np.str_]
    prompts: NDArray[np.int64]
    counts: NDArray[np.int64]
    pairs: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.subjects)

    def subject_prompts(self) -> list[tuple[str, int]]:
        """Every cell's (subject, prompt)."""
        return list(zip(self.subjects.tolist(), self.prompts.tolist(), strict=True))

    def select(self, mask: NDArray[np.bool_]) -> "Cells":
        """The cells where a [cells] mask is true."""
        values = {key: column[mask] for key, column in self.values.items()}
        return Cells(self.subjects[mask], self.prompts[mask], self.counts[mask], self.pairs[mask], values)


@dataclass(frozen=True, eq=False)
class MethodCells:
    """All cells of one method: of the metrics that every image has, and of those that only a subject has."""

    by_prompt: Cells
    by_subject: Cells

    def table(self, key: str) -> Cells | None:
        """The cells that hold a metric; None where there are none."""
        return next((cells for cells in (self.by_prompt, self.by_subject) if key in cells.values), None)


def paired_differences(first: Cells, second: Cells) -> Cells:
    """First minus second in every cell and metric that both have; `counts` and `pairs` are the first's."""
    if not (np.array_equal(first.subjects, second.subjects) and np.array_equal(first.prompts, second.prompts)):
        shared = set(first.subject_prompts()) & set(second.subject_prompts())
        first, second = (
            cells.select(np.array([pair in shared for pair in cells.subject_prompts()], bool)) for cells in (first, second)
        )
    values = {key: first.values[key] - second.values[key] for key in first.values if key in second.values}
    return Cells(first.subjects, first.prompts, first.counts, first.pairs, values)


def subject_means(cells: Cells, key: str, *, weights: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """[subjects] in the order of their names: each subject's mean over its cells that have a value; NaN for none.

    Args:
        cells: of a method, or differences.
        key: of the metric.
        weights: [cells], `cells.counts` for the mean over the subject's images; None weighs prompts alike.
    """
    if not len(cells):
        return np.empty(0)
    values = cells.values[key]
    present = np.isfinite(values)
    weight = present * (1 if weights is None else weights)
    starts = _starts(cells)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.add.reduceat(np.where(present, values, 0.0) * weight, starts) / np.add.reduceat(
            weight, starts
        )
    return means


def mean_interval(cells: Cells, key: str, *, weigh: Weigh, seed: int = 0) -> Interval:
    """A method's mean in a metric with its interval over subjects; on all cells of a run, the number of its summary.

    Args:
        cells: of the method.
        key: of the metric.
        weigh: subjects alike (a macro mean), or by their images (a micro mean) or their pairs with reference images.
        seed: of the bootstrap.
    """
    if key not in cells.values or not len(cells):
        return bootstrap_interval([])
    means = subject_means(cells, key, weights=cells.counts)
    by = {"alike": None, "images": cells.counts, "pairs": cells.pairs}[weigh]
    return bootstrap_interval(means, weights=None if by is None else np.add.reduceat(by, _starts(cells)), seed=seed)


def _starts(cells: Cells) -> NDArray[np.intp]:
    """Where in the cells each subject begins."""
    return np.flatnonzero(np.concatenate([[True], cells.subjects[1:] != cells.subjects[:-1]]))
