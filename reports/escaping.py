"""Text from strangers (methods' names, sources) made harmless for the format that it goes into."""

import re
import unicodedata
from typing import Final

#: Longer names are cut: no method needs more, and a table could not show it.
NAME_LIMIT: Final = 120
#: What a formula begins with; U+2212 is the minus of typesetters.
_FORMULA: Final = ("=", "+", "-", "@", "\u2212")
_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",  # \textquotedbl needs another font encoding than the default
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after a row's \\ a bare one would be its optional argument, and a star its starred form
    "]": "{]}",
    "*": "{*}",
    "–": "--",
    "—": "---",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
}
#: Grave, acute, circumflex, tilde, macron, breve, dot, diaeresis, double acute, caron, cedilla.
_ACCENTS: Final = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030b\u030c\u0327"
_GREEK_NAMES: Final = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega
"""
#: Greek letters and the names of their commands; those that look like Latin ones have none.
_GREEK: Final = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", _GREEK_NAMES.split(), strict=True))
_MARKDOWN: Final = {
    "\\": "&#92;",  # as an entity: backslashes before a pipe are read in several ways
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "@": "&#64;",
}


def plain(text: str) -> str:
    """One line of printable text: what cannot be printed (line ends, escapes, direction marks) becomes a space or "?"."""
    return "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))


def plain_name(text: str) -> str:
    """`plain`, and no longer than NAME_LIMIT characters."""
    line = plain(text[: 4 * NAME_LIMIT])
    return line if len(line) <= NAME_LIMIT else f"{line[: NAME_LIMIT - 3]}..."


def escape_latex(text: str) -> str:
    """Text for LaTeX's text mode; needs no more than inputenc's utf8, which is the default.

    Letters that pdfLaTeX would stop at (all but Greek and accented Latin ones) become "?".
    """
    return "".join(_latex_letter(letter) for letter in plain(text))


def escape_markdown(text: str) -> str:
    """Text for a cell of a GitHub table, in which nothing is markup, link, mention or cell border."""
    line = "".join(_MARKDOWN.get(letter, letter) for letter in plain(text))
    line = re.sub(r"([`*\[\]|~#!])", r"\\\1", line.replace("&#", "\x00")).replace("\x00", "&#")
    line = re.sub(r"(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])", r"\\_", line)  # inside a word it means nothing
    line = line.replace("://", "&#58;//")  # or it becomes a link
    line = re.sub(r"\bwww\.", "www&#46;", line, flags=re.IGNORECASE)
    return re.sub(r"^([-+=])", r"\\\1", line)


def escape_csv(text: str) -> str:
    """Text for a CSV cell that a spreadsheet will not run as a formula: a leading = + - @ gets an apostrophe before it.

    Their full-width, small and raised forms too, which some spreadsheets read as the same.
    """
    line = plain(text)
    return f"'{line}" if unicodedata.normalize("NFKC", line[:1]).startswith(_FORMULA) else line


def _latex_letter(letter: str) -> str:
    if letter in _LATEX:
        return _LATEX[letter]
    if letter in "&%$#_{}":
        return f"\\{letter}"
    if letter in _GREEK:
        return f"$\\{_GREEK[letter]}$"
    return letter if letter.isascii() or _in_every_font(letter) else "?"


def _in_every_font(letter: str) -> bool:
    """Whether LaTeX's default font encoding (OT1) can set a letter: a plain one with an accent that it has, or one of a few."""
    base, *accents = list(unicodedata.normalize("NFD", letter))
    return letter in "ßæøåłœÆØÅŁŒ" or (base.isascii() and base.isalpha() and len(accents) == 1 and accents[0] in _ACCENTS)
