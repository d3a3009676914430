"""Files that lie in the folder that a person named, also when links are followed: nothing else is opened on a file's word."""

from pathlib import Path

from dreambench.dataset.errors import UserError


def lies_inside(path: Path, folder: Path) -> bool:
    """Whether a path, with all its links followed, lies in a folder or is it. It need not be there."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name that is too long or no name
        return False


def inside(path: Path, folder: Path) -> Path:
    """A path that lies in a folder, as it was given.

    Raises:
        UserError: a link in it leads out of the folder, or it is no regular file.
    """
    if not lies_inside(path, folder):
        raise UserError(f"{path} is a link that leads out of {folder}, where nothing is read; put the file itself there.")
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is no regular file; restore it.")
    return path
