"""The one reader of JSON and TOML that may come from anyone: any of the usual encodings, bounded in bytes, depth and digits.

Text is UTF-8 with or without a byte-order mark, or UTF-16 with one, as Notepad and PowerShell write it. What lies beyond a
bound, or is no JSON or TOML, is refused with one sentence before it costs time or memory.
"""

import codecs
import json
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, Literal

from dreambench.dataset.errors import UserError
from dreambench.dataset.os_errors import what_happened

#: Far above what is written by hand.
MAX_TOML_BYTES: Final = 1_000_000
#: Above the record of any run, and the summary of any.
MAX_JSON_BYTES: Final = 16_000_000
#: Tables and lists inside of each other; no file of ours has ten.
MAX_DEPTH: Final = 100
#: Digits of a whole number in JSON; a seed may be longer than 64 bits.
MAX_DIGITS: Final = 100
#: TOML's own bound on whole numbers.
_TOML_BITS: Final = 64
#: A dotted key of more parts than `MAX_DEPTH`. The parser's time grows with the square of their number, so it is never asked.
_LONG_KEY: Final = re.compile(
    r"""(?<![\w"'.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % MAX_DEPTH  # noqa: UP031  # braces
)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

#: Why a file is not read: it is not there; it cannot be read; it is no text of its kind; or it lies beyond a bound.
Trouble = Literal["absent", "unreadable", "malformed", "beyond"]


class NotRead(UserError):
    """JSON or TOML that is not read.

    Attributes:
        trouble: of what kind the reason is.
        clause: the reason as the rest of a sentence about the file: "is not valid TOML (...)".
    """

    def __init__(self, trouble: Trouble, clause: str, *, where: str = "", mend: str = "") -> None:
        """`where` and `mend` make the clause a sentence: what is not read, and what to do about it."""
        super().__init__(f"{where} {clause}; {mend}" if where else clause)
        self.trouble, self.clause = trouble, clause

    def about(self, where: str, mend: str) -> "NotRead":
        """The same about something that has a name."""
        return NotRead(self.trouble, self.clause, where=where, mend=mend)

    def __reduce__(self) -> tuple[Callable[..., "NotRead"], tuple[str, str, str]]:
        return _restored, (self.trouble, self.clause, str(self))


def read_json(path: Path, *, mend: str, max_bytes: int = MAX_JSON_BYTES) -> Any:
    """The value of a JSON file.

    Args:
        path: the file.
        mend: the end of the sentence that refuses it: what to do about it.
        max_bytes: a larger file is not read.

    Raises:
        NotRead: it is not there, no regular file, too large, too deep or no JSON; the sentence names it.
    """
    try:
        return parse_json(_text_of(path, max_bytes))
    except NotRead as error:
        raise error.about(str(path), mend) from error.__cause__


def read_toml(path: Path, *, mend: str = "mend it.", max_bytes: int = MAX_TOML_BYTES) -> dict[str, Any]:
    """The table of a TOML file; as `read_json`."""
    try:
        return parse_toml(_text_of(path, max_bytes), max_bytes=max_bytes)
    except NotRead as error:
        raise error.about(str(path), mend) from error.__cause__


def read_text(path: Path, *, mend: str, max_bytes: int) -> str:
    """The text of a file in any encoding of this page, for a parser of its own.

    Raises:
        NotRead: as `read_json`.
    """
    try:
        return _text_of(path, max_bytes)
    except NotRead as error:
        raise error.about(str(path), mend) from error.__cause__


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text that something else has read within bounds.

    Raises:
        NotRead: it is too deep or no JSON; the message is a clause.
    """
    try:
        value = json.loads(decoded(text) if isinstance(text, bytes) else text, parse_int=_whole)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise NotRead("malformed", f"is not valid JSON ({error})") from error
    _refuse_depth(value)
    return value


def parse_toml(text: str, *, max_bytes: int = MAX_TOML_BYTES) -> dict[str, Any]:
    """The table of a TOML text.

    Raises:
        NotRead: it is too long, too deep, has too large a number, or is no TOML; the message is a clause.
    """
    if len(text) > max_bytes:
        raise _too_large(max_bytes)
    if _LONG_KEY.search(text):
        raise _too_deep()
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except tomllib.TOMLDecodeError as error:
        if "nest" in str(error).lower():  # later Pythons count the levels themselves
            raise _too_deep() from None
        raise NotRead("malformed", f"is not valid TOML ({error})") from error
    except ValueError:  # Python's own bound on the digits of a number
        raise _too_long_a_number("64 bits") from None
    _refuse_depth(table)
    _refuse_large_numbers(table)
    return table


def decoded(data: bytes) -> str:
    """The text of a file's bytes: UTF-8, or what the byte-order mark says. No text that is read here has null characters.

    Raises:
        NotRead: it is neither.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data, named = data[len(mark) :], encoding
            break
    else:
        named = "utf-8"
    shown = "UTF-16" if named.startswith("utf-16") else "UTF-8"
    try:
        text = data.decode(named)
    except UnicodeDecodeError as error:
        raise NotRead("malformed", f"is not {shown} text (at byte {error.start:,})") from error
    if "\0" in text:
        others = "UTF-32" if shown == "UTF-16" else "UTF-16 without a byte-order mark or UTF-32"
        raise NotRead("malformed", f"is not {shown} text (it has null characters, as {others} has; save it as UTF-8)")
    return text


def _text_of(path: Path, max_bytes: int) -> str:
    return decoded(_bytes_of(path, max_bytes)).replace("\r\n", "\n")


def _bytes_of(path: Path, max_bytes: int) -> bytes:
    """A regular file's content; a pipe is not waited for, and never more than `max_bytes` are read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise NotRead("unreadable", f"is {'a folder' if stat.S_ISDIR(info.st_mode) else 'no regular file'}")
            data = file.read(max_bytes + 1) if info.st_size <= max_bytes else b""
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotRead("absent", "does not exist") from error
    except OSError as error:
        if isinstance(error, IsADirectoryError | PermissionError) and path.is_dir():  # Windows calls a folder forbidden
            raise NotRead("unreadable", "is a folder") from error
        raise NotRead("unreadable", f"cannot be read ({what_happened(error)})") from error
    except ValueError as error:  # a name with a null byte
        raise NotRead("absent", "does not exist") from error
    if len(data) > max_bytes or info.st_size > max_bytes:
        raise _too_large(max_bytes)
    return data


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _too_long_a_number(f"{MAX_DIGITS} digits")
    return int(digits)


def _refuse_depth(value: Any) -> None:
    """Go down level by level, which needs no recursion of its own."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return
    raise _too_deep()


def _refuse_large_numbers(table: dict[str, Any]) -> None:
    level: list[Any] = [table]
    while level:
        inside = [inner for outer in level for inner in _inside(outer)]
        if any(isinstance(inner, int) and not -(1 << (_TOML_BITS - 1)) <= inner < 1 << (_TOML_BITS - 1) for inner in inside):
            raise _too_long_a_number(f"{_TOML_BITS} bits")
        level = [inner for inner in inside if isinstance(inner, dict | list)]


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _too_deep() -> NotRead:
    return NotRead("beyond", f"has tables or lists nested more than {MAX_DEPTH} deep")


def _too_large(max_bytes: int) -> NotRead:
    return NotRead("beyond", f"is larger than {max_bytes // 1_000_000} MB")


def _too_long_a_number(bound: str) -> NotRead:
    return NotRead("beyond", f"has a whole number of more than {bound}")


def _restored(trouble: Trouble, clause: str, text: str) -> NotRead:
    error = NotRead(trouble, clause)
    error.args = (text,)
    return error
