"""What a command was given, kept as a record, and told as the command again."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel

from dreambench.benchmark.declarations.ranges import ranges

Holds = Literal["text", "file", "name or file"]
_SUITES_AND_PROTOCOLS: Final = ".toml"


@dataclass(frozen=True)
class Given:
    """How a field of a record of options is typed, where that is not "--the-field VALUE".

    Attributes:
        option: its name on the command line, if it is not the field's.
        holds: "file" for a path; "name or file" for what is built in under a name, or else a .toml file.
        repeated: a list is typed as an option for each entry, not as one with commas.
    """

    option: str | None = None
    holds: Holds = "text"
    repeated: bool = False


FILE: Final = Given(holds="file")
NAME_OR_FILE: Final = Given(holds="name or file")


def arguments(options: BaseModel, *, as_typed: Callable[[str], str] = str) -> list[str]:
    """The options that differ from their defaults, as a shell hands them over: ["--suite", "own.toml", "--keep-black"].

    Args:
        options: a record with a field for each option; fields that need it are annotated with `Given`.
        as_typed: from a path as the record holds it to one as it is to be typed.
    """
    found: list[str] = []
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        if value == field.get_default(call_default_factory=True):
            continue
        given = next((entry for entry in field.metadata if isinstance(entry, Given)), Given())
        option = given.option or f"--{name.replace('_', '-')}"
        for text in _texts(value, given, as_typed):
            found += [option] if text is None else [f"{option}={text}"] if text.startswith("-") else [option, text]
    return found


def is_file(text: str) -> bool:
    """Whether what names a suite or a protocol is the path of a file, and no built-in one's name."""
    return text.endswith(_SUITES_AND_PROTOCOLS)


def named_from(value: str | Path | None, folder: Path) -> str | None:
    """A suite or a protocol as a file in `folder` names it: a built-in one by its name, a file by its path from there."""
    if value is None:
        return None
    path = Path(value).expanduser()
    return from_folder(path, folder) if path.suffix == ".toml" else str(value)


def from_folder(path: Path, folder: Path) -> str:
    """A path as a file in `folder` names it: relative where there is a way, so that both can be moved; else absolute."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # two drives
        return path.resolve().as_posix()


def _texts(value: Any, given: Given, as_typed: Callable[[str], str]) -> Iterator[str | None]:
    """What is typed after the option, once for each time that it is typed; None for a flag."""
    if value is True:
        yield None
    elif isinstance(value, tuple) and given.repeated:
        yield from map(str, value)
    elif isinstance(value, tuple):
        whole = bool(value) and all(isinstance(entry, int) for entry in value)
        yield ranges(sorted(set(value))) if whole else ",".join(map(str, value))
    elif given.holds == "file" or (given.holds == "name or file" and is_file(str(value))):
        yield Path(as_typed(str(value))).as_posix()
    else:
        yield str(value)
