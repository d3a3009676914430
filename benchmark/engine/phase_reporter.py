"""Progress of a method's phases, sent on at a bearable rate."""

import time
from collections.abc import Callable
from typing import Final

from dreambench.benchmark.engine.messages import Progress

#: Seconds between two progress messages of a phase; the last of a phase is always sent.
PROGRESS_INTERVAL: Final = 0.2


class PhaseReporter:
    """Sends progress on with the seconds since the phase began, those in which the subjects waited left out.

    Args:
        subjects: whose.
        report: is told.
        ahead: whether it is of what is made for the subjects before they are begun.
    """

    def __init__(self, subjects: tuple[str, ...], report: Callable[[Progress], None], *, ahead: bool = False) -> None:
        self._subjects = subjects
        self._ahead = ahead
        self._report = report
        self._phase = ""
        self._began = self._sent = time.perf_counter()
        self._paused: float | None = None
        self._last_sent = ("", 0)

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps or images of a phase are done."""
        now = time.perf_counter()
        if phase != self._phase:
            # The first call comes after the first step, so the phase began when the one before it was last heard of.
            self._phase, self._began, self._sent = phase, self._sent if self._phase else self._began, 0.0
        if done >= total or now - self._sent >= PROGRESS_INTERVAL:
            self._send(phase, done, total, now)

    def of_batch(self, phase: str, done: int, total: int) -> None:
        """The same where a batch is through and the next may take long: it is sent at once."""
        self(phase, done, total)
        if self._last_sent != (phase, done):
            self._send(phase, done, total, time.perf_counter())

    def _send(self, phase: str, done: int, total: int, now: float) -> None:
        self._sent, self._last_sent = now, (phase, done)
        self._report(Progress(self._subjects, phase, done, total, now - self._began, ahead=self._ahead))

    def pause(self) -> None:
        """Something else is done for a while."""
        self._paused = time.perf_counter()

    def go_on(self) -> None:
        """The phase goes on where it was; without a pause before, nothing happens."""
        if self._paused is not None:
            waited = time.perf_counter() - self._paused
            self._began, self._sent, self._paused = self._began + waited, self._sent + waited, None
