"""What a method's settings are, in words: their docstrings, defaults, and which of them must be set. No torch in here."""

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from dreambench.baselines.settings import MethodSettings


@dataclass(frozen=True)
class Setting:
    """One setting of a method.

    Attributes:
        key: what --set and a suite's TOML call it.
        doc: the docstring below the field, on one line; "" if there is none.
        default: as JSON; None also for a setting that must be set.
        must_be_set: whether it has no default.
    """

    key: str
    doc: str
    default: Any
    must_be_set: bool


def describe_settings(kind: type[MethodSettings]) -> tuple[Setting, ...]:
    """Every setting, in the order in which the class declares them."""
    return tuple(
        Setting(
            key,
            " ".join((field.description or "").split()),
            None if field.is_required() else to_jsonable_python(field.get_default(call_default_factory=True)),
            field.is_required(),
        )
        for key, field in kind.model_fields.items()
    )


def first_line(docstring: str | None) -> str:
    """The first line of a docstring; "" if there is none."""
    return (docstring or "").strip().partition("\n")[0].strip()
