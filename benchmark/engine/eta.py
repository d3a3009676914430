"""How long work still takes: speeds between bounds, what workers do side by side, and a time that does not jump. Pure."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import exp, expm1, inf, log
from typing import Final

#: A phase's speed counts as measured when its bounds are no further apart than this factor.
_MEASURED: Final = 4.0
#: What sums may be off by, since messages are taken out of them again.
_NOTHING: Final = 1e-6
#: The share of the time so far, or of the time left if that is less, within which the time that is shown follows what is
#: reckoned.
_LAG: Final = 0.25
#: Seconds, so that the first moments are not shown as they come.
_AT_FIRST: Final = 10.0


@dataclass(frozen=True)
class _Heard:
    """What one source said of one phase: after its first message, and after its last."""

    first: tuple[float, float]
    last: tuple[float, float]
    is_whole: bool


@dataclass
class _Sums:
    """Of all sources of a phase: (seconds, amount) after the first messages alone, and in all."""

    later_seconds: float = 0.0
    later_amount: float = 0.0
    seconds: float = 0.0
    amount: float = 0.0

    def add(self, heard: _Heard, sign: float) -> None:
        base = (0.0, 0.0) if heard.is_whole else heard.first
        self.later_seconds += sign * (heard.last[0] - base[0])
        self.later_amount += sign * (heard.last[1] - base[1])
        self.seconds += sign * heard.last[0]
        self.amount += sign * heard.last[1]

    @property
    def bounds(self) -> tuple[float, float]:
        """Seconds for one: at least, and at most."""
        if self.amount <= _NOTHING:
            return 0.0, inf
        high = self.seconds / self.amount
        low = self.later_seconds / self.later_amount if self.later_amount > _NOTHING * self.amount else 0.0
        return min(low, high), high


class Speeds:
    """Seconds for one image or step of every phase.

    Images come in batches, of which a message counts the first image alone after the time of all, and the first of anything
    warms the libraries up. So a message gives bounds: one takes at most the time so far for what is counted, and at least the
    time between the first message and the last for what came in it. Once the two are close the lower one is believed; until
    then a phase takes what its weight says beside those that are measured, as far as its bounds allow.

    Args:
        weights: phase -> what one image or step of it costs beside one of another phase.
        guesses: phase -> seconds, for phases that have no weight beside the others.
    """

    def __init__(self, weights: Mapping[str, float], guesses: Mapping[str, float]) -> None:
        self._weights, self._guesses = weights, guesses
        self._heard: dict[tuple[Hashable, str], _Heard] = {}
        self._sums = {phase: _Sums() for phase in (*weights, *guesses)}

    def note(self, source: Hashable, phase: str, *, seconds: float, amount: float, is_whole: bool) -> None:
        """Take note of a message.

        Args:
            source: who said it: every source goes through a phase once.
            phase: one of the weights or guesses.
            seconds: since it began with the phase.
            amount: what it did of the phase, in images or steps.
            is_whole: whether that is all of the phase.
        """
        now, sums = (seconds, amount), self._sums[phase]
        before = self._heard.get((source, phase))
        if before is not None:
            sums.add(before, -1)
        begins = before is None or seconds < before.last[0] or amount < before.last[1]  # begun again by another worker
        heard = _Heard(now if begins or before is None else before.first, now, is_whole)
        self._heard[source, phase] = heard
        sums.add(heard, 1)

    def rates(self) -> dict[str, float] | None:
        """Seconds for one of every phase; None while nothing is measured by which the weights could be read."""
        bounds = {phase: sums.bounds for phase, sums in self._sums.items()}
        measured = {phase: low for phase, (low, high) in bounds.items() if low > 0 and high <= _MEASURED * low}
        weighed = [phase for phase in measured if self._weights.get(phase, 0.0) > 0]
        if self._weights and not weighed:
            return None
        total = sum(self._sums[phase].seconds for phase in weighed)
        scale = exp(sum(self._sums[phase].seconds / total * log(measured[phase] / self._weights[phase]) for phase in weighed))
        expected = {phase: weight * scale for phase, weight in self._weights.items()} | dict(self._guesses)
        return {phase: measured.get(phase, min(max(expected[phase], low), high)) for phase, (low, high) in bounds.items()}


def makespan(running: Iterable[float], waiting: Iterable[float], *, workers: int) -> float:
    """When the last of some tasks ends, if every worker that is free takes the next.

    Args:
        running: seconds that tasks at work still take.
        waiting: seconds of those that wait, in the order in which they are begun.
        workers: tasks at work at once, 1 or more.
    """
    free = [0.0] * workers
    heapify(free)
    for seconds in (*sorted(running, reverse=True), *waiting):
        heapreplace(free, free[0] + seconds)
    return max(free)


class Steady:
    """A time left that runs down as the clock does, and moves to what is reckoned without a jump.

    It moves on a logarithmic scale, within a quarter of the time so far: what a minute taught is not thrown over by a second.
    """

    def __init__(self, began: float) -> None:
        self._began = self._seen = began
        self._left: float | None = None

    def follow(self, reckoned: float, *, now: float) -> float:
        """The time left to show.

        Args:
            reckoned: seconds, 0 or more, as far as is known now.
            now: the clock.
        """
        passed, self._seen = max(0.0, now - self._seen), now
        if self._left is None or reckoned <= 0 or self._left <= 0:
            self._left = reckoned
            return reckoned
        within = _LAG * min(now - self._began + _AT_FIRST, reckoned)
        share = -expm1(-passed / within)
        # Never below what the next step could not make up for: a task that is late is about to be done.
        running = max(self._left - passed, 0.5 * self._left)
        self._left = exp((1 - share) * log(running) + share * log(reckoned))
        return self._left
