"""How `bench dataset fetch` shows what arrives."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from dreambench.dataset.downloading import Listener
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.benchmark.api.listener import Listener as TalkListener


class FetchMeter:
    """Counts bytes: the part that has arrived, and the time for the rest at the pace so far."""

    def __init__(self, files: int, total_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._files, self._total, self._received = files, total_bytes, 0
        self._clock, self._began = clock, clock()

    def receive(self, n_bytes: int) -> None:
        """So many more bytes have arrived; negative where a file has to begin anew."""
        self._received += n_bytes

    def share(self) -> float | None:
        """The part that has arrived, from 0 to 1."""
        return min(1.0, self._received / self._total) if self._total else None

    def seconds_left(self) -> float | None:
        """The time for the rest at the pace so far; None before anything has arrived."""
        if self._received <= 0:
            return None
        return (self._total - self._received) * (self._clock() - self._began) / self._received

    def text(self) -> str:
        """ "fetching 161 files, 12.3 of 111.7 MB"."""
        return f"fetching {counted(self._files, 'file')}, {self._received / 1e6:.1f} of {self._total / 1e6:.1f} MB"


class ShownFetch(Listener):
    """Passes what a fetch tells on to the progress display."""

    def __init__(self, display: "TalkListener") -> None:
        self._display = display
        self._meter: FetchMeter | None = None

    def expect(self, files: int, total_bytes: int) -> None:
        """Begin to count."""
        self._meter = FetchMeter(files, total_bytes)
        self._display.measure(self._meter)

    def receive(self, n_bytes: int) -> None:
        """Count; several threads call this."""
        if self._meter is not None:
            with self._display.lock:
                self._meter.receive(n_bytes)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._display.note(text)
