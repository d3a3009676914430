"""When a difference is a regression: it is significant, and it is larger than what one is willing to lose."""

from typing import Final, Literal

Verdict = Literal["regression", "improvement", "no change"]

#: Of the one-sided tests, after Holm over the metrics: so many checks in a hundred of unchanged methods may raise an alarm.
LEVEL: Final = 0.05


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
