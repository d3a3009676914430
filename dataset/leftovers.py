"""Names of what is written aside, and the removal of what killed processes left under such names.

A name carries the machine and the process that it belongs to, and when that began. What a dead process of this machine left is
removed at once, and so is, by whoever holds the lock of a folder, what another machine left in it: its writer lost the lock.
Elsewhere what another machine wrote goes after a day, by the clock of the file system that stamped it. Nothing looks at this
machine's time of day: a clock that jumps neither removes what is being written nor keeps what is dead for ever.
"""

import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Nothing of another machine's is written for longer than this, in seconds.
_DAY: Final = 86_400
_OWNER: Final = re.compile(
    r"[.-](?P<machine>[0-9a-f]{8})-(?P<process>\d{1,10})-(?P<start>[0-9a-f]{4})?[0-9a-zA-Z_]{6,8}(?:\.(?:part|old))?$"
)
#: As versions before 0.3 named them: nobody can tell whose they are.
_NO_OWNER: Final = re.compile(r"\.[0-9a-f]{12,16}\.(?:part|old)$|^\.making-[0-9a-f]{12}$|^dreambench-embeddings-\w{8}$")
_SHOWN: Final = 40
#: Stands for the start of a process that is at work, of which the system says no more.
HIDDEN: Final = "hidden"
#: In a name in place of a start that the system does not tell.
_UNKNOWN: Final = "0000"


def aside_name(name: str, *, ending: str = "part") -> str:
    """A hidden name for what will be called `name`; no longer than file systems take, however long that is."""
    return f".{name[:_SHOWN]}.{_mark()}{secrets.token_hex(3)}.{ending}"


def clear_leftovers_of(path: Path) -> None:
    """Remove what killed processes left beside `path` while they wrote it."""
    start = f".{path.name[:_SHOWN]}."
    with suppress(OSError):
        remove_leftovers(Path(entry.path) for entry in os.scandir(path.parent) if entry.name.startswith(start))


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Of these paths, remove the files and folders that have such a name and no owner who is at work any more."""
    clocks: dict[Path, float | None] = {}
    for path in paths:
        owner = _owner(path)
        if owner is not None and (not owner.is_alive() if owner.is_here else _is_old(path, clocks)):
            _remove(path)


def remove_leftovers_under_lock(paths: Iterable[Path]) -> None:
    """The same in a folder whose lock this process holds, and where it has not begun to write.

    Other machines write there only as long as they hold the lock, so of theirs everything is left over.
    """
    for path in paths:
        owner = _owner(path)
        if owner is not None and (owner.machine == "" or not owner.is_here or not owner.is_alive()):
            _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder that is gone afterwards; what killed processes left of such folders is removed first.

    Args:
        prefix: of its name, such as "dreambench-embeddings-".
    """
    root = Path(tempfile.gettempdir())
    with suppress(OSError):
        remove_leftovers(Path(entry.path) for entry in os.scandir(root) if entry.name.startswith(prefix))
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{_mark()}", dir=root, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@dataclass(frozen=True)
class _Owner:
    """Whose a name says that it is: `machine` is "" where it says nothing, `start` where it does not say when that began."""

    machine: str
    process: int
    start: str

    @property
    def is_here(self) -> bool:
        """Whether this machine knows whether the process is alive."""
        return self.machine == machine_mark()

    def is_alive(self) -> bool:
        """Whether the process is at work: that one, and not a later one of its number."""
        start = start_of(self.process)
        return bool(start) and (self.start in ("", _UNKNOWN) or start == HIDDEN or self.start == _short(start))


def _owner(path: Path) -> _Owner | None:
    """The owner of what is written aside; None for any other file."""
    found = _OWNER.search(path.name)
    if found is not None:
        return _Owner(found["machine"], int(found["process"]), found["start"] or "")
    return _Owner("", 0, "") if _NO_OWNER.search(path.name) else None


def _is_old(path: Path, clocks: dict[Path, float | None]) -> bool:
    """Whether a file was last written more than a day ago, by the clock of its file system.

    One from the future was stamped before that clock was set back: it counts as written now.
    """
    folder = path.parent
    with suppress(OSError):
        written = path.lstat().st_mtime
        if folder not in clocks:
            clocks[folder] = _clock_of(folder)
        now = clocks[folder]
        if now is not None and written > now + _DAY:
            os.utime(path, (now, now), follow_symlinks=False)
        return now is not None and written < now - _DAY
    return False


def _clock_of(folder: Path) -> float | None:
    """What time it is for the file system of a folder, which on a network drive is another machine's; None if nobody may
    write there, and so remove anything."""
    probe = folder / aside_name("clock")
    try:
        probe.touch(exist_ok=False)
        return probe.lstat().st_mtime
    except OSError:
        return None
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)


def start_of(process: int) -> str:
    """When a process of this machine began, on a clock that nobody sets where there is one; "" for one that has ended.

    `HIDDEN` for another person's, where the system shows nobody those of others.
    """
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except PermissionError:
        return HIDDEN
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return _signalled(process)
    else:
        after = text.rpartition(")")[2].split()
        return "" if after[0] in "ZX" else after[19]  # a zombie has ended
    import psutil

    try:
        return f"{psutil.Process(process).create_time():.0f}"
    except psutil.AccessDenied:
        return HIDDEN
    except psutil.Error:
        return ""


def _signalled(process: int) -> str:
    """What the signal of no effect, which on Windows would end it, says of a process that is not listed."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return HIDDEN
    except (OSError, OverflowError):
        pass
    return ""


def _mark() -> str:
    """What a name has before its last six or eight letters, which are drawn."""
    process = os.getpid()
    return f"{machine_mark()}-{process}-{_short(start_of(process))}"


def _short(start: str) -> str:
    """The start of a process in four letters."""
    return _UNKNOWN if start in ("", HIDDEN) else hashlib.sha256(start.encode()).hexdigest()[:4]


@functools.cache
def machine_mark() -> str:
    """Eight hex digits for this machine since it was started, and its container: where process numbers mean something."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]
