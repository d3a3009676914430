"""The pretrained floor beside a run: a finished run of `pretrained` next to it, or the scores shipped with the package.

`python -m dreambench.benchmark.results.floor RUN` copies a finished run of `pretrained` to where shipped scores lie.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, read_run_record
from dreambench.benchmark.scoring.summary import Means, means_of
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_bytes, write_json

FLOOR_METHOD: Final = "pretrained"
REFERENCE_RUNS: Final = Path(__file__).parents[1] / "data" / "reference_runs"
#: What a floor must share with the run that it stands beside; the selection too, or it can be cut to it.
_SHARED: Final = ("suite", "dataset", "base_model", "sampler", "fingerprint")


@dataclass(frozen=True)
class Floor:
    """The floor's numbers and where they come from."""

    metrics: Means
    origin: str


def find_floor(record: RunRecord, *, beside: Path, shipped: Path = REFERENCE_RUNS) -> Floor | None:
    """The floor for a run.

    Args:
        record: the run's.
        beside: the run's folder; its neighbours are looked at, those of the same seed first.
        shipped: the folder of packaged reference runs.

    Returns:
        None when there is no floor under the same protocol.
    """
    neighbours = []
    for path in sorted(beside.resolve().parent.glob(f"*/{RUN_FILE}")):
        other = _record(path.parent)
        if other is not None and other.method == FLOOR_METHOD and _alike(other, record) and other.selection == record.selection:
            neighbours.append((other.seed != record.seed, path.parent))
    for _, folder in sorted(neighbours):
        try:
            run = read_finished(folder)
            run.scores()  # means that are not those of its tables are no floor
            return Floor(run.summary.overall, str(folder.name))
        except UserError:
            continue  # not finished yet
    # The suite's name is the run's word: it may choose among the folders that are shipped, and lead to no other.
    if not shipped.is_dir() or record.suite not in {path.name for path in shipped.iterdir()}:
        return None
    return _shipped_floor(record, shipped / record.suite / FLOOR_METHOD)


def export_reference_run(run: FinishedRun, folder: Path) -> None:
    """Copy a finished run's records and tables to where `find_floor` looks for shipped ones.

    How it was typed and on which machine is nobody's business and changes nothing: it is left out.
    """
    if run.record is None:
        raise UserError(f"{run.root} is not a run's folder; give one that `bench run --method {FLOOR_METHOD}` made.")
    for name in ("scores.parquet", "subjects.parquet"):
        atomic_write_bytes(folder / name, (run.root / name).read_bytes())
    record = run.record.model_copy(update={"command": (), "options": None, "hardware": {}})
    write_json(folder / RUN_FILE, record.model_dump(mode="json"))
    bare = run.summary.environment.model_copy(update={"hardware": {}})
    summary = run.summary.model_copy(update={"environment": bare, "manifests": {}, "scored_from": None})
    summary.write(folder)


def _shipped_floor(record: RunRecord, folder: Path) -> Floor | None:
    other = _record(folder)
    if other is None or not _alike(other, record):
        return None
    wanted, there = record.selection, other.selection
    if not set(wanted.subjects) <= set(there.subjects) or not set(wanted.prompts) <= set(there.prompts):
        return None
    run = read_finished(folder)
    scores = run.scores()
    images = scores.images
    images = images[images["subject"].isin(wanted.subjects) & images["prompt_index"].isin(wanted.prompts)]
    subjects = scores.subjects.set_index("subject").loc[list(wanted.subjects)]
    by_subject = images.groupby("subject")
    for info in scores.metrics:
        if info.level == "image":
            subjects[info.key] = by_subject[info.key].mean()
        elif info.of_prompts and wanted.prompts != there.prompts:
            subjects[info.key] = float("nan")  # it was averaged over prompts that this run does not have
    subjects["n_images"] = by_subject.size()
    return Floor(means_of(subjects.reset_index(), scores.metrics, run.summary.protocol.pooling), "shipped with dreambench")


def _alike(other: RunRecord, record: RunRecord) -> bool:
    """Whether two runs can stand in one table. A run without a base model (a copier) has none to disagree about."""
    theirs, ours = other.identity(), record.identity()
    is_bare = record.base_model is None
    if theirs.get("references") != ours.get("references"):
        return False  # scores against what was kept back would be against other images
    return all(theirs[key] == ours[key] or (is_bare and key in ("base_model", "sampler")) for key in _SHARED)


def _record(folder: Path) -> RunRecord | None:
    try:
        return read_run_record(folder)
    except UserError:
        return None


def _main(arguments: list[str]) -> Any:
    if len(arguments) != 1:
        return "give the folder of one finished run of the method pretrained"
    run = read_finished(Path(arguments[0]))
    if run.record is None or run.record.method != FLOOR_METHOD:
        return f"{arguments[0]} is not a run of the method {FLOOR_METHOD}"
    export_reference_run(run, REFERENCE_RUNS / run.record.suite / FLOOR_METHOD)
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
