"""What of a folder with scores does not agree with what it recorded of itself, all of it, for `bench doctor` and --verify."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.benchmark.results.images import image_files
from dreambench.benchmark.results.priors import prior_files
from dreambench.benchmark.results.summary import SUMMARY_FILE
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.record import RUN_FILE, read_run_record
from dreambench.benchmark.runs.shard import PartRecord, Shard, how_to_merge, read_parts
from dreambench.benchmark.runs.units import damages, read_manifest
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted


def faults_in(root: Path, *, images: Sequence[Path] = (), prior: Path | None = None) -> Iterator[str]:
    """Whatever of a run, or of a folder of `bench score --out`, is missing, was changed or is not of the rest, as clauses.

    A folder that holds some parts of a run, and was not scored, lacks what is missing of these parts alone. Every file is read
    and its hash compared; nothing is written.

    Args:
        root: the folder.
        images: folders that the reader says its images lie in, where it was not scored on this machine.
        prior: the folder of its prior images, likewise.

    Raises:
        UserError: there is no such folder.
    """
    if not root.is_dir():
        raise UserError(f"There is no folder {root}; give a run's folder, such as runs/mini-dreambooth-seed0.")
    is_run = (root / RUN_FILE).exists()
    if is_run:
        try:
            yield from _unit_faults(root)
        except UserError as error:
            yield _clause(error)
            return
    if is_run and not (root / SUMMARY_FILE).exists():
        if _parts(root):
            return  # parts are scored when they are merged
        yield f"{SUMMARY_FILE} is missing: the run is not finished"
        return
    try:
        finished = read_finished(root)
        finished.scores()
        if not is_run:  # a run's own files are those of its manifests
            image_files(finished, finished.scores().images, named=images)
            _check_priors(finished, prior)
    except UserError as error:
        yield _clause(error)


def part_in_words(root: Path) -> str | None:
    """Which part of which run a folder holds, and how the parts are put together; None where it is a whole run, or no run."""
    parts = _parts(root)
    if not parts:
        return None
    names = ", ".join(map(str, parts))
    held = len({subject for part in parts.values() for subject in part.subjects})
    try:
        there = len(read_run_record(root).selection.subjects)
    except UserError:
        return f"part {names} of a run"
    how = how_to_merge(root, next(iter(parts)))
    return f"part {names} of a run, with {held} of its {counted(there, 'subject')}; all parts become one with {how}"


def keeps_hashes(root: Path) -> bool:
    """Whether the scores in a folder keep hashes of their tables; where nothing can be read, none are missed."""
    try:
        return read_finished(root).summary.has_hashes
    except UserError:
        return True


def _unit_faults(root: Path) -> Iterator[str]:
    folder, record, parts = RunFolder(root), read_run_record(root), _parts(root)
    own = {subject for part in parts.values() for subject in part.subjects}
    for subject in record.selection.subjects:
        if parts and subject not in own:
            continue
        name = folder.relative(folder.manifest_file(subject))
        manifest = read_manifest(folder.manifest_file(subject))
        if manifest is None:
            there = folder.manifest_file(subject).exists()
            yield f"{name} cannot be read" if there else f"{name} is missing: {subject} is not done"
            continue
        if manifest.subject != subject:
            yield f"{name} is of another subject"
            continue
        most = len(record.selection.prompts) * record.selection.images_per_prompt
        if not manifest.images or len(manifest.images) > most or len(manifest.prior) != record.prior_images:
            yield f"{name} lists {len(manifest.images)} images and {len(manifest.prior)} prior images, which are not the run's"
        yield from damages(manifest, root)


def _parts(root: Path) -> dict[Shard, PartRecord]:
    """The parts of a run that a folder holds; none where their run was scored in it, which makes it whole."""
    return {} if (root / SUMMARY_FILE).exists() else read_parts(root)


def _check_priors(run: FinishedRun, named: Path | None) -> None:
    subjects, keys = run.scores().subjects, [info.key for info in run.metrics if not info.of_prompts]
    if keys and (scored := subjects["subject"][subjects[keys].notna().any(axis=1)].tolist()):
        prior_files(run, [str(name) for name in scored], named=named)


def _clause(error: UserError) -> str:
    return str(error).removesuffix(".")
