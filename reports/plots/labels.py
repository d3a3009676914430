"""Names from strangers made fit for a plot: printable, of one line, no longer than there is room, and still apart."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from dreambench.reports.plots.style import FONT, SMALL

#: Stands for a letter that the font lacks.
MISSING: Final = "□"
_ELLIPSIS: Final = "…"
#: More letters than any plot shows; what lies between both ends is not even looked at.
_LONGEST: Final = 400


def plain(text: str) -> str:
    """A name as one line of letters that the font has: no control or direction marks, no stacked accents."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST // 2] + _ELLIPSIS + text[-_LONGEST // 2 :]
    kept = []
    for letter in unicodedata.normalize("NFC", text):
        category = unicodedata.category(letter)
        if letter.isspace() or category == "Cc":
            kept.append(" ")
        elif category[0] not in "CM":
            kept.append(letter if ord(letter) in _drawable() else MISSING)
    return " ".join("".join(kept).split()) or "(no name)"


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FONT)).get_charmap())


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, weight: str = "normal") -> float:
    """Width of a line of text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not text:
        return 0.0
    properties = FontProperties(family=FONT, size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, properties, ismath=False)[0])


def shorten(text: str, room: float, *, size: float = SMALL) -> str:
    """A plain line cut in its middle until it is at most `room` points wide: folders' names differ at both ends."""
    text = plain(text)
    if text_width(text, size) <= room:
        return text
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        fits, too_many = (kept, too_many) if text_width(_cut(text, kept), size) <= room else (fits, kept)
    return _cut(text, fits)


def _cut(text: str, kept: int) -> str:
    tail = kept // 2
    return text[: kept - tail].rstrip() + _ELLIPSIS + text[len(text) - tail :].lstrip()


def short_names(names: Sequence[str], room: float, *, size: float = SMALL) -> list[str]:
    """Names made short, and numbered where shortening made two of them equal."""
    short = [shorten(name, room, size=size) for name in names]
    result: list[str] = []
    for index, name in enumerate(short):
        if short.count(name) == 1:
            result.append(name)
            continue
        number = f" ({short[: index + 1].count(name)})"
        result.append(shorten(names[index], room - text_width(number, size), size=size) + number)
    return result


def first_that_fits(forms: Sequence[Sequence[str]], room: float, *, size: float = SMALL) -> list[str]:
    """Several labels in the longest form in which all of them fit into `room` points.

    Args:
        forms: the labels in each form, the longest form first; where not even the last one fits, it is cut.
        room: of one label.
        size: of the letters.
    """
    fitting = (form for form in forms if all(text_width(plain(text), size) <= room for text in form))
    return [shorten(text, room, size=size) for text in next(fitting, forms[-1])]


def wrapped(text: str, room: float, *, size: float, weight: str = "normal", lines: int) -> list[str]:
    """Text of ours broken at spaces (not at no-break spaces) into at most `lines` lines of `room` points.

    A last line that is too long is cut in its middle. Names in the text must have been through `plain` or `shorten`.
    """
    rows: list[str] = []
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and text_width(longer, size, weight=weight) <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], " ".join(rows[lines - 1 :])]
    # Bold letters are a little wider than `shorten` measures.
    slack = 0.88 if weight == "bold" else 1.0
    return [row if text_width(row, size, weight=weight) <= room else shorten(row, room * slack, size=size) for row in rows]


def file_stem(text: str) -> str:
    """A name as part of a file's name: lower-case ASCII letters, digits, "_" and "-"; at most 40 of them."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    stem = "".join(letter if letter.isalnum() or letter in "_-" else "-" for letter in ascii_only)
    return "-".join(part for part in stem.split("-") if part)[:40].strip("-") or "method"
