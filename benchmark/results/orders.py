"""For which encoders the order of two runs holds: one formula measured in several encoders' spaces may disagree with itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.parts import Part


@dataclass(frozen=True)
class Verdict:
    """What one metric says of two runs.

    Attributes:
        key: the metric's.
        label: what tables call it.
        better: whether the run is better than the other one; None where they are equal.
        difference: run minus the other one.
        p_holm: of the paired permutation test, after Holm's correction over the table's metrics.
    """

    key: str
    label: str
    better: bool | None
    difference: float
    p_holm: float


@dataclass(frozen=True)
class Order:
    """Two runs under one formula in several encoders' spaces.

    Attributes:
        run: label of the run.
        against: label of the run that it is held against.
        formula: the formula's name.
        verdicts: one an encoder.
    """

    run: str
    against: str
    formula: str
    verdicts: tuple[Verdict, ...]

    @property
    def holds(self) -> bool:
        """Whether every encoder puts the two in the same order."""
        return len({verdict.better for verdict in self.verdicts}) == 1 and self.verdicts[0].better is not None

    def sentence(self) -> str:
        """The order in words, with the encoders that disagree."""
        better = [verdict for verdict in self.verdicts if verdict.better]
        worse = [verdict for verdict in self.verdicts if verdict.better is False]
        equal = [verdict for verdict in self.verdicts if verdict.better is None]
        parts = []
        if better:
            parts.append(f"better under {_listed(better)}")
        if worse:
            parts.append(f"worse under {_listed(worse)}")
        if equal:
            parts.append(f"equal under {_listed(equal)}")
        what = self.formula.replace("_", " ")
        verdict = "the order holds for every encoder" if self.holds else "the order depends on the encoder"
        return f"{self.run} against {self.against}, {what}: {', '.join(parts)}; {verdict}."


def orders_of(part: Part, runs: Sequence[ScoredRun], infos: Sequence[MetricInfo], *, against: int | None) -> tuple[Order, ...]:
    """The orders of each run and the one held against, for every formula that several encoders have.

    Args:
        part: the runs over all subjects and prompts.
        runs: in the part's order.
        infos: the table's metrics.
        against: the number of the run held against; None gives no orders.
    """
    if against is None:
        return ()
    by_formula: dict[str, list[MetricInfo]] = {}
    for info in infos:
        if info.encoder is None:
            continue
        members = by_formula.setdefault(info.formula, [])
        if all(info.encoder != member.encoder for member in members):  # not also against a part of the references
            members.append(info)
    found = []
    for number, run in enumerate(runs):
        compared = part.runs[number].against
        for formula, members in by_formula.items():
            verdicts = tuple(
                Verdict(
                    info.key,
                    info.label,
                    _better(compared[info.key].difference, higher_is_better=info.higher_is_better),
                    compared[info.key].difference,
                    compared[info.key].adjusted_p_value,
                )
                for info in members
                if info.key in compared and isfinite(compared[info.key].difference)
            )
            if number != against and len({info.encoder for info in members}) > 1 and len(verdicts) > 1:
                found.append(Order(run.label, runs[against].label, formula, verdicts))
    return tuple(found)


def _better(difference: float, *, higher_is_better: bool) -> bool | None:
    if difference == 0:
        return None
    return (difference > 0) == higher_is_better


def _listed(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(f"{verdict.label} ({verdict.difference:+.3f}, Holm p {_p(verdict.p_holm)})" for verdict in verdicts)


def _p(value: float) -> str:
    return "<= .001" if value <= 0.001 else f"{value:.3f}"
