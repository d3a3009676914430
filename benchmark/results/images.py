"""The files of a run's images: in the run's own folder or in one that the reader answers for, and those that were scored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.own_scores import recall
from dreambench.benchmark.scoring.tables import SHA256
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES
from dreambench.dataset.inside import lies_inside

if TYPE_CHECKING:
    import pandas as pd

#: What keeps no image's hash is said wherever its images are shown or handed on.
NO_HASHES = (
    "{run} was scored before hashes of images were kept (dreambench 0.2): whether its pictures are those that were scored "
    "cannot be seen; score the images again."
)


class ReplacedImage(UserError):
    """A picture is not the one that was scored."""


@dataclass(frozen=True)
class ImageFiles:
    """A run's images.

    Attributes:
        files: in the order of the table's rows.
        hashes: SHA-256 of each when it was scored; None where that was not kept.
    """

    files: list[Path]
    hashes: list[str] | None

    def remark(self, run: FinishedRun) -> str:
        """What a reader must know of them; empty where they are what was scored."""
        return "" if self.hashes is not None else NO_HASHES.format(run=run.root)


def image_files(run: FinishedRun, table: "pd.DataFrame", *, named: Sequence[Path] = ()) -> ImageFiles:
    """The files behind rows of the table of images, each held against its hash from when it was scored.

    Files are read side by side; a file that this process has hashed, and that is what it was by size, times and inode, is not
    read again. A thousand pictures of 400 KB take about a second on two cores.

    Args:
        run: whose images.
        table: rows of its table of images.
        named: folders that the reader says images lie in (--images); the one that has this run's is taken.

    Raises:
        UserError: the folder is not there or nobody answers for it, a path leads out of it, or a file is missing, no picture
            by its name, or not the one that was scored; the message names the first.
    """
    paths = [str(path) for path in table["path"]]
    expected = _hashes(run, table, paths)
    base = _base(run, paths, expected, named)
    files = [_file(run, base, path) for path in paths]
    if expected is None:
        return ImageFiles(files, None)
    for path, digest, found in zip(paths, expected, run.hashes.of_all(files), strict=True):
        if found != digest:
            raise ReplacedImage(
                f"{base / path} is not the picture that was scored: {run.root} was made from another one of that name (SHA-256 "
                f"{digest[:12]}, now {found[:12]}); put that one back, or {_again(run)}."
            )
    return ImageFiles(files, expected)


def _hashes(run: FinishedRun, table: "pd.DataFrame", paths: Sequence[str]) -> list[str] | None:
    """SHA-256 of each image by the table; of a run that kept none there, by the manifests of its units."""
    if SHA256 in table.columns:
        return [str(digest) for digest in table[SHA256]]
    known = {path: digest for manifest in run.manifests().values() for path, digest in manifest.images.items()}
    return [known[path] for path in paths] if all(path in known for path in paths) else None


def _base(run: FinishedRun, paths: Sequence[str], expected: Sequence[str] | None, named: Sequence[Path]) -> Path:
    """The folder that the paths start from.

    Raises:
        UserError: none may be looked into, or none is there.
    """
    if run.is_run:
        return run.root
    if not run.summary.images and not named:
        raise UserError(f"{run.root / 'summary.json'} does not say where its images lie; name their folder with --images.")
    if expected is None and len(named) > 1:
        raise UserError(
            f"{run.root} keeps no hashes of its images, so which of the folders in --images has them cannot be seen; name the "
            "only one, or score the images again."
        )
    folders = [*named, *_answered_for(run)]
    if not folders:
        raise UserError(
            f"{run.root} was not scored by you on this machine, and says that its images lie elsewhere; what a file says is "
            "not followed there: name the folder of its images with --images FOLDER."
        )
    there = [folder for folder in folders if folder.is_dir()]
    if not there:
        raise UserError(
            f"The images of {run.root} were scored in {folders[0]}, which is not there; name their folder with --images, or "
            "score the images again."
        )
    having = [folder for folder in there if paths and (folder / paths[0]).is_file() and lies_inside(folder / paths[0], folder)]
    right = [folder for folder in having if expected is None or run.hashes.of(folder / paths[0]) == expected[0]]
    return (right or having or there)[0]


def _answered_for(run: FinishedRun) -> Iterator[Path]:
    """Folders that may be looked into without being named: inside the run's own, or those of scores that were made here."""
    declared = run.root / str(run.summary.images)
    if lies_inside(declared, run.root):
        yield declared
    own = recall(run.root)
    if own is not None:
        yield from (declared, *(() if own.images is None else (own.images,)))


def _file(run: FinishedRun, base: Path, path: str) -> Path:
    name = PurePosixPath(path)
    if name.is_absolute() or ".." in name.parts or not lies_inside(base / path, base):
        raise UserError(f"{run.root} names the image {path[:80]!r}, which lies outside {base}; score the images again.")
    if name.suffix.lower() not in IMAGE_SUFFIXES:
        raise UserError(f"{run.root} names the image {path[:80]!r}, which is no picture by its name; score the images again.")
    file = (base / path).resolve()
    if not file.is_file():
        raise UserError(f"{base / path} is missing, though {run.root} has scores for it; restore it, or {_again(run)}.")
    return file


def _again(run: FinishedRun) -> str:
    return "give the same `bench run` command again" if run.is_run else "score the images again"
