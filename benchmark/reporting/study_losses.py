"""The loss of a study's variants along their training, from what their units recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES, bin_edges
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.statistics import bootstrap_interval
from dreambench.dataset.words import counted
from dreambench.reports.cells import Cell, known
from dreambench.reports.plots import LossCurve, LossPlot

#: A step's loss depends most on how much noise it drew, so a point that is drawn is a mean over several that are recorded,
#: except in a training of so few steps that a line would have fewer points than these.
_POINTS: Final = 25
_OF_ONE: Final = 4
_LEAST: Final = 5


@dataclass(frozen=True, eq=False)
class _Training:
    """A variant's training: its number of steps, and subject -> the losses at as many points for every subject."""

    steps: int
    of_subject: Mapping[str, NDArray[np.float64]]


def loss_plot(labels: Sequence[str], variants: Sequence[Sequence[FinishedRun]]) -> tuple[LossPlot | None, list[str]]:
    """Loss against steps, and what a reader must know of what is not drawn.

    Variants with the very same training, as those that differ in sampling, share a line; of moments of one training the longest
    is drawn.

    Args:
        labels: of the variants.
        variants: each one's runs, one a seed.

    Returns:
        No plot where all were trained in the same way, or where the units do not hold the losses of the reference images.
    """
    manifests = [[run.manifests() for run in runs] for runs in variants]
    alike: list[list[int]] = []
    for number, of_variant in enumerate(manifests):
        if not any(unit.losses for units in of_variant for unit in units.values()):
            continue
        group = next((group for group in alike if _losses_of(manifests[group[0]]) == _losses_of(of_variant)), None)
        if group is None:
            alike.append([number])
        else:
            group.append(number)
    if len(alike) < 2:
        return None, []
    found = [_training(manifests[group[0]]) for group in alike]
    said = []
    lacking = [labels[number] for group, training in zip(alike, found, strict=True) if training is None for number in group]
    if lacking:
        said.append(
            f"Loss against steps is not drawn of {', '.join(lacking)}: the units do not hold the losses of the reference "
            "images alone, since an earlier version made them, or since the method does not record them."
        )
    firsts = [manifests[group[0]] for group in alike]
    curves = [
        _curve(f"{labels[group[0]]}{f' and {len(group) - 1} more' if len(group) > 1 else ''}", training)
        for group, training in zip(alike, found, strict=True)
        if training is not None and not any(_begins(manifests[group[0]], other) for other in firsts)
    ]
    if not curves:
        return None, said
    subjects = max(len(training.of_subject) for training in found if training is not None)
    return LossPlot("How does the loss fall along the training?", f"{counted(subjects, 'subject')} a variant.", curves), said


def _losses_of(seeds: Sequence[Mapping[str, UnitManifest]]) -> list[dict[str, tuple[float, ...]]]:
    return [{name: unit.losses for name, unit in units.items()} for units in seeds]


def _training(seeds: Sequence[Mapping[str, UnitManifest]]) -> _Training | None:
    """A variant's training; None where it took no step, or a unit lacks its losses or took another number of steps."""
    units = [unit for of_seed in seeds for unit in of_seed.values()]
    rows = [_losses(unit) for unit in units]
    lengths = {(unit.steps, len(row)) for unit, row in zip(units, rows, strict=True)}
    if len(lengths) != 1:
        return None
    ((steps, n_points),) = lengths
    if not steps or not n_points:
        return None
    by_subject: dict[str, list[list[float]]] = {}
    for unit, row in zip(units, rows, strict=True):
        by_subject.setdefault(unit.subject, []).append(row)
    return _Training(steps, {subject: np.mean(of_seeds, axis=0) for subject, of_seeds in by_subject.items()})


def _losses(unit: UnitManifest) -> list[float]:
    """What a unit recorded of its reference images' loss; empty where that is no list of numbers."""
    found = unit.details.get(REFERENCE_LOSSES)
    if not isinstance(found, list) or not all(isinstance(value, int | float) and isfinite(value) for value in found):
        return []
    return [float(value) for value in found]


def _begins(seeds: Sequence[Mapping[str, UnitManifest]], others: Sequence[Mapping[str, UnitManifest]]) -> bool:
    """Whether a training is the beginning of another, longer one."""
    return all(
        name in theirs
        and len(unit.losses) < len(theirs[name].losses)
        and theirs[name].losses[: len(unit.losses)] == unit.losses
        for ours, theirs in zip(seeds, others, strict=True)
        for name, unit in ours.items()
    )


def _curve(label: str, training: _Training) -> LossCurve:
    rows = np.array(list(training.of_subject.values()))
    n_points = rows.shape[1]
    of_point = bin_edges(training.steps, n_points)  # the steps of each recorded point
    n_drawn = min(_POINTS, max(n_points // _OF_ONE, min(n_points, _LEAST)))
    of_drawn = bin_edges(n_points, n_drawn)  # the recorded points of each that is drawn
    steps, cells = [], []
    for low, high in pairwise(of_drawn):
        interval = bootstrap_interval(rows[:, low:high].mean(axis=1))
        steps.append((of_point[low] + 1 + of_point[high]) / 2)
        cells.append(Cell(known(interval.mean), known(interval.low), known(interval.high)))
    return LossCurve(label, steps, cells)
