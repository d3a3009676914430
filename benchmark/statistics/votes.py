"""Votes on pairs: the majority of each, and shares of pairs whose interval knows that subjects and raters come back."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dreambench.benchmark.statistics.bootstrap import LEVEL, Interval

#: A vote, and the majority of votes: for the first of a pair, for the second, for neither; NaN: no vote.
FIRST: Final = 1.0
SECOND: Final = -1.0
UNDECIDED: Final = 0.0


def majority(votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """[pairs] from [pairs, raters]: FIRST or SECOND where more than half of a pair's votes say so, else UNDECIDED.

    A tie stays a tie: no vote of a pair counts more than another one. NaN for a pair without any vote.
    """
    n_votes = np.isfinite(votes).sum(axis=1)
    first, second = (votes == FIRST).sum(axis=1), (votes == SECOND).sum(axis=1)
    found = np.where(2 * first > n_votes, FIRST, np.where(2 * second > n_votes, SECOND, UNDECIDED))
    return np.asarray(np.where(n_votes > 0, found, np.nan), dtype=np.float64)


def clustered_share(chosen: ArrayLike, *, subjects: ArrayLike, answered: NDArray[np.bool_], level: float = LEVEL) -> Interval:
    """The share of pairs with some outcome, and its interval: pairs depend on each other if they share subject or rater.

    The variance is the sum over all pairs of pairs that share either of the product of their residuals, as for data clustered
    in two ways (Cameron, Gelbach & Miller 2011, "Robust Inference With Multiway Clustering", JBES 29), where a pair belongs to
    as many raters as answered it (Aronow, Samii & Assenova 2015, "Cluster-Robust Variance Estimation for Dyadic Data",
    Political Analysis 23). It is never taken below that of subjects alone or of independent pairs. The interval is symmetric on
    the logit scale, with Student's quantile for the smaller number of clusters.

    Args:
        chosen: [pairs], 1 where the outcome is the one counted, else 0.
        subjects: [pairs], whose pair it is.
        answered: [pairs, raters], who answered it.
        level: of confidence.

    Returns:
        `n` is the number of pairs; the ends are NaN for fewer than two subjects or raters.
    """
    from scipy.stats import t

    outcome = np.asarray(chosen, dtype=np.float64)
    n = len(outcome)
    nan = float("nan")
    if n == 0:
        return Interval(nan, nan, nan, 0)
    share = float(outcome.mean())
    _, subject = np.unique(np.asarray(subjects), return_inverse=True)
    n_clusters = min(int(subject.max()) + 1, int(answered.any(axis=0).sum()))
    if n_clusters < 2:
        return Interval(share, nan, nan, n)
    if share in (0.0, 1.0):
        reach = 1.0 - ((1.0 - level) / 2.0) ** (1.0 / n_clusters)  # Clopper and Pearson's, as if a cluster were one trial
        return Interval(share, 0.0, reach, n) if share == 0.0 else Interval(share, 1.0 - reach, 1.0, n)
    residual = outcome - share
    same_subject = subject[:, None] == subject[None, :]
    seen = answered.astype(np.float64)
    linked = same_subject | (seen @ seen.T > 0)
    growth = n_clusters / (n_clusters - 1)
    variance = max(
        growth * float(residual @ linked @ residual),
        growth * float(residual @ same_subject @ residual),
        n / (n - 1) * float(residual @ residual),
    )
    error = float(np.sqrt(variance)) / n / (share * (1.0 - share))
    reach = float(t.ppf(1.0 - (1.0 - level) / 2.0, n_clusters - 1)) * error
    centre = float(np.log(share / (1.0 - share)))
    low, high = (1.0 / (1.0 + np.exp(-np.array([centre - reach, centre + reach])))).tolist()
    return Interval(share, low, high, n)
