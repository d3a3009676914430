"""What a list of `bench plan` asked for: a manifest that says itself which suite, subjects and prompts its images are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dreambench.benchmark.layouts.manifest_rows import Row, read_rows
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError


@dataclass(frozen=True)
class Planned:
    """What was planned.

    Attributes:
        file: the list, as it was named.
        suite: the suite's name; of a built-in one, or of someone's own.
        subjects: ids, in the list's order.
        prompts: the numbers that any of the subjects is asked, ascending, from 0.
        images_per_prompt: 1 or more.
    """

    file: Path
    suite: str
    subjects: tuple[str, ...]
    prompts: tuple[int, ...]
    images_per_prompt: int


def planned_in(manifest: Path) -> Planned | None:
    """What a manifest's images were planned as; None for a manifest that `bench plan` did not write.

    Raises:
        UserError: the file cannot be read, or plans of several suites are in it.
    """
    rows = read_rows(manifest)
    if not all(_is_planned(row) for row in rows):
        return None
    suites = _different(rows, "suite")
    if len(suites) > 1:
        raise UserError(
            f"{printable(str(manifest))} holds plans of the suites {printable(suites[0])} and {printable(suites[1])}; score "
            "each suite's images with a list of their own."
        )
    return Planned(
        manifest,
        suites[0],
        tuple(_different(rows, "subject")),
        tuple(sorted(_different(rows, "prompt"))),
        1 + max(_different(rows, "index")),
    )


def _is_planned(row: Row) -> bool:
    texts = all(isinstance(row.values.get(column), str) for column in ("suite", "template", "text", "subject"))
    numbers = [row.values.get(column) for column in ("prompt", "index")]
    return texts and all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers)


def _different(rows: Sequence[Row], column: str) -> list[Any]:
    return list(dict.fromkeys(row.values[column] for row in rows))
