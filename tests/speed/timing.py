"""Medians of repeated measurements, and what a benchmark hands back."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

Measure = Callable[[], float]
"""Does the work once and returns what it took, for one unit of work."""


@dataclass(frozen=True)
class Figure:
    """A median and, where there is a plain way to do the same, that way's median beside it; both in `unit`, less is better."""

    benchmark: str
    way: str
    value: float
    unit: str
    plain_way: str | None = None
    plain_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the plain way takes of ours; above 1, ours is faster."""
        return None if self.plain_value is None else self.plain_value / self.value


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """Wall-clock seconds of one call, the device's queue emptied before and after."""
    _wait_for(device)
    start = time.perf_counter()
    work()
    _wait_for(device)
    return time.perf_counter() - start


def median_pair(ours: Measure, plain: Measure, *, repeats: int) -> tuple[float, float]:
    """The medians of two ways, after one untimed call of each.

    The two take turns, so that what else the machine does falls on both alike.
    """
    ours(), plain()
    pairs = [(ours(), plain()) for _ in range(repeats)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
