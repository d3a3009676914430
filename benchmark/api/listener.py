"""Who hears how far a verb is. The verbs print nothing themselves."""

import threading
from contextlib import AbstractContextManager
from typing import Protocol


class Meter(Protocol):
    """What counts some work: a run's units, or the bytes of a download."""

    def share(self) -> float | None:
        """The part that is done, from 0 to 1; None: not known yet."""

    def seconds_left(self) -> float | None:
        """How long the rest takes; None: not known yet."""

    def text(self) -> str:
        """What is going on."""


class Listener(Protocol):
    """Is told what a verb does, from any thread."""

    def say(self, text: str) -> None:
        """What is going on now, while no meter counts it."""

    def note(self, text: str) -> None:
        """A line that stays: a unit that failed, a remark."""

    def measure(self, meter: Meter | None) -> None:
        """Show a meter's share, time and text from now on; None goes back to what is said."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while the meter is read; a verb holds it to change the meter."""


class Silent:
    """Hears everything and shows nothing: what a script gets if it asks for no progress."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def say(self, text: str) -> None:
        """Nothing is shown."""

    def note(self, text: str) -> None:
        """Nothing is shown."""

    def measure(self, meter: Meter | None) -> None:
        """Nothing is shown."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """A lock of its own."""
        return self._lock
