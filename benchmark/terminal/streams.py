"""Stdout and stderr of any encoding: what one cannot show is written in plain characters, and never ends the command."""

import codecs
import sys
import unicodedata
from typing import Final

#: The name under which Python knows how to make signs plain.
_HANDLER: Final = "dreambench.plain"
_PLAIN: Final = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("‘’‚′", "'"),
    **dict.fromkeys("“”„″«»", '"'),
    **dict.fromkeys("•·∙●▪■▶►", "*"),
    **dict.fromkeys("✓✔", "+"),
    **dict.fromkeys("✗✘×✕", "x"),
    **dict.fromkeys("─━┄┅┈┉╌╍═╴╶╸╺╼╾", "-"),
    **dict.fromkeys("│┃┆┇┊┋╎╏║╵╷╹╻╽╿", "|"),
    "¹": "*",  # marks of the best and the second behind numbers, of which no digit may be made
    "²": "+",
    **{letter: f"^{digit}" for digit, letter in enumerate("⁰\0\0³⁴⁵⁶⁷⁸⁹") if letter != "\0"},
    **{letter: f"_{digit}" for digit, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "→": "->",
    "←": "<-",
    "↔": "<->",
    "⇒": "=>",
    "↑": "^",
    "↓": "v",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "∼": "~",
    "…": "...",
    "°": "deg",
    "µ": "u",
    "σ": "sigma",
    "Δ": "delta",
    "€": "EUR",
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
}


def make_streams_safe() -> None:
    """Let stdout and stderr write whatever they are given; what is of UTF-8 stays as it is."""
    codecs.register_error(_HANDLER, _instead)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # None where Python runs without a console
        if reconfigure is not None:
            reconfigure(errors=_HANDLER)


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(letter: str) -> str:
    """A letter in ASCII: a sign that means the same, or the letter without its accent, or a question mark."""
    if letter in _PLAIN:
        return _PLAIN[letter]
    if "\u2500" <= letter <= "\u257f":  # corners and crossings of boxes
        return "+"
    if "\u2580" <= letter <= "\u259f":  # blocks
        return "#"
    if "\u2800" <= letter <= "\u28ff":  # Braille, of which spinners are made
        return "*"
    bare = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return bare or ("" if unicodedata.combining(letter) else "?")
