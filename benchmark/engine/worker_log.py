"""What a worker writes on stderr, kept while it lives, so that its end can be told with its last words."""

import faulthandler
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from dreambench.dataset.declared import printable
from dreambench.dataset.files import make_folder
from dreambench.dataset.harmless import harmless
from dreambench.dataset.leftovers import aside_name
from dreambench.dataset.words import shortened

#: Bytes of the end that are told.
_TOLD: Final = 8_000
#: Bytes after which the file is emptied, its end kept.
_MOST: Final = 1_000_000
_LINE: Final = 160
#: The stack comes after it.
_CRASH: Final = "Fatal Python error"


class WorkerLog:
    """A hidden file in the run's folder, which the worker opens and the engine reads.

    If the engine is killed, the next command in the folder removes it.

    Args:
        folder: the run's, which all machines of the run see.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        self.path = folder / aside_name("worker")
        self._before = b""

    def trim(self) -> None:
        """Empty the file if it is long; the end of what it held stays in memory."""
        with suppress(OSError):  # not there yet, or a drive that stalls: the next look may do
            if self.path.stat().st_size > _MOST:
                self._before = self._end()
                os.truncate(self.path, 0)

    def close(self) -> str:
        """The end of what the worker wrote, fit for a terminal and a file; the file is removed."""
        end = b""
        with suppress(OSError):
            end = self._end()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        return harmless((self._before + end)[-_TOLD:].decode("utf-8", errors="replace").replace("\r\n", "\n")).strip()

    def _end(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TOLD))
            return file.read(_TOLD)


def last_words(text: str) -> str:
    """The last line of a worker's log, or the one that names a crash, as a clause to be appended; "" where there is none."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    told = next((line for line in reversed(lines) if line.startswith(_CRASH)), lines[-1])
    return f'; the last that it wrote: "{shortened(printable(told), _LINE)}"'


def write_to(path: Path) -> None:
    """Let this process's stderr go to a worker's log; of a crash in a library the stack is written too.

    Where the file cannot be opened, stderr stays as it is.
    """
    with suppress(OSError):
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 2)
        os.close(log)
    with suppress(OSError, RuntimeError, ValueError):
        faulthandler.enable(sys.__stderr__ or 2)
