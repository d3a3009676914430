"""The words that group what is measured: kinds of subjects, families of prompts, and what readers call each group."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

#: Chooses a subject's prompts.
Kind = Literal["object", "live"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: What a prompt asks for: any lower-case word or words. The set is open: a dataset may bring families of its own.
FAMILY_PATTERN: Final = r"^[a-z][a-z0-9-]*( [a-z0-9-]+)*$"
MAX_FAMILY: Final = 60
Family = Annotated[str, Field(pattern=FAMILY_PATTERN, max_length=MAX_FAMILY)]
#: The family of prompts that name none.
NO_FAMILY: Final = "other"

_KIND_LABELS: Final[Mapping[str, str]] = {"object": "objects", "live": "live subjects"}
_FAMILY_LABELS: Final[Mapping[str, str]] = {
    "recontextualisation": "recontextualisation",
    "accessory": "accessories",
    "property": "property changes",
    "style": "styles",
    "view": "views",
    "cross": "crosses",
}


def kind_label(kind: str) -> str:
    """What readers call the subjects of a kind: "live subjects"."""
    return _KIND_LABELS.get(kind, kind)


def family_label(family: str) -> str:
    """What readers call the prompts of a family: "accessories"; a family that is not known here by its own name."""
    return _FAMILY_LABELS.get(family, family)


def heading(label: str) -> str:
    """A label at the beginning of a line: "Live subjects"."""
    return label[:1].upper() + label[1:]


def kinds_in_order(kinds: Iterable[str]) -> list[str]:
    """Each kind once: objects, live subjects, then any other in alphabetical order."""
    return _in_order(kinds, _KIND_LABELS)


def families_in_order(families: Iterable[str]) -> list[str]:
    """Each family once: the known ones, then a dataset's own in alphabetical order, prompts without a family last."""
    found = _in_order(families, _FAMILY_LABELS)
    return sorted(found, key=lambda family: family == NO_FAMILY)


def _in_order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    there = set(names)
    first = [name for name in known if name in there]
    return first + sorted(there.difference(first))
