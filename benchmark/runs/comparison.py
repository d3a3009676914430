"""Comparing finished runs: the same protocol, subjects and prompts, or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.runs.finished import FinishedRun
from benchmark.statistics import Comparison, compare_scores
from dataset.errors import UserError


def check_comparable(runs: Sequence[FinishedRun]) -> None:
    """Refuse runs whose numbers do not mean the same.

    Raises:
        UserError: fingerprints, datasets, subjects or prompts differ; the message names both runs.
    """
    first = runs[0]
    cells = cells_of(first)
    for other in runs[1:]:
        if other.fingerprint != first.fingerprint:
            raise UserError(
                f"{first.root} is scored under the fingerprint {first.fingerprint} (protocol {first.summary['protocol']}), "
                f"{other.root} under {other.fingerprint} (protocol {other.summary['protocol']}); "
                "score both with `bench score --protocol` under one protocol first."
            )
        if _checksum(other) != _checksum(first):
            raise UserError(
                f"{first.root} and {other.root} are scored against different reference images (datasets {_dataset(first)} and "
                f"{_dataset(other)}); compare runs on one dataset, or score them again."
            )
        theirs = cells_of(other)
        if theirs != cells:
            n_shared = len(cells & theirs)
            raise UserError(
                f"{first.root} has {len(cells)} pairs of subject and prompt, {other.root} has {len(theirs)}, of which "
                f"{n_shared} are the same; compare runs of the same --subjects and --prompts."
            )


def cells_of(run: FinishedRun) -> set[tuple[str, int]]:
    """The (subject, prompt index) pairs that a run has scores for."""
    images = run.scores().images
    return set(zip(images["subject"].astype(str), images["prompt_index"].astype(int), strict=True))


def compare_against(runs: Sequence[FinishedRun], against: int) -> list[Mapping[str, Comparison]]:
    """Each run minus the run at index `against`, metric by metric; that run's own entry is empty."""
    reference = runs[against].scores()
    return [{} if index == against else compare_scores(run.scores(), reference) for index, run in enumerate(runs)]


def _checksum(run: FinishedRun) -> object:
    dataset = run.summary.get("dataset")
    return dataset.get("checksum") if isinstance(dataset, dict) else None


def _dataset(run: FinishedRun) -> str:
    dataset = run.summary.get("dataset")
    return f"'{dataset.get('name')}', {str(dataset.get('checksum'))[:12]}" if isinstance(dataset, dict) else "not recorded"


def labels_of(runs: Sequence[FinishedRun]) -> list[str]:
    """The methods' names, or the folders' where a method is there twice, or the paths where even those are."""
    for naming in (lambda run: run.method, lambda run: run.root.resolve().name, lambda run: str(run.root)):
        labels = [naming(run) for run in runs]
        if len(set(labels)) == len(labels):
            break
    return labels


def metric_entries(run: FinishedRun) -> dict[str, Any]:
    """The overall metrics of a run's summary."""
    entries: dict[str, Any] = run.summary["overall"]
    return entries
