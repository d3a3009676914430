"""The options of `bench run` that change a result, as they were given."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.declarations.options import NAME_OR_FILE, Given
from dreambench.benchmark.declarations.suite import Overrides, Suite, suite_names


class RunOptions(BaseModel):
    """What `bench run` was given. A new option is a new field; its default is never typed.

    Paths start from the run's folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    method: str | None = None
    """The method."""
    suite: Annotated[str | None, NAME_OR_FILE] = None
    """What is run."""
    prompt_set: Annotated[str | None, NAME_OR_FILE] = None
    """What subjects are asked in place of the suite's prompts."""
    subjects: tuple[str, ...] | None = None
    """Only these; None for all."""
    prompts: tuple[int, ...] | None = None
    """Only these, by number; None for all."""
    images_per_prompt: int | None = None
    """Images for every prompt; None for the protocol's number."""
    quick: bool = False
    """The quick selection."""
    seed: int = 0
    """Of the whole run."""
    hold_out: int = 0
    """Reference images of every subject that are kept back from the method."""
    references: int | None = None
    """Reference images of every subject that the method sees; None for all that are not kept back."""
    settings: Annotated[tuple[str, ...], Given(option="--set", repeated=True)] = ()
    """The method's, "KEY=VALUE", where they are not the suite's."""


def typed_settings(overrides: Overrides) -> tuple[str, ...]:
    """Settings as --set takes them."""
    if not isinstance(overrides, Mapping):
        return tuple(map(str, overrides))
    return tuple(f"{key}={json.dumps(value)}" for key, value in overrides.items())  # these JSON values are TOML too


def name_of(suite: "str | Path | Suite") -> str:
    """What names a suite on the command line: a built-in one's name, or a file; of one made in Python, the file it would be."""
    if isinstance(suite, Suite):
        return suite.name if suite.name in suite_names() else f"{suite.name}.toml"
    return str(suite)
