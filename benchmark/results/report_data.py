"""What a report shows of finished runs: their images with scores, subjects, prompts, reference images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.declarations.reading import parse_toml
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import (
    ScoredRun,
    SharedMetrics,
    check_same_dataset,
    check_same_prompts,
    comparable_metrics,
    missing_in_words,
    read_scored,
)
from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.benchmark.results.images import image_files
from dreambench.benchmark.results.own_scores import recall
from dreambench.benchmark.results.precision_compared import precision_in_words
from dreambench.benchmark.results.prompts import recorded_prompts
from dreambench.benchmark.results.seeds import seed_spreads
from dreambench.benchmark.scoring.tables import Scores
from dreambench.dataset.collection import SHIPPED, Dataset, load_dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True, eq=False)
class ReportedRun:
    """A run, or a folder of `bench score --out`, read whole.

    Attributes:
        scored: the run with its label and its scores by subject and prompt.
        scores: its tables; the images' `path` is absolute, and each file is there and is the one that was scored.
        hashes: SHA-256 of each image when it was scored, in the order of the table; None where that was not kept.
    """

    scored: ScoredRun
    scores: Scores
    hashes: list[str] | None

    @property
    def run(self) -> FinishedRun:
        """Folder and summary."""
        return self.scored.run

    @property
    def label(self) -> str:
        """What a report calls it; labels differ."""
        return self.scored.label


@dataclass(frozen=True, eq=False)
class ReportData:
    """Runs on the same dataset, subjects and prompts.

    Attributes:
        runs: in the order in which they were named.
        infos: the metrics that they are compared on.
        subjects: those that have images, in alphabetical order of their ids.
        prompts: of each kind, those that have images.
        references: subject id -> its reference images; empty where they are not on this machine.
        remarks: sentences that a reader must know: metrics that do not compare, reference images that are not shown.
    """

    runs: tuple[ReportedRun, ...]
    infos: tuple[MetricInfo, ...]
    subjects: tuple[Subject, ...]
    prompts: tuple[Prompt, ...]
    references: dict[str, list[Path]]
    remarks: tuple[str, ...]


def read_report_data(
    folders: Sequence[Path],
    *,
    dataset: str | None = None,
    images: Sequence[Path] = (),
    metrics_of: Callable[[Sequence[FinishedRun]], SharedMetrics] = comparable_metrics,
) -> ReportData:
    """Read what a report is made of.

    Args:
        folders: runs, or folders that `bench score --out` wrote.
        dataset: whose reference images to show, by name or folder; the runs' own if left out.
        images: folders that the reader says images lie in; each folder of `bench score` takes the one that has its own.
        metrics_of: which metrics of the runs are shown: those that they made in the same way, or `every_metric`.

    Raises:
        UserError: a folder has no scores, runs cannot stand in one table, an image is not where the run says, or the
            named dataset is not the one that was scored against.
    """
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    finished = [read_finished(folder) for folder in folders]
    shared = metrics_of(finished)
    check_same_dataset(finished)
    scored = read_scored(finished, shared.infos)
    check_same_prompts(scored)
    read = [_with_files(run, images) for run in scored]
    runs = tuple(run for run, _ in read)
    table = runs[0].scores.images[["subject", "class_noun", "kind"]].drop_duplicates("subject").sort_values("subject")
    subjects = tuple(Subject(*(str(value) for value in row)) for row in table.itertuples(index=False))  # type: ignore[arg-type]
    references, why = _references(runs[0].run, subjects, dataset)
    varying = [said for spread in seed_spreads(scored, shared.infos) for said in spread.sentences()]
    about = (*missing_in_words(scored, shared.infos), *precision_in_words(scored), *varying)
    remarks = [shared.remark, *about, why, *(said for _, said in read)]
    return ReportData(runs, shared.infos, subjects, _prompts(runs[0]), references, tuple(filter(None, remarks)))


def _with_files(scored: ScoredRun, named: Sequence[Path]) -> tuple[ReportedRun, str]:
    """A run with its files, and what a reader must know of these."""
    run, scores = scored.run, scored.run.scores()
    found = image_files(run, scores.images, named=named)
    table = scores.images.assign(path=[str(file) for file in found.files])
    return ReportedRun(scored, Scores(table, scores.subjects, scores.metrics), found.hashes), found.remark(run)


def _prompts(run: ReportedRun) -> tuple[Prompt, ...]:
    pairs = run.scores.images[["kind", "prompt_index"]].drop_duplicates().sort_values(["kind", "prompt_index"])
    known = recorded_prompts(run.run)
    prompts = []
    for kind, index in pairs.itertuples(index=False):
        prompt = known.get((str(kind), int(index)))
        if prompt is None:
            raise UserError(
                f"{run.run.root / 'scores.parquet'} has a prompt {index} for the kind {kind!r}, which is not among the prompts "
                "that the run was asked; score the images again."
            )
        prompts.append(prompt)
    return tuple(prompts)


def _references(run: FinishedRun, subjects: Sequence[Subject], named: str | None) -> tuple[dict[str, list[Path]], str]:
    try:
        name = named or dataset_of(run)
        dataset: Dataset = load_dataset(name)
        asked = run.summary.prompts
        if asked and {prompt.kind for prompt in asked}.issuperset(dataset.kinds):
            dataset = dataset.asking(asked)  # a suite may ask others than the dataset's own
        if dataset.checksum != run.summary.dataset.checksum:
            raise UserError(f"the dataset '{name}' has other reference images or prompts than the runs are scored with.")
        paths = {subject.id: dataset.reference_paths(dataset.subject(subject.id)) for subject in subjects}
        return paths, " ".join(dataset.unread(set(paths)))
    except UserError as error:
        if named is not None:
            raise UserError(f"--dataset cannot be used: {error}") from error
        return {}, f"Reference images are not shown: {error}"


def dataset_of(run: FinishedRun) -> str:
    """The dataset as a suite names it: from the suite that run.json holds, else by the name in the summary.

    Raises:
        UserError: it is a folder, and the run was not made here: what a file says is not followed there.
    """
    name = run.summary.dataset.name
    if run.record is not None:
        declared = parse_toml(run.record.suite_file, where=str(run.root / "run.json")).get("dataset")
        name = declared if isinstance(declared, str) else name
    if name not in SHIPPED and recall(run.root) is None:
        raise UserError(
            f"{run.root} was not made by you on this machine, and its dataset '{printable(name)}' is a folder; name that with "
            "--dataset."
        )
    return name
