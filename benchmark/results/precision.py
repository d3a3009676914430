"""In what arithmetic a run's images were made. The same seed gives other images in bfloat16 than in float32, so it is said.

Arithmetic is the machine's as long as a suite does not demand one, so a run that went on elsewhere may mix two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.runs.units import SAMPLE_PRECISION, TRAIN_PRECISION, UnitManifest
from dreambench.dataset.words import counted

PASSES: Final = {"train": "trained", "sample": "sampled"}
"""`PrecisionRecord`'s fields, and what they say was done."""


class PrecisionRecord(BaseModel):
    """The arithmetic of the passes through the base model, each a type's name; two where a run mixes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    train: tuple[str, ...] = ()
    """Of training's; empty where nothing was trained."""
    sample: tuple[str, ...] = ()
    """Of sampling's; empty where a method does not use the sampler."""


def precision_of(manifests: Iterable[UnitManifest], *, uses_sampler: bool) -> PrecisionRecord | None:
    """The arithmetic that units were made in; None where that does not matter, or their manifests do not say it.

    Args:
        manifests: of the units.
        uses_sampler: whether the method samples from the base model; what it does otherwise is its own matter.
    """
    if not uses_sampler:
        return None
    units = list(manifests)
    train = {unit.environment.get(TRAIN_PRECISION) for unit in units if unit.steps}
    sample = {unit.environment.get(SAMPLE_PRECISION) for unit in units}
    found = PrecisionRecord(train=_names(train), sample=_names(sample))
    return found if found.sample else None


def mixture(precision: PrecisionRecord | None) -> str:
    """A sentence where a run mixes two; else empty."""
    mixed = [] if precision is None else [(key, kinds) for key, kinds in precision if len(kinds) > 1]
    if not mixed:
        return ""
    said = " and ".join(f"{PASSES[key]} some subjects in {in_a_row(kinds, 'and some in')}" for key, kinds in mixed)
    return f"The run {said}: it went on with another machine, and precision alone moves scores."


def will_mix(done: Mapping[str, UnitManifest], todo: int, here: str) -> str:
    """A sentence where the units that are to do would be sampled otherwise than those that are done; else empty.

    Args:
        done: subject -> manifest.
        todo: how many are left.
        here: the precision of sampling on this machine.
    """
    others = sorted(_names({unit.environment.get(SAMPLE_PRECISION) for unit in done.values()} - {here}))
    if not others or not todo:
        return ""
    return (
        f"{counted(len(done), 'subject')} that {'is' if len(done) == 1 else 'are'} done "
        f"{'was' if len(done) == 1 else 'were'} sampled in {in_a_row(others, 'and')}, the rest will be in {here} on this "
        "machine, which alone moves scores; a suite's [sampler] precision_required = true forbids that."
    )


def _names(found: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(name for name in found if isinstance(name, str)))


def in_a_row(kinds: Sequence[str], word: str) -> str:
    """Types' names joined by a word: "bfloat16 and float32"."""
    return f" {word} ".join(kinds)
