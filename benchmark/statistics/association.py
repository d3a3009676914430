"""How far two measurements of the same things agree: rank correlation and AUC, with intervals over clusters.

Things of one cluster (the images of one sample, the pairs of one subject) rise and fall together, so clusters are resampled,
not things. All resamples are computed at once: a resample is a weight a thing, and ranks are made of weights.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreambench.benchmark.statistics.bootstrap import LEVEL, N_RESAMPLES, Interval, resampling

_BLOCK: Final = 1_000_000  # weights held at once: 8 MB, and a few times that while ranks are made

Vector = NDArray[np.float64]
#: From weights [resamples, n] to a value a resample; NaN where there is none.
Statistic = Callable[[Vector], Vector]


def spearman_of(first: Vector, second: Vector) -> Statistic:
    """Spearman's correlation of [n] and [n] as a function of weights."""

    def statistic(weights: Vector) -> Vector:
        ranks = [_ranks(values, weights) for values in (first, second)]
        total = weights.sum(axis=1, keepdims=True)
        centred = [rank - (weights * rank).sum(axis=1, keepdims=True) / total for rank in ranks]
        shared = (weights * centred[0] * centred[1]).sum(axis=1)
        spreads = [(weights * values**2).sum(axis=1) for values in centred]
        return _ratio(shared, np.sqrt(spreads[0] * spreads[1]))

    return statistic


def within_groups(
    statistic: Callable[[Vector, Vector], Statistic], first: Vector, second: Vector, groups: ArrayLike
) -> Statistic:
    """A correlation inside each group, averaged over the groups by Fisher's z; groups without a value do not count.

    Args:
        statistic: of two vectors, such as `spearman_of`.
        first: [n].
        second: [n].
        groups: [n], which group each thing belongs to.
    """
    labels = np.asarray(groups)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    parts = [statistic(first[rows], second[rows]) for rows in members]

    def averaged(weights: Vector) -> Vector:
        found = np.stack([part(weights[:, rows]) for part, rows in zip(parts, members, strict=True)])
        with np.errstate(divide="ignore"):
            steps = np.arctanh(np.clip(found, -1.0, 1.0))
        there = np.isfinite(found)
        return np.tanh(_ratio(np.where(there, steps, 0.0).sum(axis=0), there.sum(axis=0).astype(np.float64)))

    return averaged


def auc_of(scores: Vector, positive: NDArray[np.bool_]) -> Statistic:
    """The chance that a score of a positive thing is above one of a negative thing, equal scores counting half.

    Args:
        scores: [n].
        positive: [n].
    """

    def statistic(weights: Vector) -> Vector:
        ranks = _ranks(scores, weights)  # the weight below a thing and half of that beside it
        up, down = weights * positive, weights * ~positive
        n_up, n_down = up.sum(axis=1), down.sum(axis=1)
        return _ratio((up * ranks).sum(axis=1) - n_up**2 / 2.0, n_up * n_down)

    return statistic


def clustered_interval(
    statistic: Statistic, clusters: ArrayLike, *, level: float = LEVEL, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> Interval:
    """A statistic with its percentile interval, clusters being resampled with replacement.

    Args:
        statistic: of weights.
        clusters: [n], which cluster each thing belongs to.
        level: of confidence, between 0 and 1.
        n_resamples: bootstrap samples.
        seed: of the resampling.

    Returns:
        `mean` is the statistic itself and `n` the number of clusters; the ends are NaN for fewer than two clusters, or where
        the statistic itself has no value.
    """
    labels, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    count = len(labels)
    nan = float("nan")
    value = float(statistic(np.ones((1, len(cluster))))[0]) if len(cluster) else nan
    if count < 2 or not np.isfinite(value):
        return Interval(value, nan, nan, count)
    draws = resampling(count, n_resamples=n_resamples, seed=seed)
    block = max(1, _BLOCK // len(cluster))
    found = np.concatenate([statistic(draws[start : start + block][:, cluster]) for start in range(0, n_resamples, block)])
    found = found[np.isfinite(found)]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(found, [tail, 1.0 - tail])
    return Interval(value, float(low), float(high), count)


def _ranks(values: Vector, weights: Vector) -> Vector:
    """[resamples, n]: the weight below each thing and half of the weight of those that equal it, itself included."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(group[order]) > 0]))
    heavy = np.add.reduceat(weights[:, order], starts, axis=1)
    return np.asarray((np.cumsum(heavy, axis=1) - heavy / 2.0)[:, group], dtype=np.float64)


def _ratio(above: Any, below: Any) -> Vector:
    """A quotient; NaN where the divisor is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan), dtype=np.float64)
