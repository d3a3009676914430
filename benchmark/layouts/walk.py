"""Looking through a stranger's folder without following what leads out of it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES, is_litter

LINK_OUT: Final = "is a link out of the folder"


def check_folder(folder: Path) -> Path:
    """The folder with all links followed.

    Raises:
        UserError: there is no such folder, or its name is no text.
    """
    shown = printable(str(folder))
    if folder.is_file():
        raise UserError(f"{shown} is a file; give the folder that holds the images.")
    if not folder.is_dir():
        raise UserError(f"There is no folder {shown}; give the folder that holds the images.")
    if not is_text(str(folder)):
        raise UserError(f"The folder's name {shown} has characters that are no text; rename it.")
    return folder.resolve()


def entries(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no plain folder, sorted; folders whose name looks like an image's too.

    Hidden files and folders, and what file managers leave, are left out, and links to folders are named, not followed: a folder
    from a stranger must not make us read, and name, what else lies on this machine.
    """
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_litter(name))
        at = Path(directory)
        for name in folders:
            if (at / name).is_symlink() or Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield at / name
        for name in sorted(files):
            if not is_litter(name):
                yield at / name


def is_linked_folder(path: Path) -> bool:
    """Whether a path is a link to a folder, which is not followed."""
    return path.is_symlink() and path.is_dir()


def no_image(path: Path, root: Path) -> str | None:
    """Why a path with an image's name cannot be one, as the rest of a sentence about it; None if it may be.

    Args:
        path: of the image.
        root: the folder of all, with its links followed.
    """
    try:
        if not path.resolve(strict=True).is_relative_to(root):
            return LINK_OUT
        mode = path.stat().st_mode
    except (OSError, RuntimeError):  # a loop of links
        return "is a broken link" if path.is_symlink() else "cannot be looked at"
    if stat.S_ISDIR(mode):
        return "is a folder, not an image"
    return None if stat.S_ISREG(mode) else "is a pipe or a device, not an image"


def is_text(name: str) -> bool:
    """Whether a name is text: bytes that are no UTF-8 are carried along by Python as lone surrogates."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
