"""Where the prior images lie that a run's PRES was made with, and which they are."""

from collections.abc import Collection
from pathlib import Path

from dreambench.benchmark.layouts import find_priors
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.dataset.errors import UserError


def prior_files(run: FinishedRun, subjects: Collection[str]) -> dict[str, Path] | None:
    """ "subject/k.ending" -> file, for every prior image that went into a metric, in alphabetical order.

    Args:
        run: a run, or a folder of `bench score --out`.
        subjects: that have such a metric.

    Returns:
        None where the folder does not say where they lie.

    Raises:
        UserError: a file is not there any more, or cannot be an image.
    """
    found_in = _folder(run)
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
    named = {f"{key[0]}/{key[1]}{files[key].suffix.lower()}": files[key] for key in wanted}
    return dict(sorted(named.items()))


def _folder(run: FinishedRun) -> tuple[Path, int] | None:
    """The folder, and how many images a subject."""
    if run.record is not None:
        return (RunFolder(run.root).prior, run.record.prior_images) if run.record.prior_images else None
    prior = run.summary.prior
    return None if prior is None else (run.root / prior.folder, prior.each)


def _mend(run: FinishedRun) -> str:
    return "put it back, or make the run again" if run.is_run else "put it back, or score the images again"
