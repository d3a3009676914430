"""Reading declared things (suites, protocols, settings) from TOML: every mistake answered with one sentence that helps."""

import re
import types
import typing
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from dreambench.baselines.settings import MethodSettings
from dreambench.dataset import reading
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

#: A key, as opposed to what pydantic calls the kinds of values that one key takes: "literal['all','first']".
_IS_KEY = re.compile(r"[A-Za-z0-9_ -]+")
#: What pydantic calls a plain value where a table belongs, in words about its own classes.
_WANTS_TABLE: Final = frozenset({"model_type", "dict_type"})
Declared = TypeVar("Declared", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """Parse a TOML file.

    Raises:
        UserError: it cannot be read, or is not TOML within bounds; the message names the file and the place in it.
    """
    try:
        return reading.read_toml(path)
    except reading.NotRead as error:
        if error.trouble in ("absent", "unreadable"):
            raise error.about(str(path), "check the path.") from error.__cause__
        raise


def parse_toml(text: str, *, where: str) -> dict[str, Any]:
    """Parse TOML that is part of another file.

    Raises:
        UserError: it is not TOML; the message names `where`.
    """
    try:
        return reading.parse_toml(text)
    except reading.NotRead as error:
        raise error.about(f"A part of {where}", "restore it.") from error.__cause__


def declare(kind: type[Declared], values: Mapping[str, Any], *, where: str) -> Declared:
    """Build a declared model from plain values.

    Args:
        kind: the pydantic model.
        values: as parsed from TOML.
        where: what the values came from, for the message: a path, or "--set".

    Raises:
        UserError: a key is unknown (the message names the nearest known one), missing, or has a wrong value.
    """
    refuse_unknown_keys(kind, values, where=where)
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise UserError(f"{where}: {_first_problem(_problems(error))}") from error


def check_given(kind: type[BaseModel], values: Mapping[str, Any], *, where: str) -> None:
    """Check values of which some may still be missing: a key that is not there is no mistake yet.

    Raises:
        UserError: a key is unknown, or has a wrong value.
    """
    refuse_unknown_keys(kind, values, where=where)
    try:
        kind.model_validate(dict(values))
    except ValidationError as error:
        problems = [problem for problem in _problems(error) if problem["type"] != "missing" or len(problem["loc"]) > 1]
        if problems:
            raise UserError(f"{where}: {_first_problem(problems)}") from error


def refuse_unknown_keys(
    kind: type[BaseModel], values: Mapping[str, Any], *, where: str, prefix: str = "", beside: Collection[str] | None = None
) -> None:
    """Raise a UserError for the first key, at any depth, that the model does not declare.

    Args:
        kind: the model.
        values: as parsed from TOML.
        where: what they came from.
        prefix: of the table that they are in, with the last dot.
        beside: keys that are known beside the model's fields; None: what a method's settings say of these values.
    """
    if beside is None:
        beside = kind.other_keys(values) if issubclass(kind, MethodSettings) else ()
    for key, value in values.items():
        field = kind.model_fields.get(key)
        if field is None and key in beside:
            continue
        if field is None:
            known = [*kind.model_fields, *sorted(beside)]
            found = dotted([f"{prefix}{key}"])
            raise UserError(f"{where}: there is no key '{found}'; {did_you_mean(key, known, prefix=prefix)}")
        nested = _nested_model(field.annotation)
        if nested is not None and isinstance(value, Mapping):
            refuse_unknown_keys(nested, value, where=where, prefix=f"{prefix}{key}.")
        inner = _model_of_table(field.annotation)
        if inner is not None and isinstance(value, Mapping):
            for name, entry in value.items():
                if isinstance(entry, Mapping):
                    refuse_unknown_keys(inner, entry, where=where, prefix=f"{prefix}{key}.{name}.")


def sentence(text: str) -> str:
    """A refusal's text as a whole sentence: one that ends in a question is one already."""
    return text if text.endswith(("?", ".")) else f"{text}."


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation holds: `Model` itself, or the one in `Model | "own"`."""
    options = typing.get_args(annotation) if typing.get_origin(annotation) in (types.UnionType, typing.Union) else (annotation,)
    return next((option for option in options if isinstance(option, type) and issubclass(option, BaseModel)), None)


def _model_of_table(annotation: Any) -> type[BaseModel] | None:
    """The model of a table's entries: of `dict[str, Model]`; a model with subclasses of its own is left to its reader."""
    if typing.get_origin(annotation) is not dict:
        return None
    kind = typing.get_args(annotation)[1]
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return kind if is_model and not getattr(kind, "__abstractmethods__", None) else None


def _aptness(problem: Mapping[str, Any]) -> tuple[int, bool]:
    """Where a key takes several kinds of values, each kind complains: the one that got furthest is meant, or, of a word,
    the one that lists the words there are."""
    return len(problem["loc"]), isinstance(problem["input"], str) and problem["type"] == "literal_error"


def _problems(error: ValidationError) -> list[Mapping[str, Any]]:
    return list(error.errors(include_url=False, include_context=False))


def _first_problem(problems: Sequence[Mapping[str, Any]]) -> str:
    problem = max(problems, key=_aptness)  # the first of the best
    key = ".".join(str(part) for part in problem["loc"] if _IS_KEY.fullmatch(str(part)))
    if problem["type"] == "missing":
        return f"the key '{key}' is missing; add it."
    if problem["type"] in _WANTS_TABLE:
        return f"'{key}' cannot be {problem['input']!r}: it is a table; write [{key}] and its keys below."
    message = problem["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if not key or message.startswith(f"[{key}."):  # it says itself which table it is about
        return sentence(message)
    given = problem["input"]
    return f"'{key}' cannot be {given!r}: {message}."
