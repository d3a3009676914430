"""One of N shards of a run: how it is named, and the record in its folder that says which part of the run it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from dreambench.dataset.errors import UserError
from dreambench.dataset.files import make_folder, write_json
from dreambench.dataset.reading import NotRead, read_json

_PARTS: Final = "parts"
_MOST: Final = 100_000
_FORM: Final = "give --shard I/N with I from 1 to N, as the tasks of a job array 1-N are numbered"


@dataclass(frozen=True)
class Shard:
    """The i-th of N parts of a run.

    Attributes:
        number: from 1, as in `sbatch --array=1-N`.
        of: how many there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def suffix(self) -> str:
        """What its own folder has at the end of its name: "-2-of-8"."""
        return f"-{self.number}-of-{self.of}"


class PartRecord(BaseModel):
    """The content of parts/2-of-8.json. run.json beside it is that of the whole run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    """The file's version."""
    shard: int
    """Which part, from 1."""
    of: int
    """How many parts there are."""
    subjects: tuple[str, ...]
    """Ids of the subjects that the part has."""


def parse_shard(text: str) -> Shard:
    """The shard of "2/8".

    Raises:
        UserError: it is something else, or there is no such shard.
    """
    found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text.strip())
    if found is None:
        raise UserError(f"--shard cannot be '{text}'; {_FORM}.")
    number, of = map(int, found.groups())
    if not 1 <= number <= of <= _MOST:
        raise UserError(f"There is no shard {number} of {of}; {_FORM}.")
    return Shard(number, of)


def write_part(root: Path, shard: Shard, subjects: Sequence[str]) -> None:
    """Say in a run's folder which part of the run it holds; a folder may hold several."""
    path = root / _PARTS / f"{shard.number}-of-{shard.of}.json"
    record = PartRecord(shard=shard.number, of=shard.of, subjects=tuple(subjects))
    if read_parts(root).get(shard) != record:
        make_folder(path.parent)
        write_json(path, record.model_dump(mode="json"))


def read_parts(root: Path) -> dict[Shard, PartRecord]:
    """The parts that a run's folder says it holds, in their order; one whose record cannot be read is left out: it only
    helps to word what is missing."""
    found = {}
    for path in (root / _PARTS).glob("*-of-*.json"):
        try:
            record = PartRecord.model_validate(read_json(path, mend="remove it."))
        except (NotRead, ValidationError):
            continue
        found[Shard(record.shard, record.of)] = record
    return dict(sorted(found.items(), key=lambda entry: (entry[0].of, entry[0].number)))


def how_to_merge(root: Path, shard: Shard) -> str:
    """The command that puts a run together, as far as the name of one part's folder tells it."""
    if root.name.endswith(shard.suffix):
        whole = quote(root.with_name(root.name.removesuffix(shard.suffix)).as_posix())
        return f"bench merge {whole}-*-of-{shard.of} --out {whole}"
    return f"bench merge {quote(root.as_posix())} OTHER_PARTS --out DIR"
