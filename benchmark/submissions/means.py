"""Means and intervals of submissions, made anew from their scores by subject with the run's own weighing."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.statistics import N_RESAMPLES, Interval, Weigh, bootstrap_interval, expanded_tail
from dreambench.benchmark.statistics.bootstrap import resampling
from dreambench.benchmark.submissions.model import Submission, SubmittedSubject

#: What intervals of summaries are drawn with, so that a board repeats them.
SEED: Final = 0


def values_of(submission: Submission, key: str) -> NDArray[np.float64]:
    """[subjects] in alphabetical order: a metric's scores; NaN for none."""
    scores = (submission.subjects[name].scores for name in sorted(submission.subjects))
    return np.array([np.nan if (value := own.get(key)) is None else value for own in scores], dtype=np.float64)


def weights_of(submission: Submission, info: MetricInfo) -> NDArray[np.float64]:
    """[subjects] in alphabetical order: how much each counts in a metric's mean; NaN where that is not known."""
    weigh = info.weigh(submission.protocol.pooling)
    return np.array([_weight(submission.subjects[name], weigh) for name in sorted(submission.subjects)], dtype=np.float64)


def intervals_of(submissions: Sequence[Submission], info: MetricInfo, *, kind: str | None = None) -> list[Interval]:
    """A metric's mean and 95% interval over the subjects, or over those of a kind, of submissions with the same subjects.

    The numbers of `bootstrap_interval`; the resampling is drawn once and quantiles are taken of all methods together.
    """
    if not submissions:
        return []
    first = submissions[0]
    mask = np.array([kind in (None, first.subjects[name].kind) for name in sorted(first.subjects)], dtype=bool)
    values = np.array([values_of(submission, info.key)[mask] for submission in submissions])
    weights = np.array([weights_of(submission, info)[mask] for submission in submissions])
    n = int(mask.sum())
    whole = np.isfinite(values).all(axis=1) & (n > 1)
    found = [
        None if is_whole else bootstrap_interval(row, weights=weight, seed=SEED)
        for is_whole, row, weight in zip(whole.tolist(), values, weights, strict=True)
    ]
    if whole.any():
        counts = resampling(n, n_resamples=N_RESAMPLES, seed=SEED)
        drawn = (counts @ (values[whole] * weights[whole]).T) / (counts @ weights[whole].T)
        tail = expanded_tail(n)
        lows, highs = np.quantile(drawn, [tail, 1.0 - tail], axis=0).tolist()
        means = np.average(values[whole], weights=weights[whole], axis=1).tolist()
        for index, mean, low, high in zip(np.flatnonzero(whole).tolist(), means, lows, highs, strict=True):
            found[index] = Interval(mean, low, high, n)
    return [interval for interval in found if interval is not None]


def mean_of(submission: Submission, info: MetricInfo) -> float:
    """A metric's mean over the subjects that have a value; NaN if none has."""
    values, weights = values_of(submission, info.key), weights_of(submission, info)
    present: NDArray[np.bool_] = np.isfinite(values)
    return float(np.average(values[present], weights=weights[present])) if present.any() else float("nan")


def kinds_of(submission: Submission) -> Sequence[str]:
    """The kinds of subject that a submission has, in alphabetical order."""
    return sorted({subject.kind for subject in submission.subjects.values()})


def _weight(subject: SubmittedSubject, weigh: Weigh) -> float:
    if weigh == "alike":
        return 1.0
    if weigh == "images":
        return float(subject.n_images)
    return float("nan") if subject.n_pairs is None else subject.n_pairs
