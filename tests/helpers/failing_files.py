"""File operations that fail by number: a full disk, a failing one, one that is suddenly read-only, a kill in the middle.

What is counted is what changes a disk: opening to write, write, flush, rename, making and removing names. A write that fails
has written half of what it was given, as on a disk that fills up.
"""

import builtins
import errno
import io
import os
import signal
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Trouble = Literal["ENOSPC", "EIO", "EROFS", "KILL"]
TROUBLES: tuple[Trouble, ...] = ("ENOSPC", "EIO", "EROFS", "KILL")
#: Operations that a full disk lets pass.
FREEING = frozenset({"unlink", "rmdir"})
#: What goes on failing after the first time: a full disk fails whatever needs room, a read-only one all, a failing one nothing.
_LASTING: dict[Trouble, frozenset[str]] = {
    "ENOSPC": frozenset({"open", "write", "mkdir", "link"}),
    "EIO": frozenset(),
    "EROFS": frozenset({"open", "write", "mkdir", "link", "rename", "unlink", "rmdir"}),
    "KILL": frozenset(),
}
_REAL_OPEN = io.open
_REAL_WRITE = os.write
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Failing:
    """Have the operations of this process fail from now on; called in the process that is to fail.

    Attributes:
        trouble: what happens.
        at: the number of the first operation that it happens to, from 1; 0 has none fail.
        below: the folder whose operations count.
        noted: a file that every operation is noted in, as "name path"; None notes none.
    """

    trouble: Trouble
    at: int
    below: Path
    noted: Path | None = None

    def __call__(self) -> None:
        _patch(_Steps(self))


def operations(noted: Path) -> list[tuple[str, str]]:
    """What was noted: (name, path) of every operation."""
    lines = noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []
    return [(name, path) for name, _, path in (line.partition(" ") for line in lines)]


class _Steps:
    def __init__(self, asked: Failing) -> None:
        self._asked, self._count, self._lock = asked, 0, threading.Lock()
        self._below = os.fspath(asked.below) + os.sep

    def counts(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.path.abspath(os.fsdecode(path)).startswith(self._below)  # noqa: PTH100

    def take(self, name: str, path: Any, *, half: Callable[[], object] = lambda: None) -> None:
        """Count an operation that is about to happen, and let it fail if it is its turn; `half` does half of it."""
        asked = self._asked
        with self._lock:
            self._count += 1
            if asked.noted is not None:
                note = os.open(asked.noted, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                _REAL_WRITE(note, f"{name} {os.fsdecode(path)}\n".encode())
                os.close(note)
            if asked.at == 0 or self._count < asked.at or (self._count > asked.at and name not in _LASTING[asked.trouble]):
                return
            half()
            if asked.trouble == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
        number = getattr(errno, asked.trouble)
        raise OSError(number, os.strerror(number), os.fsdecode(path))


def _patch(steps: _Steps) -> None:
    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            path, whole = _path_of(self.fileno()), memoryview(data).cast("B")
            steps.take("write", path, half=lambda: super(Raw, self).write(whole[: len(whole) // 2]))
            return super().write(data)

    def opened(
        file: Any, mode: str = "r", buffering: int = -1, encoding: Any = None, errors: Any = None, newline: Any = None,
        closefd: bool = True, opener: Any = None,
    ) -> Any:  # fmt: skip
        by_number = isinstance(file, int)
        path = _path_of(file) if by_number and stat.S_ISREG(os.fstat(file).st_mode) else file
        if not set(mode) & set("wxa+") or not steps.counts(path):
            return _REAL_OPEN(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if not by_number and opener is None:
            steps.take("open", path)
        raw = Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        if buffering == 0:
            return raw
        buffered = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline, buffering == 1)

    builtins.open = io.open = opened  # type: ignore[assignment]
    _patch_os(steps)


def _patch_os(steps: _Steps) -> None:
    def before(name: str, call: Callable[..., Any], *, which: int = 0) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            path = arguments[which] if len(arguments) > which else None
            if named.get("dir_fd") is not None:
                path = os.path.join(_path_of(named["dir_fd"]), path)  # noqa: PTH118
            if steps.counts(path):
                steps.take(name, path)
            return call(*arguments, **named)

        return counted

    real_open, real_flush, real_write, real_send = os.open, os.fsync, os.write, os.sendfile

    def opened(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & _TO_WRITE and steps.counts(path):
            steps.take("open", path)
        return real_open(path, flags, *arguments, **named)

    def flushed(descriptor: Any) -> None:
        path = _path_of(descriptor if isinstance(descriptor, int) else descriptor.fileno())
        if steps.counts(path):
            steps.take("fsync", path)
        real_flush(descriptor)

    def written(descriptor: int, data: Any) -> int:
        if steps.counts(path := _path_of(descriptor)):
            steps.take("write", path, half=lambda: real_write(descriptor, memoryview(data).cast("B")[: len(data) // 2]))
        return real_write(descriptor, data)

    def sent(out: int, *arguments: Any, **named: Any) -> int:
        if steps.counts(path := _path_of(out)):
            steps.take("write", path)
        return real_send(out, *arguments, **named)

    os.open, os.fsync, os.write, os.sendfile = opened, flushed, written, sent  # type: ignore[assignment]
    os.rename, os.replace = before("rename", os.rename, which=1), before("rename", os.replace, which=1)
    os.link, os.symlink = before("link", os.link, which=1), before("link", os.symlink, which=1)
    os.mkdir, os.rmdir = before("mkdir", os.mkdir), before("rmdir", os.rmdir)
    os.unlink = os.remove = before("unlink", os.unlink)


def _path_of(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    except OSError:
        return ""
