"""The files of a run's images: where the tables' `path` leads, and nowhere else."""

from collections.abc import Sequence
from pathlib import Path

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.dataset.errors import UserError


def images_of(run: FinishedRun, paths: Sequence[str]) -> list[Path]:
    """The files behind `path` in the table of images, from any working directory.

    Raises:
        UserError: the images' folder is not there, a path leads out of it, or a file is missing.
    """
    base = run.images_folder
    if not base.is_dir():
        raise UserError(
            f"The images of {run.root} were scored in {base}, which is not there; put the two where they stood to each other, "
            "or score the images again."
        )
    inside = base.resolve()
    return [_file(run, base, inside, path) for path in paths]


def _file(run: FinishedRun, base: Path, inside: Path, path: str) -> Path:
    file = (base / path).resolve()
    if not file.is_relative_to(inside):
        raise UserError(f"{run.root} names the image {path[:80]!r}, which lies outside {base}; score the images again.")
    if not file.is_file():
        raise UserError(f"{base / path} is missing, though {run.root} has scores for it; restore it, or make the run again.")
    return file
