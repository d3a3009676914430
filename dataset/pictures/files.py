"""Which files of a folder are pictures, and which look like pictures and are not read."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.dataset.pictures.kinds import HEAD, IMAGE_SUFFIXES, OTHER_SUFFIXES, is_read, kind_of

#: What operating systems and their file managers leave in folders of pictures, besides hidden files such as ._00.jpg.
LITTER: Final = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin", "system volume information"}
)
_DEEP: Final = 3
_MANY: Final = 10_000


@dataclass(frozen=True)
class LeftOut:
    """Something in a folder of pictures that looks like one, or like more, and is not read.

    Attributes:
        path: where it lies.
        why: what it is and how to mend it, as the rest of a sentence about it.
    """

    path: Path
    why: str


def is_litter(name: str) -> bool:
    """Whether a name is of what operating systems leave, or hidden: no part of any dataset."""
    return name.startswith(".") or name.lower() in LITTER


def list_images(folder: Path) -> list[Path]:
    """The image files directly in a folder, sorted by name. Hidden files and other types are passed over; see `left_out`."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def left_out(folder: Path) -> list[LeftOut]:
    """What looks like pictures in a folder and `list_images` does not give: sorted by name.

    Pictures of kinds that are not read, pictures without an ending that says what they are, pictures in folders below, links to
    nowhere, and folders and pipes with a picture's name.
    """
    found = []
    for path in sorted(folder.iterdir()):
        if not is_litter(path.name):
            why = _why_not(path)
            if why is not None:
                found.append(LeftOut(path, why))
    return found


def _why_not(path: Path) -> str | None:
    """Why something that looks like a picture is not read; None for a picture that is, and for what looks like none."""
    suffix = path.suffix.lower()
    has_pictures_name = suffix in IMAGE_SUFFIXES or suffix in OTHER_SUFFIXES
    try:
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # a loop of links, or a folder that may not be looked into
        is_link = path.is_symlink() and (has_pictures_name or not suffix)
        return "is a broken link: put the picture itself there" if is_link else None
    if stat.S_ISDIR(mode):
        return _why_not_folder(path)
    if not stat.S_ISREG(mode):
        return "is a pipe or a device, not a picture: remove it" if has_pictures_name else None
    return None if suffix in IMAGE_SUFFIXES else _why_not_kind(path)


def _why_not_kind(path: Path) -> str | None:
    """Of a file whose name is none of a picture that is read."""
    kind, suffix = _kind(path), path.suffix.lower()
    if kind is not None and is_read(kind):
        return f"is a {kind} whose name does not say so: let it end in .{kind.lower()}"
    if kind is not None or suffix in OTHER_SUFFIXES:
        return (
            f"is a picture of a kind that is not read ({kind or suffix.removeprefix('.').upper()}): convert it to PNG or JPEG"
        )
    return None


def _why_not_folder(folder: Path) -> str | None:
    """Of a folder: how many pictures lie in it. Links to folders are looked into once, since they may go round in a circle."""
    n_pictures = n_entries = 0
    for directory, folders, files in os.walk(folder):
        is_deep = len(Path(directory).relative_to(folder).parts) >= _DEEP
        folders[:] = [] if is_deep else [name for name in folders if not is_litter(name)]
        n_entries += len(files)
        n_pictures += sum(
            Path(name).suffix.lower() in IMAGE_SUFFIXES | OTHER_SUFFIXES and not is_litter(name) for name in files
        )
        if n_entries > _MANY:
            break
    if n_pictures:
        return f"is a folder with {n_pictures} picture{'' if n_pictures == 1 else 's'} in it: move them up, or the folder away"
    return "is a folder, not a picture: remove it" if folder.suffix.lower() in IMAGE_SUFFIXES else None


def _kind(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return kind_of(file.read(HEAD))
    except OSError:
        return None
