"""A regression check as plain records: what every output is made from."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from dreambench.dataset.words import counted
from dreambench.reports.cells import Column
from dreambench.reports.regression.rule import Verdict
from dreambench.reports.table import decimals_of, number


@dataclass(frozen=True)
class CheckedMetric:
    """One metric of the check.

    Attributes:
        column: its key, label and good direction.
        baseline: the baseline's mean over subjects.
        now: the run's.
        difference: now minus baseline.
        low: lower end of the difference's 95% interval over subjects; None for fewer than two subjects.
        high: its upper end.
        p_worse: one-sided, Holm-corrected: how likely such a loss is where nothing got worse.
        tolerance: the loss that is allowed.
        detectable: the true loss that would be caught 19 times in 20; None where it is not known.
        verdict: what the rule says.
        n_subjects: subjects in the pairing.
    """

    column: Column
    baseline: float
    now: float
    difference: float
    low: float | None
    high: float | None
    p_worse: float
    tolerance: float
    detectable: float | None
    verdict: Verdict
    n_subjects: int

    @property
    def decimals(self) -> int:
        """How many decimals its numbers are shown with; one more for the difference would be noise."""
        return decimals_of([self.baseline, self.now])

    @property
    def change(self) -> str:
        """ "-0.021 [-0.030, -0.012]"."""
        text = _signed(self.difference, self.decimals)
        if self.low is None or self.high is None:
            return text
        return f"{text} [{_signed(self.low, self.decimals)}, {_signed(self.high, self.decimals)}]"

    @property
    def reach(self) -> str:
        """The loss that would be caught, rounded up (but for a hundredth of a digit); a dash where it is not known."""
        if self.detectable is None:
            return "-"
        unit = 10.0**-self.decimals
        return number(ceil(self.detectable / unit - 1e-2) * unit, decimals=self.decimals)

    @property
    def sentence(self) -> str:
        """What happened to the metric, with the numbers that the rule looked at."""
        return (
            f"{self.column.label}: {number(self.baseline, decimals=self.decimals)} before, "
            f"{number(self.now, decimals=self.decimals)} now; difference {self.change}, "
            f"p = {self.p_worse:.3g} that nothing got worse, tolerance {self.tolerance:g}: {self.verdict}."
        )


@dataclass(frozen=True)
class RegressionReport:
    """A check of one run.

    Attributes:
        run: what was checked, as people call it.
        baseline: the baseline's file.
        protocol: by name.
        fingerprint: that both share.
        metrics: in the order of the tables.
        remarks: what a reader must know beside the numbers.
    """

    run: str
    baseline: str
    protocol: str
    fingerprint: str
    metrics: tuple[CheckedMetric, ...]
    remarks: tuple[str, ...] = ()

    @property
    def regressions(self) -> tuple[CheckedMetric, ...]:
        """The metrics that got worse."""
        return tuple(metric for metric in self.metrics if metric.verdict == "regression")

    @property
    def conclusion(self) -> str:
        """The check in one sentence."""
        lost = self.regressions
        if not lost:
            return f"No regression in {counted(len(self.metrics), 'metric')}."
        return f"Regression in {', '.join(metric.column.label for metric in lost)}."

    def record(self) -> dict[str, Any]:
        """JSON values of all of it."""
        return {
            "run": self.run,
            "baseline": self.baseline,
            "protocol": self.protocol,
            "fingerprint": self.fingerprint,
            "regression": bool(self.regressions),
            "metrics": {
                metric.column.key: {
                    "label": metric.column.label,
                    "higher_is_better": metric.column.higher_is_better,
                    "baseline": metric.baseline,
                    "now": metric.now,
                    "difference": metric.difference,
                    "ci95": [metric.low, metric.high],
                    "p_worse": metric.p_worse,
                    "tolerance": metric.tolerance,
                    "detectable_loss": metric.detectable,
                    "verdict": metric.verdict,
                    "n_subjects": metric.n_subjects,
                }
                for metric in self.metrics
            },
            "remarks": list(self.remarks),
        }


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text


def explanation(report: RegressionReport) -> str:
    """The line below a check: what the numbers are and when a difference counts."""
    return (
        "Differences are paired over subject and prompt, with 95% intervals over subjects. A regression is significant "
        "(one-sided permutation test over subjects, Holm over the metrics, p <= 0.05) and larger than the tolerance; "
        "of losses as large as the detectable one, 19 in 20 are caught. "
        f"Protocol {report.protocol}, fingerprint {report.fingerprint}."
    )
