"""In what arithmetic a run's images were made. The same seed gives other images in bfloat16 than in float32, so it is said.

Arithmetic is the machine's as long as a suite does not demand one, so a run that went on elsewhere may mix two.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.runs.units import SAMPLE_PRECISION, TRAIN_PRECISION, UnitManifest
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.benchmark.results.comparison import ScoredRun
    from dreambench.benchmark.results.finished import FinishedRun

_WHAT = {"train": "trained", "sample": "sampled"}


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
    said = " and ".join(f"{_WHAT[key]} some subjects in {_listed(kinds, 'and some in')}" for key, kinds in mixed)
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
        f"{'was' if len(done) == 1 else 'were'} sampled in {_listed(others, 'and')}, the rest will be in {here} on this "
        "machine, which alone moves scores; a suite's [sampler] precision_required = true forbids that."
    )


def precision_in_words(runs: "Sequence[ScoredRun]") -> list[str]:
    """Sentences for a table of runs: those that mix two precisions, and that runs differ in theirs."""
    known = [(run.label, found) for run in runs if (found := precision_of_run(run.run)) is not None]
    said = [f"{label}: {mixture(found)}" for label, found in known if mixture(found)]
    for key, what in _WHAT.items():
        by_kind: dict[tuple[str, ...], list[str]] = {}
        for label, found in known:
            if kinds := getattr(found, key):
                by_kind.setdefault(kinds, []).append(label)
        if len(by_kind) > 1:
            parts = [f"{', '.join(labels)} {what} in {_listed(kinds, 'and')}" for kinds, labels in by_kind.items()]
            said.append(f"The runs differ in precision, which alone moves scores: {'; '.join(parts)}.")
    return said


def precision_against(run: "ScoredRun", baseline: PrecisionRecord | None) -> list[str]:
    """Sentences for a run that is held against a baseline: that it mixes two precisions, or has another than the baseline."""
    found = precision_of_run(run.run)
    said = [text] if (text := mixture(found)) else []
    if found is None or baseline is None:
        return said
    for key, what in _WHAT.items():
        now, before = getattr(found, key), getattr(baseline, key)
        if now and before and now != before:
            here, there = _listed(now, "and"), _listed(before, "and")
            said.append(f"The run was {what} in {here}, the baseline in {there}: that alone moves scores.")
    return said


def precision_of_run(run: "FinishedRun") -> PrecisionRecord | None:
    """A run's, as its summary says it, or its manifests where it is of an earlier version; None where nobody knows."""
    if run.summary.precision is not None or run.record is None:
        return run.summary.precision
    return precision_of(run.manifests().values(), uses_sampler=run.record.sampler is not None)


def _names(found: Iterable[object]) -> tuple[str, ...]:
    return tuple(sorted(name for name in found if isinstance(name, str)))


def _listed(kinds: Sequence[str], word: str) -> str:
    return f" {word} ".join(kinds)
