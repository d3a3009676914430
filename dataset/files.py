"""Files that are either whole or absent: written aside, flushed, renamed into place, and their folder flushed too.

Everything that this package keeps is written here, so what the operating system says no with is always one sentence.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from dreambench.dataset.leftovers import aside_name, clear_leftovers_of
from dreambench.dataset.os_errors import in_words, writing

#: What a drive answers that does not flush folders.
_NO_SUCH_SYNC: Final = (errno.EINVAL, errno.EBADF, errno.ENOTSUP)


def atomic_write_bytes(path: Path, data: bytes) -> None:
    """Write a file so that no reader, no crash and no loss of power ever shows half of it. Creates the folder.

    Raises:
        NotWritten: it cannot be written there.
        MachineTrouble: the disk is full or fails.
    """
    with whole_file(path) as file:
        file.write(data)


def atomic_write_text(path: Path, text: str) -> None:
    """`atomic_write_bytes` for UTF-8 text."""
    atomic_write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically, indented and with a final newline. Refuses NaN, which is not JSON."""
    atomic_write_bytes(path, json_bytes(value))


def json_bytes(value: Any) -> bytes:
    """What `write_json` writes."""
    return (json.dumps(value, indent=2, allow_nan=False) + "\n").encode()


def write_together(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files that belong together, the last of which vouches for the others: it never stands beside any but its own.

    All are written aside before the first is put in place, so that a full disk leaves the earlier ones as they were; while they
    are put in place the last is not there.

    Args:
        folder: is created.
        contents: by name, of two or more files.

    Raises:
        NotWritten: they cannot be written there.
        MachineTrouble: the disk is full or fails.
    """
    make_folder(folder)
    asides = {folder / name: folder / aside_name(name) for name in contents}
    last = list(asides)[-1]
    try:
        for path, aside in asides.items():
            clear_leftovers_of(path)
            with aside.open("xb") as file:
                file.write(contents[path.name])
                file.flush()
                os.fsync(file.fileno())
        if last.exists():
            last.unlink()
            sync_folder(folder)
        for path, aside in asides.items():
            aside.replace(path)
        sync_folder(folder)
    except BaseException as error:
        for aside in asides.values():
            with suppress(OSError):
                aside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise in_words(error, path=last, verb="written") from error
        raise


def put_bytes(path: Path, data: bytes) -> None:
    """`atomic_write_bytes` for one of many files: the folder is flushed by a `sync_folder` of the caller's, after the last."""
    with _placed(path) as file:
        file.write(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write into; it appears at `path` at the end of the block, and not at all if anything fails.

    What killed processes left of earlier tries at the same file is removed.

    Raises:
        NotWritten: it cannot be written there.
        MachineTrouble: the disk is full or fails.
    """
    clear_leftovers_of(path)
    with _placed(path) as file:
        yield file
    with writing(path):
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that they outlive a loss of power.

    Raises:
        NotWritten: it cannot be made there.
        MachineTrouble: the disk is full or fails.
    """
    with writing(folder):
        absent = []
        above = folder
        while not above.is_dir() and above != above.parent:
            absent.append(above)
            above = above.parent
        for missing in reversed(absent):
            missing.mkdir(exist_ok=True)
            sync_folder(missing.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk. Windows cannot, and some network drives will not: they keep names themselves."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_SYNC:
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Have all files below a folder, and their names, on the disk."""
    for above, _, names in os.walk(folder):
        for name in names:
            with Path(above, name).open("rb+") as file:
                os.fsync(file.fileno())
        sync_folder(Path(above))


@contextmanager
def _placed(path: Path) -> Iterator[BinaryIO]:
    make_folder(path.parent)
    aside = path.with_name(aside_name(path.name))
    try:
        with aside.open("xb") as file:  # not mkstemp, which would keep the finished file from everyone but its owner
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            about = error.filename  # of something that the block read, unless it is ours
            raise in_words(error, path=path if about is None or Path(about) == aside else about, verb="written") from error
        raise
