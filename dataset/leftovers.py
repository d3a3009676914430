"""Names of what is written aside, and the removal of what killed processes left under such names.

A name carries the machine and the process that it belongs to. What a dead process of this machine left is removed at once;
what another machine wrote, into a folder that both share, after a day.
"""

import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

#: Nothing is written for longer than this, in seconds.
_DAY: Final = 86_400
_OWNER: Final = re.compile(r"[.-](?P<machine>[0-9a-f]{8})-(?P<process>\d{1,10})-[0-9a-zA-Z_]{6,12}(?:\.(?:part|old))?$")
#: As versions before 0.3 named them: nobody can tell whose they are.
_NO_OWNER: Final = re.compile(r"\.[0-9a-f]{12,16}\.(?:part|old)$|^\.making-[0-9a-f]{12}$|^dreambench-embeddings-\w{8}$")
_SHOWN: Final = 40
#: Stands for the start of a process that is at work, of which the system says no more.
HIDDEN: Final = "hidden"


def aside_name(name: str, *, ending: str = "part") -> str:
    """A hidden name for what will be called `name`; no longer than file systems take, however long that is."""
    return f".{name[:_SHOWN]}.{_mark()}-{secrets.token_hex(3)}.{ending}"


def clear_leftovers_of(path: Path) -> None:
    """Remove what killed processes left beside `path` while they wrote it."""
    start = f".{path.name[:_SHOWN]}."
    with suppress(OSError):
        remove_leftovers(Path(entry.path) for entry in os.scandir(path.parent) if entry.name.startswith(start))


def remove_leftovers(paths: Iterable[Path]) -> None:
    """Of these paths, remove the files and folders that have such a name and no owner who is at work any more."""
    for path in paths:
        if _is_left(path):
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
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{_mark()}-", dir=root, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _is_left(path: Path) -> bool:
    found = _OWNER.search(path.name)
    if found is None and not _NO_OWNER.search(path.name):
        return False
    if found is not None and found["machine"] == machine_mark():
        return not start_of(int(found["process"]))
    try:
        return path.lstat().st_mtime < time.time() - _DAY
    except OSError:
        return False


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
    return f"{machine_mark()}-{os.getpid()}"


@functools.cache
def machine_mark() -> str:
    """Eight hex digits for this machine since it was started, and its container: where process numbers mean something."""
    parts = [platform.node()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:8]
