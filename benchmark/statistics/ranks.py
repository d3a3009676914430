"""Where methods rank, and how far that hangs on which subjects were drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.statistics.bootstrap import LEVEL, expanded_tail, resampling

#: A rank is a whole number: its interval settles with fewer resamples than a mean's.
N_RANKINGS = 2_000
_DECIMALS = 10  # means that differ by less are one number, computed twice


@dataclass(frozen=True)
class RankInterval:
    """A method's rank by its mean, and the ranks that it has with other subjects.

    Attributes:
        rank: 1 for the best; methods of equal means share the better one.
        low: the best rank within the interval.
        high: the worst.
    """

    rank: int
    low: int
    high: int


def rank_intervals(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    higher_is_better: bool,
    level: float = LEVEL,
    n_resamples: int = N_RANKINGS,
    seed: int = 0,
) -> list[RankInterval | None]:
    """Ranks of methods in one metric with bootstrap intervals: the same resampled subjects for all of them.

    A subject that is hard for all methods moves no rank, which separate intervals of their means would not know
    (Hall & Miller 2009, "Using the bootstrap to quantify the authority of an empirical ranking", Annals of Statistics 37).

    Args:
        values: [methods, subjects]; NaN where a method has none.
        weights: [methods, subjects], how much each subject counts in the method's mean.
        higher_is_better: which way is up.
        level: of confidence. The tails are those of the means' intervals, moved out for few subjects.
        n_resamples: bootstrap samples.
        seed: of the resampling.

    Returns:
        One for each method; None for a method without any value. With a single subject every interval is its rank alone.
    """
    there = np.isfinite(values).any(axis=1)
    kept, n = np.flatnonzero(there), values.shape[1]
    if not len(kept):
        return [None] * len(values)
    means = _means(np.ones((1, n)), values[kept], weights[kept])
    ranks = _ranks(means, higher_is_better=higher_is_better)[0]
    if n < 2:
        low = high = ranks
    else:
        drawn = _means(resampling(n, n_resamples=n_resamples, seed=seed), values[kept], weights[kept])
        resampled = np.sort(_ranks(drawn, higher_is_better=higher_is_better), axis=0)
        tail = expanded_tail(n, level=level)
        cut = int(tail * n_resamples)
        low, high = resampled[cut], resampled[n_resamples - 1 - cut]
    found: list[RankInterval | None] = [None] * len(values)
    for index, rank, best, worst in zip(kept.tolist(), ranks.tolist(), low.tolist(), high.tolist(), strict=True):
        found[index] = RankInterval(rank, min(best, rank), max(worst, rank))
    return found


def _means(counts: NDArray[np.float64], values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """[resamples, methods]; NaN where a resample has no subject with a value."""
    weight = np.where(np.isfinite(values), weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: NDArray[np.float64] = (counts @ (np.nan_to_num(values) * weight).T) / (counts @ weight.T)
    return np.round(means, _DECIMALS)


def _ranks(means: NDArray[np.float64], *, higher_is_better: bool) -> NDArray[np.int64]:
    """[resamples, methods]: 1 and how many are strictly better; NaN is worse than any number."""
    from scipy.stats import rankdata

    worst_last = np.where(np.isnan(means), np.inf, -means if higher_is_better else means)
    return rankdata(worst_last, method="min", axis=1).astype(np.int64)
