"""Two methods side by side: paired differences, intervals and Holm-corrected p-values, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dreambench.benchmark.statistics.bootstrap import bootstrap_interval
from dreambench.benchmark.statistics.cells import Cells, MethodCells, paired_differences, subject_means
from dreambench.benchmark.statistics.holm import holm
from dreambench.benchmark.statistics.permutation import sign_flip_p_value


@dataclass(frozen=True)
class Comparison:
    """One metric of two methods on the cells that both have.

    Attributes:
        metric: its key.
        difference: mean over subjects of first minus second; NaN where a method lacks the metric.
        low: lower end of the 95% bootstrap interval of the difference, over subjects.
        high: its upper end.
        p_value: of the paired permutation test.
        adjusted_p_value: after Holm over the metrics compared.
        n_subjects: subjects in the pairing.
        n_cells: (subject, prompt) cells in the pairing; subjects for a metric that only a subject has.
    """

    metric: str
    difference: float
    low: float
    high: float
    p_value: float
    adjusted_p_value: float
    n_subjects: int
    n_cells: int


def compare_cells(first: MethodCells, second: MethodCells, *, metrics: Sequence[str], seed: int = 0) -> dict[str, Comparison]:
    """First minus second, metric by metric; the metrics, as given, are the family of Holm's correction.

    A metric that either lacks has NaN and no subject, and does not count into the family.
    """
    differences: dict[str, tuple[Cells, str]] = {}
    for mine, theirs in ((first.by_prompt, second.by_prompt), (first.by_subject, second.by_subject)):
        pair = paired_differences(mine, theirs)
        differences |= {key: (pair, key) for key in pair.values if key in metrics}
    found = {key: _means(*differences[key]) if key in differences else np.empty(0) for key in metrics}
    p_values = {key: sign_flip_p_value(means, seed=seed) for key, means in found.items()}
    adjusted = holm(p_values)
    comparisons = {}
    for key, means in found.items():
        interval = bootstrap_interval(means, seed=seed)
        n_cells = int(np.isfinite(differences[key][0].values[key]).sum()) if key in differences else 0
        comparisons[key] = Comparison(
            metric=key,
            difference=interval.mean,
            low=interval.low,
            high=interval.high,
            p_value=p_values[key],
            adjusted_p_value=adjusted[key],
            n_subjects=interval.n,
            n_cells=n_cells,
        )
    return comparisons


def within_noise_of_best(methods: Sequence[Cells], key: str, *, best: int, level: float = 0.05, seed: int = 0) -> list[bool]:
    """Which methods are not significantly different from the best one in a metric.

    The paired permutation test against the best, Holm-corrected over the methods tested, at `level`: with many methods,
    the largest of many chance differences would otherwise pass for a real one. "Not different" is not "equal": with few
    subjects hardly anything is significant.

    Args:
        methods: cells with the metric.
        key: the metric's.
        best: the place of the method with the best mean.
        level: of significance.
        seed: of the permutations.

    Returns:
        A flag a method; False for the best itself and where there is no test.
    """
    p_values = {
        str(index): sign_flip_p_value(_means(paired_differences(cells, methods[best]), key), seed=seed)
        for index, cells in enumerate(methods)
        if index != best
    }
    adjusted = holm(p_values)
    return [index != best and adjusted[str(index)] > level for index in range(len(methods))]


def _means(differences: Cells, key: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    means = subject_means(differences, key)
    return means[np.isfinite(means)]
