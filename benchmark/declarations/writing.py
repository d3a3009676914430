"""Declared things as TOML, with what each key means as a comment."""

import textwrap
from collections.abc import Mapping
from typing import Any, Final

import tomlkit
from pydantic import BaseModel
from tomlkit.items import Table

_WIDTH: Final = 118


def to_toml(table: Mapping[str, Any], *, comments: Mapping[str, str] | None = None) -> str:
    """Text that `tomllib.loads` reads back as the same table. Keys whose value is None are left out: TOML has no null.

    Args:
        table: plain values, lists and tables.
        comments: a key's path ("sampler.steps") -> what it means, written above it.
    """
    document = tomlkit.document()
    _fill(document, table, path="", comments=comments or {})
    return tomlkit.dumps(document).strip() + "\n"


def field_comments(declared: BaseModel, *, prefix: str = "") -> dict[str, str]:
    """The docstrings under a model's fields by key's path, as `to_toml` writes them; of a table of models, the first one's.

    Args:
        declared: a model that sets `use_attribute_docstrings`.
        prefix: the path of the table that it is written to, with the last dot.
    """
    comments = {}
    for name, field in type(declared).model_fields.items():
        value = getattr(declared, name)
        if field.description:
            comments[prefix + name] = " ".join(field.description.split())
        if isinstance(value, BaseModel):
            comments |= field_comments(value, prefix=f"{prefix}{name}.")
        elif isinstance(value, Mapping) and value:
            key, first = next(iter(value.items()))
            if isinstance(first, BaseModel):
                comments |= field_comments(first, prefix=f"{prefix}{name}.{key}.")
    return comments


def _fill(target: Any, table: Mapping[str, Any], *, path: str, comments: Mapping[str, str]) -> None:
    plain = {key: value for key, value in table.items() if value is not None and not isinstance(value, Mapping)}
    for key, value in plain.items():
        for line in textwrap.wrap(comments.get(path + key, ""), _WIDTH):
            target.add(tomlkit.comment(line))
        target.add(key, _value(value))
    for key, value in table.items():
        if isinstance(value, Mapping):
            inner: Table = tomlkit.table(is_super_table=_is_above(value))
            _fill(inner, value, path=f"{path}{key}.", comments=comments)
            if plain or len(target):
                target.add(tomlkit.nl())
            target.add(key, inner)


def _is_above(table: Mapping[str, Any]) -> bool:
    """Whether a table holds tables alone, so that it needs no line of its own."""
    return bool(table) and all(isinstance(value, Mapping) or value is None for value in table.values())


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        inline.update({key: _value(item) for key, item in value.items() if item is not None})
        return inline
    return value
