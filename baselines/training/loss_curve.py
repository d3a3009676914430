"""A training's loss as a curve that is short enough to be kept, whatever the number of steps. No torch in here."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

#: In a subject's details: the loss of its reference images alone, as `loss_curve` makes it. What else is trained on (class
#: images) is left out, so that methods and settings compare. A plug-in's method may record it too.
REFERENCE_LOSSES: Final = "reference_losses"
#: The most points of a curve.
POINTS: Final = 100


def loss_curve(losses: Sequence[float]) -> list[float]:
    """The losses of a training, one a step, as at most 100 means over bins of equally many steps, to 6 decimals.

    Where the steps cannot be shared out evenly, bins differ by one step; `bin_edges` says which.
    """
    edges = bin_edges(len(losses), min(POINTS, len(losses)))
    return [round(sum(losses[low:high]) / (high - low), 6) for low, high in pairwise(edges)]


def bin_edges(steps: int, bins: int) -> list[int]:
    """Where the bins begin, and the last one ends: bin n holds the steps from edge n up to edge n + 1, counted from 0."""
    return [number * steps // bins for number in range(bins + 1)] if bins else [0]
