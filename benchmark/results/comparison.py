"""Whether finished runs may stand in one table, and which subjects and prompts they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from dreambench.benchmark.metrics import MetricInfo
    from dreambench.benchmark.statistics import Cells, MethodCells

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
    cells: "MethodCells"
    kinds: dict[str, str]

    @property
    def prompts(self) -> set[tuple[str, int]]:
        """The (subject, prompt index) pairs that it has scores for."""
        return set(self.cells.by_prompt.places())


def read_scored(runs: Sequence[FinishedRun], infos: "Sequence[MetricInfo]") -> list[ScoredRun]:
    """Read the scores of runs and name them apart.

    Raises:
        UserError: a table is missing or broken.
    """
    return [ScoredRun(run, label, *run.cells(infos)) for run, label in zip(runs, labels_of(runs), strict=True)]


def check_same_protocol(runs: Sequence[FinishedRun], *, way_out: str = "") -> None:
    """Refuse runs whose numbers were made in different ways.

    Args:
        runs: to stand in one table.
        way_out: what else the command at hand offers, as the end of the sentence: ", or add --allow-mixed".

    Raises:
        UserError: fingerprints differ; the message names both runs.
    """
    first = runs[0]
    for other in runs[1:]:
        if other.fingerprint != first.fingerprint:
            raise UserError(
                f"{first.root} is scored under the fingerprint {first.fingerprint} (protocol {first.protocol}), "
                f"{other.root} under {other.fingerprint} (protocol {other.protocol}); score both with `bench score --protocol` "
                f"under one protocol{way_out}."
            )


def check_same_dataset(runs: Sequence[FinishedRun]) -> None:
    """Refuse runs that were scored against different reference images.

    Raises:
        UserError: the datasets' checksums differ; the message names both runs.
    """
    first = runs[0]
    for other in runs[1:]:
        if _checksum(other) != _checksum(first):
            raise UserError(
                f"{first.root} and {other.root} are scored against different reference images (datasets {_dataset(first)} and "
                f"{_dataset(other)}); compare runs on one dataset, or score them again."
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

    DIV is a mean over a subject's prompts that cannot be taken apart: where a subject loses prompts in any run, DIV is
    left out of them all. PRES does not depend on the prompts.

    Raises:
        UserError: they share none.
    """
    shared = set.intersection(*(each.prompts for each in runs))
    if not shared:
        raise UserError("The runs share no pair of subject and prompt; compare runs of the same subjects and prompts.")
    subjects = {subject for subject, _ in shared}
    whole = all({pair for pair in each.prompts if pair[0] in subjects} == shared for each in runs)
    return [_restricted(each, shared, subjects, keep_div=whole) for each in runs]


def labels_of(runs: Sequence[FinishedRun]) -> list[str]:
    """The methods' names, or the folders' where a method is there twice, or the paths where even those are."""
    for naming in (lambda run: run.method, lambda run: run.root.resolve().name, lambda run: str(run.root)):
        labels = [naming(run) for run in runs]
        if len(set(labels)) == len(labels):
            break
    return labels


def _restricted(run: ScoredRun, shared: set[tuple[str, int]], subjects: set[str], *, keep_div: bool) -> ScoredRun:
    from dreambench.benchmark.metrics import div
    from dreambench.benchmark.statistics import MethodCells

    by_prompt = run.cells.by_prompt.select(_mask([pair in shared for pair in run.cells.by_prompt.places()]))
    by_subject = run.cells.by_subject.select(_mask([subject in subjects for subject, _ in run.cells.by_subject.places()]))
    if not keep_div:
        by_subject = _without(by_subject, div.KEY)
    kinds = {subject: kind for subject, kind in run.kinds.items() if subject in subjects}
    return replace(run, cells=MethodCells(by_prompt, by_subject), kinds=kinds)


def _without(cells: "Cells", key: str) -> "Cells":
    return replace(cells, values={each: values for each, values in cells.values.items() if each != key})


def _mask(flags: list[bool]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    import numpy as np

    return np.array(flags, dtype=bool)


def _checksum(run: FinishedRun) -> object:
    return run.dataset.get("checksum")


def _dataset(run: FinishedRun) -> str:
    return f"'{run.dataset.get('name')}', {str(run.dataset.get('checksum'))[:12]}" if run.dataset else "not recorded"
