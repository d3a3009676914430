"""Where the prior images lie that a run's PRES was made with, and which they are."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final, TypeGuard

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.scoring.layout import find_priors
from dreambench.dataset.errors import UserError

#: The summary's entry that `bench score` writes; a run's own prior images need none, their place is fixed.
PRIOR_KEY: Final = "prior"


def prior_record(images: Path, named: Path | None, *, each: int) -> dict[str, Any]:
    """Where `bench score` read prior images, for summary.json.

    Args:
        images: what was scored; a run's folder where `named` is None.
        named: the folder that --prior named.
        each: prior images of every subject.
    """
    return {"folder": str(named or RunFolder(images).prior), "each": each}


def prior_files(run: FinishedRun, record: dict[str, Any], subjects: Collection[str]) -> dict[str, Path] | None:
    """ "subject/k.ending" -> file, for every prior image that went into a PRES, in alphabetical order.

    Args:
        run: a run, or a folder of `bench score --out`.
        record: its run.json; empty for the latter.
        subjects: that have a PRES.

    Returns:
        None where the folder does not say where they lie, as scored ones did not always.

    Raises:
        UserError: a file is not there any more, or cannot be an image.
    """
    place = _place(run, record)
    if place is None:
        return None
    folder, each = place
    wanted = {(subject, index) for subject in subjects for index in range(each)}
    if not folder.is_dir():
        raise UserError(f"The prior images of {run.root} were in {folder}, which is not there; {_mend(record)}.")
    found = find_priors(folder, subjects=subjects)
    if found.refused:
        name, why = found.refused[0]
        raise UserError(f"{folder / name} {why}; put the image itself there, or score the images again.")
    rows = zip(*(found.images[key].tolist() for key in ("subject", "image_index", "path")), strict=True)
    files = {(str(subject), int(index)): Path(path) for subject, index, path in rows}
    lost = sorted(wanted - files.keys())
    if lost:
        subject, index = lost[0]
        raise UserError(f"The prior image {subject}/{index} of {run.root} is not in {folder} any more; {_mend(record)}.")
    named = {f"{key[0]}/{key[1]}{files[key].suffix.lower()}": files[key] for key in wanted}
    return dict(sorted(named.items()))


def _place(run: FinishedRun, record: dict[str, Any]) -> tuple[Path, int] | None:
    """The folder, and how many images a subject."""
    if record:
        each = record.get("prior_images")
        return (RunFolder(run.root).prior, each) if _is_count(each) else None
    about = run.summary.get(PRIOR_KEY)
    if not isinstance(about, dict):
        return None
    folder, each = about.get("folder"), about.get("each")
    return (Path(folder), each) if isinstance(folder, str) and folder and _is_count(each) else None


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1_000_000


def _mend(record: dict[str, Any]) -> str:
    if record:
        return "put it back, or make the run again"
    return "give the command from the folder where they were scored, or score the images again"
