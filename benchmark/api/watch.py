"""`score --watch`: the pictures of a training's checkpoints, scored as the trainer writes them."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dreambench.benchmark.api.score import Scored
from dreambench.dataset.errors import UserError

_Files = frozenset[tuple[str, int, int]]
_NUMBER = re.compile(r"(\d+)")


def watch(
    folder: Path,
    *,
    score: Callable[[Path], Scored],
    note: Callable[[str], None],
    seconds: float = 5.0,
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[str, Scored]]:
    """Score every folder below `folder` once, as soon as its pictures are whole. It goes on until it is interrupted.

    A checkpoint is scored when its files stayed the same from one look to the next and `score` takes them: it refuses missing
    and unreadable pictures. One that it refuses is told of, and tried again when its files have changed.

    Args:
        folder: a folder a checkpoint below it, with images in each.
        score: scores one checkpoint's folder.
        note: is told why a checkpoint is not scored yet.
        seconds: between two looks.
        pause: waits so long.

    Yields:
        (the checkpoint's name, its scores); those that are found at once by the numbers in their names.

    Raises:
        UserError: there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder} to watch; make it, or check the path.")
    seen: dict[str, _Files] = {}
    tried: dict[str, _Files] = {}
    done: set[str] = set()
    while True:
        for name in sorted((path.name for path in folder.iterdir() if path.is_dir()), key=_by_numbers):
            files = _files(folder / name)
            settled = bool(files) and seen.get(name) == files != tried.get(name)
            seen[name] = files
            if name in done or not settled:
                continue
            tried[name] = files
            try:
                scored = score(folder / name)
            except UserError as error:
                note(f"{name} is not scored yet: {error}")
                continue
            done.add(name)
            yield name, scored
        pause(seconds)


def _files(folder: Path) -> _Files:
    """Every file below a folder with its size and time; one that is gone in between is not among them."""
    found = set()
    for path in folder.rglob("*"):
        try:
            status = path.stat()
        except FileNotFoundError:  # a trainer renames what it has written
            continue
        if path.is_file():
            found.add((path.relative_to(folder).as_posix(), status.st_size, status.st_mtime_ns))
    return frozenset(found)


def _by_numbers(name: str) -> list[tuple[int, int | str]]:
    """checkpoint-200 before checkpoint-1000."""
    return [(1, int(part)) if part.isdigit() else (0, part) for part in _NUMBER.split(name) if part]
