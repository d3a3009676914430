"""Runs that differ in the number of steps alone, made in one training: what is sampled when, and where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.benchmark.runs.units import Unit
from dreambench.dataset.errors import UserError

#: The setting that says how long a method trains.
STEPS: Final = "steps"


@dataclass(frozen=True)
class Checkpoint:
    """A moment of a training.

    Attributes:
        step: how many steps are done.
        units: subject -> the unit that is sampled then, of those that still have to be made.
        folder: of the run that they belong to.
    """

    step: int
    units: Mapping[str, Unit]
    folder: Path


def parse_steps(steps: str | Sequence[int]) -> tuple[int, ...]:
    """Numbers of steps, "100,200,400" or as they are, rising.

    Raises:
        UserError: they are something else, or one is there twice.
    """
    parts = [part.strip() for part in steps.split(",")] if isinstance(steps, str) else list(map(str, steps))
    numbers = sorted(int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 10)
    if not numbers or len(numbers) < len(parts) or len(set(numbers)) < len(numbers):
        raise UserError(f"--checkpoints cannot be '{','.join(parts)}'; give different numbers of steps, such as 100,200,400.")
    return tuple(numbers)
