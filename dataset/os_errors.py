"""What the operating system says no with, in words: one table of error numbers for everything that reads and writes."""

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dreambench.dataset.errors import IncompleteRun, UserError

#: Error's name -> what happened, and how it is mended. Names, since not every platform has all of them.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ENOSPC": ("the disk is full", "free some space"),
    "EDQUOT": ("your quota on the disk is used up", "free some space"),
    "EIO": ("the disk or the network drive failed", "check it"),
    "ESTALE": ("the network drive has lost it", "mount the drive again"),
    "ETIMEDOUT": ("the network drive does not answer", "check the connection"),
    "ENOMEM": ("the memory is full", "end other programs"),
    "EMFILE": ("too many files are open", "raise the limit with `ulimit -n`"),
    "ENFILE": ("too many files are open on this machine", "end other programs"),
    "EROFS": ("the disk is read-only", "choose a folder on another one"),
    "EACCES": ("permission denied", "mend its permissions, or choose another folder"),
    "EPERM": ("this is not permitted", "mend its permissions, or choose another folder"),
    "ENAMETOOLONG": ("the name or the path is too long", "choose a shorter one"),
    "ENOENT": ("it, or its folder, is not there or was removed", "check the path"),
    "ENOTDIR": ("a file stands where a folder is needed", "check the path"),
    "EISDIR": ("it is a folder", "name a file"),
    "EEXIST": ("it is there already", "choose another name"),
    "ENOTEMPTY": ("the folder is not empty", "choose another one"),
    "EBUSY": ("it is in use", "close what uses it"),
    "ETXTBSY": ("it is in use", "close what uses it"),
    "EFBIG": ("the file would be too large for the disk", "choose a folder on another one"),
    "ELOOP": ("links lead in a circle", "check the path"),
    "EINVAL": ("the name cannot be used here", "choose another one"),
    "EILSEQ": ("the name cannot be used here", "choose another one"),
    "EXDEV": ("it lies on two disks", "choose another folder"),
    "ENODEV": ("the drive is not there", "check it"),
    "ENXIO": ("the drive is not there", "check it"),
}
_NUMBERS: Final = {getattr(errno, name): words for name, words in _WORDS.items() if hasattr(errno, name)}
_OURS: Final = Path(__file__).parents[1]
_FOLDERS: Final = ("baselines", "benchmark", "dataset", "reports")
_RUST: Final = re.compile(r"\(os error (\d{1,4})\)")
FULL: Final = frozenset(getattr(errno, name) for name in ("ENOSPC", "EDQUOT") if hasattr(errno, name))
#: The machine's troubles and nobody's mistake: once they are over, the same command goes on.
_OF_THE_MACHINE: Final = FULL | {
    getattr(errno, name)
    for name in ("EIO", "ESTALE", "ETIMEDOUT", "ENOMEM", "EMFILE", "ENFILE", "ENODEV", "ENXIO")
    if hasattr(errno, name)
}


class NotWritten(UserError):
    """A file or folder could not be made where a person wants it: a read-only disk, a name that is too long.

    Attributes:
        reason: why, as a clause.
    """

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


class MachineTrouble(IncompleteRun):
    """The disk, the drive or the memory failed; the same command goes on when that is over."""


def what_happened(error: OSError) -> str:
    """An error as a clause: "the disk is full"."""
    known = _NUMBERS.get(error.errno or 0)
    return known[0] if known is not None else (error.strerror or type(error).__name__)


def in_words(error: OSError, *, path: Path | str | None = None, verb: str = "used") -> UserError | IncompleteRun:
    """An error of the operating system as what is raised for people, with one sentence.

    Args:
        error: what was raised.
        path: what it is about, as a person knows it; None takes the error's own.
        verb: what could not be done with it: "used", "written".

    Returns:
        `MachineTrouble` where the machine failed, else `NotWritten`.
    """
    if is_about_temporary_files(error):
        return NotWritten("No folder for temporary files can be written; set TMPDIR to one that can.", "there is none")
    known = _NUMBERS.get(error.errno or 0)
    named = path if path is not None else error.filename
    mend = "check the path and the disk" if known is None else known[1]
    of_machine = error.errno in _OF_THE_MACHINE
    after = ", then give the same command again." if of_machine else "."
    if named is None:
        reason = what_happened(error)
        text = f"{reason[:1].upper()}{reason[1:]}; {mend}{after}"
    else:
        text = f"{named} cannot be {verb}: {what_happened(error)}; {mend}{after}"
    return MachineTrouble(text) if of_machine else NotWritten(text, what_happened(error))


def os_error_in(error: BaseException) -> OSError | None:
    """The operating system's error that an exception is, or that led to it; of several, one of the machine's."""
    first: OSError | None = None
    seen: BaseException | None = error
    while seen is not None:
        found = seen if isinstance(seen, OSError) else None
        told = _RUST.search(str(seen))  # safetensors has no OSError, but tells its number
        if told is not None and found is None:
            found = OSError(int(told[1]), os.strerror(int(told[1])))
        if found is not None and is_of_machine(found):
            return found
        first = first or found
        seen = seen.__cause__ or seen.__context__
    return first


def is_of_machine(error: OSError) -> bool:
    """Whether the machine failed, and nobody is to blame."""
    return error.errno in _OF_THE_MACHINE


def is_about_temporary_files(error: OSError) -> bool:
    """Whether Python found no folder for temporary files."""
    return error.errno == errno.ENOENT and error.filename is None and "usable temporary directory" in str(error)


def no_fault_of_ours(error: BaseException) -> OSError | None:
    """The system's error that an exception is, or that led to it, where it is no fault of this package; None elsewhere.

    The machine failed; or a file that a person named, or that lies beside one, is not as it should be. A file of the package is
    our own matter.
    """
    found = os_error_in(error)
    if found is None or is_of_machine(found) or is_about_temporary_files(found):
        return found
    if found is not error or found.filename is None or found.errno not in _NUMBERS:
        return None
    path = Path(os.fsdecode(found.filename))
    return None if any(path.is_relative_to(_OURS / name) for name in _FOLDERS) else found


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise errors of the operating system inside of the block as sentences about `path`.

    Raises:
        NotWritten: it cannot be written there.
        MachineTrouble: the machine failed.
    """
    try:
        yield
    except OSError as error:
        raise in_words(error, path=path, verb="written") from error
