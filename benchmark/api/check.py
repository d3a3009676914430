"""`check`: is a run worse than its baseline?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dreambench.benchmark.reporting.regression_report import check_run
from dreambench.benchmark.results.baseline import Baseline, baseline_of, read_baseline, write_baseline
from dreambench.benchmark.results.comparison import ScoredRun, read_scored
from dreambench.benchmark.results.finished import read_finished
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean
from dreambench.reports.regression import RegressionReport


def check(run: str | Path, *, baseline: str | Path, tolerances: Mapping[str, float] | None = None) -> RegressionReport:
    """Hold a run against a baseline.

    A regression is a loss that is both significant (paired over subjects, corrected for the number of metrics) and larger
    than the tolerance. Dataset, suite, subjects and prompts must be the baseline's, and each watched metric must have been
    made in the same way, by its fingerprint.

    Args:
        run: a run's folder, or one that `score` wrote.
        baseline: the baseline's file.
        tolerances: metric's key -> the loss that is allowed, before the baseline's own and the metrics' usual ones.

    Returns:
        The report; `report.regressions` is empty where nothing got worse.

    Raises:
        UserError: the two cannot be compared; the message says in words what differs.

    Examples:
        >>> import dreambench
        >>> _ = dreambench.make_baseline("mine", baseline="baseline.json")
        >>> report = dreambench.check("mine", baseline="baseline.json", tolerances={"dino": 0.02})
        >>> report.conclusion
        'No regression in 1 metric...'
    """
    against = read_baseline(Path(baseline))  # before the run: it is read faster, and as often wrong
    scored = _scored(Path(run))
    allowed = dict(tolerances or {})
    _refuse_unknown(allowed, against.metrics, "--tolerance")
    return check_run(scored, against, tolerances=allowed, baseline_name=str(baseline))


def make_baseline(
    run: str | Path,
    *,
    baseline: str | Path,
    tolerances: Mapping[str, float] | None = None,
    metrics: Sequence[str] | None = None,
) -> Baseline:
    """Make a run the baseline: write its file.

    Args:
        run: a run's folder, or one that `score` wrote.
        baseline: the file to write.
        tolerances: metric's key -> the loss that is allowed from now on, where it is not the usual one.
        metrics: keys of those to watch; None watches all. The fewer, the smaller the loss that a check can be sure of.

    Raises:
        UserError: the run lacks a metric that is to be watched.
    """
    scored = _scored(Path(run))
    keys = [info.key for info in scored.run.metrics]
    _refuse_unknown(metrics or (), keys, "--metrics")
    _refuse_unknown(tolerances or (), keys, "--tolerance")
    record = baseline_of(scored, tolerances=dict(tolerances or {}), metrics=metrics)
    write_baseline(Path(baseline), record)
    return record


def _scored(folder: Path) -> ScoredRun:
    run = read_finished(folder)
    (scored,) = read_scored([run], run.metrics)
    return scored


def _refuse_unknown(
    given: Sequence[str] | Mapping[str, float], known: Sequence[str] | Mapping[str, object], option: str
) -> None:
    for key in given:
        if key not in known:
            raise UserError(f"{option} cannot be '{key}'; {did_you_mean(key, known)}")
