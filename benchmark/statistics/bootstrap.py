"""Confidence intervals for means over subjects: the percentile bootstrap (Efron & Tibshirani 1993, chapter 13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

N_RESAMPLES: Final = 10_000
LEVEL: Final = 0.95
_MAX_DRAWS: Final = 4_000_000  # resampled values held at once: 32 MB


@dataclass(frozen=True)
class Interval:
    """A mean over subjects and where it would lie with other subjects.

    Attributes:
        mean: of the n subjects; NaN if there is none.
        low: lower end of the interval; NaN for fewer than two subjects, which say nothing about a third.
        high: upper end, likewise.
        n: subjects that have a value.
    """

    mean: float
    low: float
    high: float
    n: int


def bootstrap_interval(
    values: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    level: float = LEVEL,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Mean over subjects with its percentile interval, subjects being resampled with replacement.

    Args:
        values: [n], one number a subject (its own mean over prompts and images); NaN where it has none.
        weights: [n], how much each subject counts in the mean: its number of images for a micro mean, None for a
            macro one. A resampled subject brings its weight along.
        level: of confidence, between 0 and 1.
        n_resamples: bootstrap samples.
        seed: of the resampling; the same seed and values give the same interval.
    """
    subject_values, subject_weights = _present(values, weights)
    n = len(subject_values)
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    mean = float(np.average(subject_values, weights=subject_weights))
    if n == 1:
        return Interval(mean, float("nan"), float("nan"), 1)
    means = _resampled_means(subject_values, subject_weights, n_resamples=n_resamples, seed=seed)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high), n)


def _present(values: ArrayLike, weights: ArrayLike | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    all_values = np.asarray(values, dtype=np.float64)
    all_weights = np.ones_like(all_values) if weights is None else np.asarray(weights, dtype=np.float64)
    if all_values.ndim != 1 or all_values.shape != all_weights.shape:
        raise ValueError(f"values and weights must be vectors of one length, not {all_values.shape} and {all_weights.shape}")
    keep = np.isfinite(all_values) & (all_weights > 0)
    return all_values[keep], all_weights[keep]


def _resampled_means(
    values: NDArray[np.float64], weights: NDArray[np.float64], *, n_resamples: int, seed: int
) -> NDArray[np.float64]:
    generator = np.random.default_rng(seed)
    n = len(values)
    means: list[NDArray[np.float64]] = []
    for count in _blocks(n_resamples, size=max(1, _MAX_DRAWS // n)):
        drawn = generator.integers(0, n, size=(count, n))
        drawn_weights = weights[drawn]
        means.append((values[drawn] * drawn_weights).sum(axis=1) / drawn_weights.sum(axis=1))
    return np.concatenate(means)


def _blocks(total: int, *, size: int) -> Sequence[int]:
    return [min(size, total - start) for start in range(0, total, size)]
