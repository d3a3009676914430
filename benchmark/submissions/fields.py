"""Texts and tables of a submission, each with a bound: the file may come from anyone."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictInt

from dreambench.dataset.subjects import SUBJECT_ID

MAX_METRICS: Final = 64
MAX_ROLES: Final = 32
_MAX_ENTRIES: Final = 200


def printable(text: str) -> str:
    """One line of printable characters, as it was given.

    Raises:
        ValueError: it has others (line breaks, marks that turn the direction of writing), or spaces around it.
    """
    if not text.isprintable() or text != text.strip():
        raise ValueError("text must be one line of printable characters, without spaces around it")
    return text


def web_address(text: str) -> str:
    """An http or https address of a host, as it was given.

    Raises:
        ValueError: it is anything else (javascript:, data:, a path), names a user, or has characters that addresses lack.
    """
    if not text.isascii() or not text.isprintable() or any(letter in ' "<>\\^`{|}' for letter in text):
        raise ValueError("an address must be plain ASCII without spaces, quotes or brackets")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("an address must begin with https:// or http:// and name a host, and no user")
    return text


Line = Annotated[str, Field(max_length=400), AfterValidator(printable)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(printable)]
Address = Annotated[str, Field(max_length=500), AfterValidator(web_address)]
#: A subject's.
Id = Annotated[str, Field(pattern=rf"^{SUBJECT_ID}$")]
#: A metric's key, an encoder's role, a yardstick's name.
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Fingerprint = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
#: A score, or a bound of one: far above any, and small enough to be added up.
Number = Annotated[FiniteFloat, Field(ge=-1e6, le=1e6)]
Scalar = StrictBool | StrictInt | FiniteFloat | Line | None
Value = Scalar | Annotated[list[Scalar], Field(max_length=50)]
Entries = Annotated[dict[Line, Value], Field(max_length=_MAX_ENTRIES)]
Lines = Annotated[tuple[Annotated[str, Field(max_length=2_000), AfterValidator(printable)], ...], Field(max_length=50)]


class Part(BaseModel):
    """A part of a submission: what it does not know, it refuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
