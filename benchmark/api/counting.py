"""A meter for work that is counted as it is done: files, pictures."""

import time

from dreambench.benchmark.api.listener import Listener


class Counting:
    """Counts things for a listener, as if each took as long."""

    def __init__(self, listener: Listener, what: str) -> None:
        """`what` is going on: "reading the submissions"."""
        self._listener, self._what = listener, what
        self._began = time.monotonic()
        self._done, self._total = 0, 0

    def count(self, done: int, total: int) -> None:
        """So many are done."""
        with self._listener.lock:
            self._done, self._total = done, total

    def share(self) -> float | None:
        """The part that is done; None before the first count."""
        return self._done / self._total if self._total else None

    def seconds_left(self) -> float | None:
        """How long the rest takes; None before one is done."""
        if not self._done:
            return None
        return (time.monotonic() - self._began) / self._done * (self._total - self._done)

    def text(self) -> str:
        """What is going on, and how many are done."""
        return f"{self._what}, {self._done} of {self._total}" if self._total else self._what
