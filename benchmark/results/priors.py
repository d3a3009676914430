"""Where the prior images lie that a run's PRES was made with, and which they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.layouts import find_priors
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.own_scores import recall
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.scoring.hashed import prior_name
from dreambench.dataset.errors import UserError
from dreambench.dataset.inside import lies_inside


@dataclass(frozen=True)
class PriorFiles:
    """A run's prior images.

    Attributes:
        files: "subject/k.ending" -> file, in alphabetical order.
        hashes: the same names -> SHA-256 when they were scored; now, where that was not kept.
    """

    files: Mapping[str, Path]
    hashes: Mapping[str, str]


def prior_files(run: FinishedRun, subjects: Collection[str], *, named: Path | None = None) -> PriorFiles | None:
    """Every prior image that went into a metric, each held against its hash from when it was scored.

    Args:
        run: a run, or a folder of `bench score --out`.
        subjects: that have such a metric.
        named: the folder that the reader says they lie in (--prior); None: where the run says.

    Returns:
        None where the run does not say where they lie.

    Raises:
        UserError: nobody answers for their folder, or a file is not there any more, cannot be an image, or is another one.
    """
    found_in = _folder(run, named)
    if found_in is None:
        return None
    folder, per_subject = found_in
    wanted = {(subject, index) for subject in subjects for index in range(per_subject)}
    if not folder.is_dir():
        raise UserError(f"The prior images of {run.root} were in {folder}, which is not there; {_mend(run)}.")
    found = find_priors(folder, subjects=subjects)
    if found.refused:
        name, why = found.refused[0]
        raise UserError(f"{folder / name} {why}; put the image itself there, or score the images again.")
    rows = zip(*(found.images[key].tolist() for key in ("subject", "image_index", "path")), strict=True)
    files = {(str(subject), int(index)): Path(path) for subject, index, path in rows}
    lost = sorted(wanted - files.keys())
    if lost:
        subject, index = lost[0]
        raise UserError(f"The prior image {subject}/{index} of {run.root} is not in {folder} any more; {_mend(run)}.")
    by_name = dict(sorted((prior_name(*key, files[key]), files[key]) for key in wanted))
    return PriorFiles(by_name, _checked(run, by_name))


def _checked(run: FinishedRun, files: Mapping[str, Path]) -> dict[str, str]:
    """Name -> SHA-256.

    Raises:
        UserError: a file is not the one that was scored.
    """
    known = run.summary.prior_images or {
        name.removeprefix("prior/"): digest for unit in run.manifests().values() for name, digest in unit.prior.items()
    }
    hashes = dict(zip(files, run.hashes.of_all(list(files.values())), strict=True))
    for name, digest in hashes.items():
        if known and known.get(name) != digest:
            raise UserError(f"{files[name]} is not the prior image that {run.root} was scored with; {_mend(run)}.")
    return hashes


def _folder(run: FinishedRun, named: Path | None) -> tuple[Path, int] | None:
    """The folder, and how many images a subject."""
    if run.record is not None:
        folder = RunFolder(run.root).prior
        if not lies_inside(folder, run.root):
            raise UserError(
                f"{folder} is a link that leads out of the run, where nothing is read; put the folder itself there."
            )
        return (folder, run.record.prior_images) if run.record.prior_images else None
    prior = run.summary.prior
    if prior is None:
        return None
    if named is not None:
        return named, prior.each
    declared, own = run.root / prior.folder, recall(run.root)
    if lies_inside(declared, run.root) or (own is not None and declared.is_dir()):
        return declared, prior.each
    if own is not None and own.prior is not None:
        return own.prior, prior.each
    raise UserError(
        f"{run.root} was not scored by you on this machine, and says that its prior images lie elsewhere; what a file says is "
        "not followed there: name their folder with --prior FOLDER."
    )


def _mend(run: FinishedRun) -> str:
    return "put it back, or make the run again" if run.is_run else "put it back, or score the images again"
