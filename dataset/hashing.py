"""Content hashes: what names units of work, fingerprints protocols and verifies files."""

import hashlib
import json
import os
import stat
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

#: Threads that hash side by side; Python lets go of its lock while it does.
_THREADS: Final = 8
#: Bytes; a longer file is no text that belongs to a dataset.
_LONGEST_TEXT: Final = 1_000_000


def sha256_bytes(data: bytes) -> str:
    """SHA-256 of bytes, as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's content, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_text(path: Path) -> str:
    """SHA-256 of a text with the ends of lines that it has in a repository: Git for Windows checks it out with others."""
    if path.stat().st_size > _LONGEST_TEXT:
        return sha256_file(path)
    return sha256_bytes(path.read_bytes().replace(b"\r\n", b"\n"))


def sha256_json(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form (sorted keys, no spaces), so equal values have equal hashes."""
    return sha256_bytes(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode())


class FileHashes:
    """SHA-256 of files by path, safe for threads. Within one process a file that has not changed is read once.

    Nothing is kept beyond the process: size and times can be the old ones after a file was replaced (`cp -p`, `rsync -t`), so
    they spare a second reading within minutes and never the first.
    """

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}
        self._lock = threading.Lock()

    def of(self, path: Path) -> str:
        """A file's SHA-256: 64 hex digits.

        Raises:
            OSError: there is no such file, or it cannot be read.
        """
        state = _state(path.stat())
        known = self._known.get(path)
        if known is None or known[0] != state:
            known = state, sha256_file(path)
            with self._lock:
                self._known[path] = known
        return known[1]

    def of_all(self, paths: Sequence[Path]) -> list[str]:
        """The files' SHA-256, in their order, several read side by side. Errors as `of`."""
        workers = max(1, min(_THREADS, os.cpu_count() or 1, len(paths)))
        with ThreadPoolExecutor(workers, thread_name_prefix="dreambench-hash") as pool:
            try:
                return list(pool.map(self.of, paths))
            finally:
                pool.shutdown(wait=True, cancel_futures=True)  # the first that is missing ends the reading


def _state(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns, stat.S_IFMT(info.st_mode)
