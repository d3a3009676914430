"""When a difference is a regression: it is significant, and it is larger than what one is willing to lose."""

from math import isfinite
from typing import Final, Literal

Verdict = Literal["regression", "improvement", "no change"]

#: Of the one-sided tests, after Holm over the metrics: so many checks in a hundred of unchanged methods may raise an alarm.
LEVEL: Final = 0.05
#: Of losses as large as `detectable_loss` says, so many are caught.
POWER: Final = 0.95


def judge(
    difference: float, *, p_worse: float, p_better: float, tolerance: float, higher_is_better: bool, level: float = LEVEL
) -> Verdict:
    """The verdict on one metric.

    Significance alone would fail a job for a loss that nobody can see, once there are images enough; size alone would fail
    it for noise. Both together is what asv and its like ask for.

    Args:
        difference: now minus baseline, mean over subjects.
        p_worse: of the one-sided test that the metric got worse, corrected for the number of metrics.
        p_better: of the one that it got better, likewise.
        tolerance: the loss, in the metric's own unit, that is no regression however certain it is; 0 or more.
        higher_is_better: the metric's good direction.
        level: of significance.
    """
    gain = difference if higher_is_better else -difference
    if p_worse <= level and -gain > tolerance:
        return "regression"
    if p_better <= level and gain > tolerance:
        return "improvement"
    return "no change"


def detectable_loss(low: float, high: float, *, n_subjects: int, n_metrics: int, tolerance: float) -> float | None:
    """The true loss that the rule catches 19 times in 20, as these two runs' differences scatter: what the check can see.

    A loss must be significant after the correction and be larger than the tolerance, so it is the larger of
    (t_{1 - level / metrics} + t_{power}) s and tolerance + t_{power} s, where s is the standard error of the mean paired
    difference and t are quantiles of Student's distribution (the usual approximation of a test's power; Cohen 1988, ch. 2).

    Args:
        low: lower end of the difference's 95% interval over subjects.
        high: its upper end; together they give s.
        n_subjects: that were paired.
        n_metrics: that are checked at once.
        tolerance: the loss that is allowed.

    Returns:
        The loss, above 0, in the metric's unit; None where there is no interval.
    """
    from scipy.stats import t

    if n_subjects < 2 or not (isfinite(low) and isfinite(high)):
        return None
    freedom = n_subjects - 1
    error = (high - low) / 2 / float(t.ppf(0.975, freedom))
    caught = float(t.ppf(POWER, freedom)) * error
    return max(float(t.ppf(1 - LEVEL / n_metrics, freedom)) * error + caught, tolerance + caught)
