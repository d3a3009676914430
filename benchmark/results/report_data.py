"""What a report shows of finished runs: their records, their images with scores, subjects, prompts, reference images."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.benchmark.metrics import METRICS
from dreambench.benchmark.results.comparison import (
    ScoredRun,
    check_same_dataset,
    check_same_prompts,
    check_same_protocol,
    read_scored,
)
from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.benchmark.runs.folder import read_run_record
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import Prompt, prompts_for
from dreambench.dataset.subjects import Subject

if TYPE_CHECKING:
    from dreambench.benchmark.scoring.tables import Scores


@dataclass(frozen=True)
class ReportedRun:
    """A run, or a folder of `bench score --out`, read whole.

    Attributes:
        run: folder and summary.
        label: what a report calls it; labels differ.
        record: run.json; empty for scores of images that came from elsewhere.
        scored: its scores by subject and prompt, for comparisons.
        scores: its tables; the images' `path` is absolute, exists, and lies in the run's own folder of images.
    """

    run: FinishedRun
    label: str
    record: dict[str, Any]
    scores: "Scores"
    scored: ScoredRun


@dataclass(frozen=True)
class ReportData:
    """Runs under one protocol, on the same subjects and prompts.

    Attributes:
        runs: in the order in which they were named.
        subjects: those that have images, in alphabetical order of their ids.
        prompts: of each kind, those that have images.
        references: subject id -> its reference images; empty where they are not on this machine.
        no_references: the sentence that says why they are not shown; empty if they are.
    """

    runs: tuple[ReportedRun, ...]
    subjects: tuple[Subject, ...]
    prompts: tuple[Prompt, ...]
    references: dict[str, list[Path]]
    no_references: str


def read_report_data(folders: Sequence[Path], *, dataset: str | None = None) -> ReportData:
    """Read what a report is made of.

    Args:
        folders: runs, or folders that `bench score --out` wrote.
        dataset: whose reference images to show, by name or folder; the runs' own if left out.

    Raises:
        UserError: a folder has no scores, runs cannot stand in one table, an image is not where the run says, or the
            named dataset is not the one that was scored against.
    """
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    finished = [read_finished(folder) for folder in folders]
    check_same_protocol(finished)
    check_same_dataset(finished)
    scored = read_scored(finished, METRICS)
    check_same_prompts(scored)
    runs = tuple(_read(each) for each in scored)
    table = runs[0].scores.images[["subject", "kind", "class_noun"]].drop_duplicates("subject").sort_values("subject")
    subjects = tuple(Subject(*(str(value) for value in row)) for row in table.itertuples(index=False))  # type: ignore[arg-type]
    references, why = _references(runs[0], subjects, dataset)
    return ReportData(runs, subjects, _prompts(runs[0]), references, why)


def _read(scored: ScoredRun) -> ReportedRun:
    from dataclasses import replace

    run = scored.run
    record = read_run_record(run.root) if (run.root / "run.json").is_file() else {}
    scores = run.scores()
    base = run.root if record else _scored_folder(run)
    paths = [str(_inside(base, str(path), run.root)) for path in scores.images["path"]]
    return ReportedRun(run, scored.label, record, replace(scores, images=scores.images.assign(path=paths)), scored)


def _scored_folder(run: FinishedRun) -> Path:
    """Where the images of a `bench score --out` folder lie, as they were named then."""
    images = run.summary.get("images")
    if not isinstance(images, str) or not images:
        raise UserError(f"{run.root / 'summary.json'} does not say where its images lie; score them again with --out.")
    if not Path(images).is_dir():
        raise UserError(
            f"The images of {run.root} were scored in {images}, which is not there; "
            "give the command from the folder where they were scored, or score them again."
        )
    return Path(images)


def _inside(base: Path, path: str, root: Path) -> Path:
    """An image's real path, which must not lead out of the folder that the run's images lie in."""
    candidate = base / path if base == root else Path(path)  # `bench score` writes paths as it was given them
    real = candidate.resolve()
    if not real.is_relative_to(base.resolve()):
        raise UserError(f"{root} names the image {path!r}, which lies outside {base}; score the images again.")
    if not real.is_file():
        raise UserError(f"{candidate} is missing, though {root} has scores for it; restore it, or make the run again.")
    return real


def _prompts(run: ReportedRun) -> tuple[Prompt, ...]:
    pairs = run.scores.images[["kind", "prompt_index"]].drop_duplicates().sort_values(["kind", "prompt_index"])
    prompts = []
    for kind, index in pairs.itertuples(index=False):
        known = {prompt.index: prompt for prompt in prompts_for(kind)} if kind in ("object", "live") else {}
        if int(index) not in known:
            raise UserError(
                f"{run.run.root / 'scores.parquet'} has a prompt {index} for the kind {kind!r}, which the benchmark does not "
                "have; score the images again."
            )
        prompts.append(known[int(index)])
    return tuple(prompts)


def _references(run: ReportedRun, subjects: Sequence[Subject], named: str | None) -> tuple[dict[str, list[Path]], str]:
    checksum = run.run.dataset.get("checksum")
    name = named or _dataset_name(run)
    try:
        if name is None:
            raise UserError("the runs do not say which dataset they are scored against; name it with --dataset.")
        dataset: Dataset = load_dataset(name)
        if dataset.checksum != checksum:
            raise UserError(f"the dataset '{name}' has other reference images than the runs are scored against.")
        return {subject.id: dataset.reference_paths(dataset.subject(subject.id)) for subject in subjects}, ""
    except UserError as error:
        if named is not None:
            raise UserError(f"--dataset cannot be used: {error}") from error
        return {}, f"Reference images are not shown: {error}"


def _dataset_name(run: ReportedRun) -> str | None:
    """The dataset as a suite names it: from the suite that run.json holds, else by the name in the summary."""
    suite_file = run.record.get("suite_file")
    if isinstance(suite_file, str):
        try:
            name = tomllib.loads(suite_file).get("dataset")
        except tomllib.TOMLDecodeError:
            name = None
        if isinstance(name, str):
            return name
    name = run.run.dataset.get("name")
    return str(name) if name else None
