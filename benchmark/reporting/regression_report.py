"""The regression check: a run's scores against a baseline's, paired, metric by metric."""

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.baseline import Baseline
from dreambench.benchmark.results.precision_compared import precision_against
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted
from dreambench.reports.cells import column_of
from dreambench.reports.regression import LEVEL, CheckedMetric, RegressionReport, detectable_loss, judge

if TYPE_CHECKING:
    from dreambench.benchmark.results.comparison import ScoredRun
    from dreambench.benchmark.statistics import Comparison, MethodCells

#: Baselines hold rounded numbers, and cosines of equal pictures may be above 1 by rounding.
_ROUNDING: Final = 1e-5


def check_run(
    scored: "ScoredRun", baseline: Baseline, *, tolerances: Mapping[str, float], baseline_name: str
) -> RegressionReport:
    """Check a run against a baseline.

    Args:
        scored: the run.
        baseline: read from its file.
        tolerances: metric key -> the loss allowed; before the baseline's own, and those before the metrics' usual ones.
        baseline_name: what the report calls the baseline.

    Raises:
        UserError: the two cannot be compared; the message says in words what differs.
    """
    refuse_incomparable(scored, baseline)
    refuse_toothless(len(baseline.subjects), len(baseline.metrics))
    infos = {info.key: info for info in scored.run.metrics}
    _refuse_impossible(baseline, infos, baseline_name)
    unknown = set(tolerances) - set(baseline.metrics)
    if unknown:
        raise UserError(f"The baseline has no metric '{sorted(unknown)[0]}'; it has {', '.join(baseline.metrics)}.")
    allowed = {}
    for key, metric in baseline.metrics.items():
        usual = infos[key].tolerance if metric.tolerance is None else metric.tolerance
        allowed[key] = tolerances.get(key, usual)
    remarks = []
    if baseline.method != scored.run.method:
        remarks.append(f"The baseline is of the method {baseline.method}, the run of {scored.run.method}.")
    seed = scored.run.summary.seed
    if baseline.seed is not None and seed is not None and seed != baseline.seed:
        remarks.append(
            f"The baseline is of seed {baseline.seed}, the run of seed {seed}: another seed alone moves every image; "
            "with one seed the check sees smaller losses."
        )
    remarks += precision_against(scored, baseline.precision)
    fresh = [key for key in infos if key not in baseline.metrics]
    if fresh:
        remarks.append(f"Not in the baseline, so not checked: {', '.join(fresh)}.")
    return RegressionReport(
        run=scored.label,
        baseline=baseline_name,
        protocol=scored.run.protocol,
        fingerprint=scored.run.fingerprint,
        metrics=checked_metrics(scored.cells, baseline, allowed, infos),
        remarks=tuple(remarks),
    )


def checked_metrics(
    now: "MethodCells",
    baseline: Baseline,
    tolerances: Mapping[str, float],
    infos: Mapping[str, MetricInfo],
) -> tuple[CheckedMetric, ...]:
    """The verdict on each of the baseline's metrics, for scores of the same subjects and prompts.

    Args:
        now: the run's.
        baseline: what it is held against.
        tolerances: the loss allowed, by metric.
        infos: the run's metrics by key, for what their columns say.
    """
    from dreambench.benchmark.statistics import compare_cells, holm

    before = baseline.cells()
    compared = compare_cells(now, before, metrics=list(baseline.metrics))
    worse, better = {}, {}
    for key, metric in baseline.metrics.items():
        worse[key], better[key] = one_sided(compared[key], higher_is_better=metric.higher_is_better)
    p_worse, p_better = holm(worse), holm(better)
    checked = []
    for key, metric in baseline.metrics.items():
        found = compared[key]
        if not found.n_subjects:
            continue
        means = [_mean(cells, key) for cells in (before, now)]
        verdict = judge(
            found.difference,
            p_worse=p_worse[key],
            p_better=p_better[key],
            tolerance=tolerances[key],
            higher_is_better=metric.higher_is_better,
        )
        checked.append(
            CheckedMetric(
                column=column_of(infos[key]),
                baseline=means[0],
                now=means[1],
                difference=found.difference,
                low=found.low if isfinite(found.low) else None,
                high=found.high if isfinite(found.high) else None,
                p_worse=p_worse[key],
                tolerance=tolerances[key],
                detectable=detectable_loss(
                    found.low,
                    found.high,
                    n_subjects=found.n_subjects,
                    n_metrics=len(baseline.metrics),
                    tolerance=tolerances[key],
                ),
                verdict=verdict,
                n_subjects=found.n_subjects,
            )
        )
    return tuple(checked)


def one_sided(comparison: "Comparison", *, higher_is_better: bool) -> tuple[float, float]:
    """The p-values that the metric got worse and that it got better, from the two-sided one of a symmetric test.

    Under sign flips the statistic's distribution is symmetric, so the tail on the observed side is half of both tails.
    """
    if not comparison.n_subjects:
        return comparison.p_value, comparison.p_value
    gain = comparison.difference if higher_is_better else -comparison.difference
    if gain == 0:
        return 1.0, 1.0
    near, far = comparison.p_value / 2, 1 - comparison.p_value / 2
    return (near, far) if gain < 0 else (far, near)


def refuse_toothless(n_subjects: int, n_metrics: int) -> None:
    """Refuse a check that could not fail: with few subjects, no loss is significant once corrected for many metrics.

    Raises:
        UserError: naming how many metrics so many subjects can carry.
    """
    from dreambench.benchmark.statistics import least_p_value

    least = least_p_value(n_subjects) / 2  # of the one-sided test
    if least * n_metrics > LEVEL:
        carried = int(LEVEL / least)
        less = f"watch at most {carried} (--write-baseline --metrics ...), or " if carried else ""
        at_once = "one metric" if n_metrics == 1 else f"{n_metrics} metrics at once"
        raise UserError(
            f"No loss of {counted(n_subjects, 'subject')}, however large, is significant in {at_once}; {less}run more subjects."
        )


def refuse_incomparable(scored: "ScoredRun", baseline: Baseline) -> None:
    """Refuse a run whose numbers do not mean what the baseline's mean.

    Raises:
        UserError: protocol, dataset, suite, subjects, prompts, images or metrics are others.
    """
    run, mend = scored.run, "write a new baseline with --write-baseline if that is meant."
    summary = run.summary
    what: tuple[str, str] | None
    changed = _changed_metric(scored, baseline)
    if changed is not None:
        what = changed
    elif summary.dataset.checksum != baseline.dataset_checksum:
        what = (
            f"the dataset '{summary.dataset.name}' ({summary.dataset.checksum[:12]})",
            f"'{baseline.dataset}' ({str(baseline.dataset_checksum)[:12]})",
        )
    elif summary.suite != baseline.suite:
        what = f"the suite '{summary.suite}'", f"'{baseline.suite}'"
    else:
        what = _other_cells(scored, baseline)
    if what is not None:
        raise UserError(f"{run.root} cannot be checked: it has {what[0]}, the baseline {what[1]}; {mend}")


def _changed_metric(scored: "ScoredRun", baseline: Baseline) -> tuple[str, str] | None:
    """The first watched metric that the run lacks, or made in another way."""
    for key, metric in baseline.metrics.items():
        info = scored.run.metric(key)
        if info is None:
            return f"no {metric.label}", "one"
        if info.fingerprint != metric.fingerprint:
            return (
                f"a {metric.label} of the fingerprint {info.fingerprint} (protocol {scored.run.protocol})",
                f"one of {metric.fingerprint} (protocol {baseline.protocol})",
            )
    return None


def _other_cells(scored: "ScoredRun", baseline: Baseline) -> tuple[str, str] | None:
    wanted = {name: set(subject.prompts) for name, subject in baseline.subjects.items()}
    there: dict[str, set[int]] = {}
    for name, prompt in scored.prompts:
        there.setdefault(name, set()).add(prompt)
    if set(there) != set(wanted):
        odd = sorted(set(there) ^ set(wanted))
        return counted(len(there), "subject"), f"{len(wanted)}, and {odd[0]} is only in one of them"
    for name in sorted(wanted):
        if there[name] != wanted[name]:
            return f"{counted(len(there[name]), 'prompt')} for {name}", f"{len(wanted[name])} or others"
    cells, before = scored.cells, baseline.cells()
    if cells.by_prompt.counts.tolist() != before.by_prompt.counts.tolist():
        return counted(
            int(cells.by_prompt.counts.sum()), "image"
        ), f"{int(before.by_prompt.counts.sum())}, or others per prompt"
    return _other_gaps(cells, before, baseline)


def _other_gaps(now: "MethodCells", before: "MethodCells", baseline: Baseline) -> tuple[str, str] | None:
    """Where one of the two has a score and the other has none: the check would pass over it, and over a loss in it."""
    import numpy as np

    for key, metric in baseline.metrics.items():
        here, there = now.table(key), before.table(key)
        if here is None or there is None:
            continue
        lacks, lacked = np.isnan(here.values[key]), np.isnan(there.values[key])
        if len(lacks) != len(lacked):  # a metric that the one has by prompt and the other by subject
            return f"{metric.label} for {len(lacks)} parts", f"for {len(lacked)}"
        odd = np.flatnonzero(lacks != lacked)
        if len(odd):
            said = f"{metric.label} for {here.subjects[odd[0]]}"
            return (f"no {said}", "one") if lacks[odd[0]] else (f"a {said}", "none")
    return None


def _refuse_impossible(baseline: Baseline, infos: Mapping[str, MetricInfo], name: str) -> None:
    """Refuse a baseline with a score that nothing can have: below the range, any run would pass.

    Raises:
        UserError: naming the metric and the subject.
    """
    for subject, scores in baseline.subjects.items():
        for key, metric in baseline.metrics.items():
            info, own = infos[key], scores.by_subject.get(key)
            odd = [
                value
                for value in (*scores.by_prompt.get(key, ()), own)
                if value is not None and not info.low - _ROUNDING <= value <= info.high + _ROUNDING
            ]
            if odd:
                raise UserError(
                    f"{name} has the {metric.label} {odd[0]:g} for {subject}, which nothing can have ({info.low:g} to "
                    f"{info.high:g}); write a new baseline with --write-baseline."
                )


def _mean(cells: "MethodCells", key: str) -> float:
    import numpy as np

    from dreambench.benchmark.statistics import subject_means

    table = cells.table(key)
    return float(np.nanmean(subject_means(table, key))) if table is not None else float("nan")
