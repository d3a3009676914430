"""Prompt sets: prompts under a name, asked of any dataset's subjects in place of its own. Data: one TOML file each.

A file is as `prompts.toml` of a dataset, see `dreambench.dataset.declared_prompts`; one of your own is given by its path.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from dreambench.dataset.declared import read_table
from dreambench.dataset.declared_prompts import prompts_of_table
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import Kind
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.words import did_you_mean

_FOLDER: Final = Path(__file__).parent / "data" / "prompt_sets"


def prompt_set_names() -> tuple[str, ...]:
    """The built-in prompt sets, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_prompt_set(name_or_path: str, *, kinds: Collection[Kind]) -> tuple[Prompt, ...]:
    """A built-in prompt set by name, or a user's by the path of its TOML file.

    Args:
        name_or_path: which.
        kinds: of the subjects that are to be asked; each needs prompts.

    Raises:
        UserError: there is no such set, an entry is wrong, or a kind has no prompts.
    """
    built_in = name_or_path in prompt_set_names()
    path = _FOLDER / f"{name_or_path}.toml" if built_in else expanded(name_or_path)
    table = read_table(path) if path.suffix == ".toml" else None
    if table is None:
        raise UserError(
            f"There is no prompt set '{name_or_path}'; {did_you_mean(name_or_path, prompt_set_names())} "
            "A set of your own is given by the path of its .toml file."
        )
    return prompts_of_table(table, kinds, file=path)


def resolved_set(name_or_path: str | Path) -> str:
    """What names a prompt set from any working directory: a built-in one's name, or an absolute path."""
    name = str(name_or_path)
    return name if name in prompt_set_names() else str(expanded(name_or_path).resolve())
