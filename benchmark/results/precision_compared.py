"""What to know of the precision of several runs, or of a run and its baseline: where it differs, scores differ by it."""

from collections.abc import Sequence

from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.precision import PASSES, PrecisionRecord, in_a_row, mixture, precision_of


def precision_in_words(runs: Sequence[ScoredRun]) -> list[str]:
    """Sentences for a table of runs: those that mix two precisions, and that runs differ in theirs."""
    known = [(run.label, found) for run in runs if (found := precision_of_run(run.run)) is not None]
    said = [f"{label}: {mixture(found)}" for label, found in known if mixture(found)]
    for key, what in PASSES.items():
        by_kind: dict[tuple[str, ...], list[str]] = {}
        for label, found in known:
            if kinds := getattr(found, key):
                by_kind.setdefault(kinds, []).append(label)
        if len(by_kind) > 1:
            parts = [f"{', '.join(labels)} {what} in {in_a_row(kinds, 'and')}" for kinds, labels in by_kind.items()]
            said.append(f"The runs differ in precision, which alone moves scores: {'; '.join(parts)}.")
    return said


def precision_against(run: ScoredRun, baseline: PrecisionRecord | None) -> list[str]:
    """Sentences for a run that is held against a baseline: that it mixes two precisions, or has another than the baseline."""
    found = precision_of_run(run.run)
    said = [text] if (text := mixture(found)) else []
    if found is None or baseline is None:
        return said
    for key, what in PASSES.items():
        now, before = getattr(found, key), getattr(baseline, key)
        if now and before and now != before:
            here, there = in_a_row(now, "and"), in_a_row(before, "and")
            said.append(f"The run was {what} in {here}, the baseline in {there}: that alone moves scores.")
    return said


def precision_of_run(run: FinishedRun) -> PrecisionRecord | None:
    """A run's, as its summary says it, or its manifests where it is of an earlier version; None where nobody knows."""
    if run.summary.precision is not None or run.record is None:
        return run.summary.precision
    return precision_of(run.manifests().values(), uses_sampler=run.record.sampler is not None)
