"""Patterns of file names: "{subject}/{prompt}/{index}.{ext}" and the fields that it may have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from dreambench.dataset.errors import UserError
from dreambench.dataset.images import IMAGE_SUFFIXES

IMAGE_PATTERN: Final = "{subject}/{prompt}/{index}.{ext}"
PRIOR_PATTERN: Final = "{subject}/{index}.{ext}"
#: What each field may be in a name. README and docs explain them in this order.
FIELDS: Final[Mapping[str, str]] = {
    "subject": r"[^/]+?",
    "prompt": r"[0-9]{1,4}",
    "prompt_from_1": r"[0-9]{1,4}",
    "prompt_text": r"[^/]+?",
    "index": r"[0-9]{1,6}",
    "index_from_1": r"[0-9]{1,6}",
    "seed": r"[0-9]{1,20}",
    "item": r"[0-9]{1,7}",
    "step": r"[0-9]{1,9}",
    "any": r"[^/]*?",
    "ext": "|".join(sorted(suffix.removeprefix(".") for suffix in IMAGE_SUFFIXES)),
}
#: Fields that say the same thing in different ways: a pattern has one of them.
_PROMPT: Final = ("prompt", "prompt_from_1", "prompt_text", "item")
_SUBJECT: Final = ("subject", "item")
_INDEX: Final = ("index", "index_from_1", "seed")


@dataclass(frozen=True)
class Pattern:
    """A pattern of file names.

    Attributes:
        text: as it was written.
        fields: that it has.
        regex: what it means; a group a field, but for {any}.
    """

    text: str
    fields: frozenset[str]
    regex: re.Pattern[str]

    def fields_of(self, name: str) -> dict[str, str] | None:
        """The fields of a file's name below the folder, written with /; None where it does not fit."""
        match = self.regex.fullmatch(name)
        return None if match is None else match.groupdict()

    def relaxed(self, **fields: str) -> "re.Pattern[str]":
        """The pattern's meaning with other expressions for some of its fields."""
        return _compiled(self.text, {**FIELDS, **fields})


def parse_pattern(text: str, *, one_subject: bool = False) -> Pattern:
    """A pattern of images' names.

    Args:
        text: with fields in braces.
        one_subject: whether images of one subject alone are looked for, so that names need not tell it.

    Raises:
        UserError: a field is unknown, missing, there in two ways, or not closed.
    """
    pattern = _parsed(text)
    for ways in (_SUBJECT, _PROMPT, _INDEX):
        there = [field for field in ways if field in pattern.fields]
        if len(there) > 1:
            raise UserError(f"--pattern {text} has {{{there[0]}}} and {{{there[1]}}}, which say the same; keep one of them.")
        if not there and ways is not _INDEX and not (ways is _SUBJECT and one_subject):
            cure = ", or name one subject in --subjects" if ways is _SUBJECT else ""
            raise UserError(f"--pattern {text} lacks {{{ways[0]}}}; write it like {IMAGE_PATTERN}{cure}.")
    return pattern


def prior_pattern() -> Pattern:
    """The pattern of prior images' names."""
    return _parsed(PRIOR_PATTERN)


def _parsed(text: str) -> Pattern:
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise UserError(f"--pattern {text} is not a pattern ({error}); write it like {IMAGE_PATTERN}.") from error
    for _, field, form, conversion in pieces:
        if field is not None and (field not in FIELDS or form or conversion):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            whole = field + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise UserError(f"--pattern {text} has the field {{{whole}}}; the fields are {known}.")
    return Pattern(text, frozenset(field for _, field, _, _ in pieces if field is not None), _compiled(text, FIELDS))


def _compiled(text: str, fields: Mapping[str, str]) -> re.Pattern[str]:
    parts: list[str] = []
    seen: set[str] = set()
    for literal, field, _, _ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if field == "any":
            parts.append(f"(?:{fields[field]})")
        elif field is not None:
            parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>{fields[field]})")
            seen.add(field)
    return re.compile("".join(parts), re.IGNORECASE)
