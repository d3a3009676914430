"""Whether finished runs may stand in one table: on which metrics, and which subjects and prompts they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.statistics import Cells, MethodCells
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    import numpy as np

_SAME_PROMPTS: Final = "use runs of the same subjects and prompts"


@dataclass(frozen=True, eq=False)
class ScoredRun:
    """A finished run with its scores by subject and prompt.

    Attributes:
        run: the run.
        label: what tables call it.
        cells: its scores.
        kinds: subject -> kind.
    """

    run: FinishedRun
    label: str
    cells: MethodCells
    kinds: dict[str, str]

    @property
    def prompts(self) -> set[tuple[str, int]]:
        """The (subject, prompt index) pairs that it has scores for."""
        return set(self.cells.by_prompt.subject_prompts())


@dataclass(frozen=True)
class SharedMetrics:
    """The metrics on which runs compare.

    Attributes:
        infos: those with one fingerprint in all runs, in the first run's order, then those that only some runs have.
        refused: keys of metrics that some runs made in different ways.
        remark: a sentence about the refused ones; empty where there are none.
    """

    infos: tuple[MetricInfo, ...]
    refused: tuple[str, ...]
    remark: str


def comparable_metrics(runs: Sequence[FinishedRun], *, way_out: str = "") -> SharedMetrics:
    """The metrics on which runs compare: those whose fingerprints agree wherever a run has them.

    Args:
        runs: to stand in one table.
        way_out: what else the command at hand offers, as the end of the sentence: ", or add --allow-mixed".

    Raises:
        UserError: two runs share no metric that was made in the same way; the message names both.
    """
    seen: dict[str, MetricInfo] = {}
    apart: dict[str, tuple[FinishedRun, FinishedRun]] = {}
    owners: dict[str, FinishedRun] = {}
    for run in runs:
        for info in run.metrics:
            if info.key not in seen:
                seen[info.key], owners[info.key] = info, run
            elif info.fingerprint != seen[info.key].fingerprint:
                apart.setdefault(info.key, (owners[info.key], run))
    _refuse_strangers(runs, apart, way_out)
    infos = tuple(info for key, info in seen.items() if key not in apart)
    return SharedMetrics(infos, tuple(apart), _refused_in_words(apart, seen))


def every_metric(runs: Sequence[FinishedRun]) -> SharedMetrics:
    """All metrics that any of the runs has, also those that they made in different ways: of these no value is the best, and
    nothing is tested across the runs."""
    every: dict[str, MetricInfo] = {}
    for run in runs:
        for info in run.metrics:
            every.setdefault(info.key, info)
    return SharedMetrics(tuple(every.values()), (), "")


def read_scored(runs: Sequence[FinishedRun], infos: Sequence[MetricInfo]) -> list[ScoredRun]:
    """Read the scores of runs and name them apart.

    Raises:
        UserError: a table is missing or broken.
    """
    return [ScoredRun(run, label, *run.cells(infos)) for run, label in zip(runs, labels_of(runs), strict=True)]


def check_same_dataset(runs: Sequence[FinishedRun]) -> None:
    """Refuse runs that were scored against different reference images, or asked different prompts.

    Raises:
        UserError: the datasets' checksums differ; the message names both runs.
    """
    first = runs[0]
    for other in runs[1:]:
        if other.summary.dataset.checksum != first.summary.dataset.checksum:
            raise UserError(
                f"{first.root} and {other.root} are scored with different reference images or prompts (datasets "
                f"{_dataset(first)} and {_dataset(other)}); compare runs on one dataset, or score them again."
            )


def check_same_prompts(runs: Sequence[ScoredRun], *, way_out: str = _SAME_PROMPTS) -> None:
    """Refuse runs over different subjects or prompts.

    Args:
        runs: to stand in one table.
        way_out: what the command at hand offers where they share some.

    Raises:
        UserError: the message names both runs.
    """
    first = runs[0]
    for other in runs[1:]:
        if other.prompts != first.prompts:
            n_shared = len(first.prompts & other.prompts)
            cure = way_out if n_shared else _SAME_PROMPTS
            raise UserError(
                f"{first.run.root} has {len(first.prompts)} pairs of subject and prompt, {other.run.root} has "
                f"{len(other.prompts)}, of which {n_shared} are the same; {cure}."
            )


def restrict_to_shared(runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """The runs with only those pairs of subject and prompt that all of them have.

    A metric that only subjects have is a mean over a subject's images that cannot be taken apart: where a subject loses
    prompts in any run, those that look at the generated images are left out of them all. PRES looks at prior images alone
    and does not depend on the prompts.

    Raises:
        UserError: they share none.
    """
    shared = set.intersection(*(run.prompts for run in runs))
    if not shared:
        raise UserError("The runs share no pair of subject and prompt; compare runs of the same subjects and prompts.")
    subjects = {subject for subject, _ in shared}
    whole = all({pair for pair in run.prompts if pair[0] in subjects} == shared for run in runs)
    return [_restricted(run, shared, subjects, keep_all=whole) for run in runs]


def missing_in_words(runs: Sequence[ScoredRun], infos: Sequence[MetricInfo]) -> list[str]:
    """What means do without, in sentences: images that were missing, and subjects that have no value of a metric.

    A mean over fewer subjects is another number, and its run may stand as the best for that alone.
    """
    import numpy as np

    from dreambench.benchmark.statistics import subject_means

    found = []
    for run in runs:
        lost = run.run.summary.n_missing
        if lost:
            found.append(
                f"{run.label} was scored without {counted(lost, 'image')} that {'was' if lost == 1 else 'were'} asked for."
            )
        for info in infos:
            table = run.cells.table(info.key)
            has_value = np.isfinite([] if table is None else subject_means(table, info.key))
            if 0 < has_value.sum() < len(has_value):
                found.append(
                    f"{info.label} of {run.label} is a mean over {has_value.sum():,} of {len(has_value):,} subjects; the "
                    "others have no value."
                )
    return found


def labels_of(runs: Sequence[FinishedRun]) -> list[str]:
    """The methods' names, or the folders' where a method is there twice, or the paths where even those are."""
    for naming in (lambda run: run.method, lambda run: run.root.resolve().name, lambda run: str(run.root)):
        labels = [naming(run) for run in runs]
        if len(set(labels)) == len(labels):
            break
    return labels


def _agree(info: MetricInfo, other: MetricInfo | None) -> bool:
    return other is not None and info.fingerprint == other.fingerprint


def _refuse_strangers(runs: Sequence[FinishedRun], apart: dict[str, tuple[FinishedRun, FinishedRun]], way_out: str) -> None:
    """Refuse a run that shares no metric with the first one, or none that all the runs made in the same way."""
    first = runs[0]
    shared = {other: [info for info in first.metrics if _agree(info, other.metric(info.key))] for other in runs[1:]}
    for other, infos in shared.items():
        if not infos:
            raise UserError(
                f"{first.root} is scored under the fingerprint {first.fingerprint} (protocol {first.protocol}), "
                f"{other.root} under {other.fingerprint} (protocol {other.protocol}), and no metric of theirs was made in the "
                f"same way; score both with `bench score --protocol` under one protocol{way_out}."
            )
    for other, infos in shared.items():
        if all(info.key in apart for info in infos):
            _, third = apart[infos[0].key]
            raise UserError(
                f"{first.root} and {other.root} share {', '.join(info.label for info in infos)}, but {third.root} (protocol "
                f"{third.protocol}) made {infos[0].label} in another way, so no metric compares all of them; compare fewer "
                f"runs at a time, or score them with `bench score --protocol` under one protocol{way_out}."
            )


def _refused_in_words(apart: dict[str, tuple[FinishedRun, FinishedRun]], infos: dict[str, MetricInfo]) -> str:
    """Which metrics do not compare, and between which runs."""
    if not apart:
        return ""
    names = ", ".join(infos[key].label for key in apart)
    first, second = next(iter(apart.values()))
    verb = "is" if len(apart) == 1 else "are"
    return (
        f"{names} {verb} left out: {first.root.name or first.root} ({first.protocol}) and {second.root.name or second.root} "
        f"({second.protocol}) made {'it' if len(apart) == 1 else 'them'} in different ways."
    )


def _restricted(run: ScoredRun, shared: set[tuple[str, int]], subjects: set[str], *, keep_all: bool) -> ScoredRun:
    by_prompt = run.cells.by_prompt.select(_mask([pair in shared for pair in run.cells.by_prompt.subject_prompts()]))
    by_subject = run.cells.by_subject.select(
        _mask([subject in subjects for subject, _ in run.cells.by_subject.subject_prompts()])
    )
    if not keep_all:
        infos = {info.key: info for info in run.run.summary.metrics}
        kept = {key: values for key, values in by_subject.values.items() if not infos[key].of_prompts}
        by_subject = Cells(by_subject.subjects, by_subject.prompts, by_subject.counts, by_subject.pairs, kept)
    kinds = {subject: kind for subject, kind in run.kinds.items() if subject in subjects}
    return replace(run, cells=MethodCells(by_prompt, by_subject), kinds=kinds)


def _mask(flags: list[bool]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    import numpy as np

    return np.array(flags, dtype=bool)


def _dataset(run: FinishedRun) -> str:
    dataset = run.summary.dataset
    return f"'{dataset.name}', {dataset.checksum[:12]}"
