"""Ready layouts: how the output folders of other code bases are named, each a declaration in TOML with its source."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dreambench.benchmark.declarations.reading import declare, read_toml
from dreambench.benchmark.layouts.pattern import parse_pattern
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.words import did_you_mean

_FOLDER: Final = Path(__file__).parents[1] / "data" / "layouts"


class Beside(BaseModel):
    """A JSON file that lies beside each image and has its stem."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    prompt: str = Field(min_length=1)
    """The key of the prompt's text."""
    references: str = Field(min_length=1)
    """The key of the list of reference images' paths; the folder of the first one is the subject."""


class Layout(BaseModel):
    """How images are named, as a TOML file declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """What --layout calls it: lower case, digits and dashes."""
    description: str = Field(min_length=1)
    """What lies where, in a sentence."""
    source: str = ""
    """Repository and file that write the images so."""
    notes: tuple[str, ...] = ()
    """What to know before scoring."""
    patterns: tuple[str, ...] = Field(min_length=1)
    """Of the images' names below the folder; the first one that any file fits counts."""
    beside: Beside | None = None
    """What lies beside each image and says what it shows; it goes before the pattern's {item}."""

    @field_validator("patterns")
    @classmethod
    def _are_patterns(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                parse_pattern(pattern, one_subject=True)
            except UserError as error:
                raise ValueError(str(error).removeprefix("--").rstrip(".")) from error
        return patterns


def layout_names() -> tuple[str, ...]:
    """The ready layouts, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_layout(name_or_path: str | Path) -> Layout:
    """A ready layout by name, or a user's by the path of its TOML file.

    Raises:
        UserError: there is no such layout (the message names the nearest), or its declaration is wrong.
    """
    path = _FOLDER / f"{name_or_path}.toml"
    if str(name_or_path) not in layout_names():
        path = expanded(name_or_path)
        if path.suffix != ".toml" or not path.is_file():
            raise UserError(
                f"There is no layout '{name_or_path}'; {did_you_mean(str(name_or_path), layout_names())} "
                "A layout of your own is given by the path of its .toml file."
            )
    return declare(Layout, read_toml(path), where=str(path))
