"""What a run recorded of itself, without what is nobody's business: places on a machine, which hold users' names."""

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

_LINE: Final = 400
#: A path that begins at a disk's root, at a home or above where one is: everything up to its last part is left out.
_PLACE: Final = re.compile(r"(?:(?<![\w/.:])|(?<==))(?:~|[A-Za-z]:|\.\.)?(?:[/\\][^/\\\s\"',;:=]+)*[/\\](?=[^/\\\s\"',;:=])")
_ADDRESS: Final = re.compile(r"https?://\S+")


def without_places(text: str) -> str:
    """Text whose absolute paths are only their last parts: "/home/me/runs/a" becomes "a". Web addresses stay."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    bare = _PLACE.sub("", _ADDRESS.sub(keep, text.replace("\0", "")))
    return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], bare)


def line(value: Any) -> str | None:
    """A value as one bounded line of printable text without places; None stays None."""
    if value is None:
        return None
    printable = "".join(letter if letter.isprintable() else "?" for letter in " ".join(str(value).split()))
    return without_places(printable)[:_LINE].strip()


def entries(table: Any) -> dict[str, Any]:
    """A record's part as a flat table: numbers, flags, lines of text, and lists of them. What is nested becomes JSON."""
    return {str(line(key)): _value(value) for key, value in table.items()} if isinstance(table, Mapping) else {}


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_scalar(item) for item in value[:50]]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    return line(value if isinstance(value, str) else json.dumps(value, default=str))
