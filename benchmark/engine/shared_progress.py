"""The progress of what subjects share, whose parts several workers make: one message for all parts together."""

from dataclasses import replace

from dreambench.benchmark.engine.jobs import Preparation
from dreambench.benchmark.engine.messages import Progress


class SharedProgress:
    """Adds up what the workers say of the parts."""

    def __init__(self) -> None:
        self._heard: dict[str, dict[int, Progress]] = {}

    def summed(self, of: Preparation, message: Progress) -> Progress:
        """A part's message with the pictures and seconds of all parts of the same; never more than there are."""
        parts = self._heard.setdefault(of.what, {})
        if of.part is None:  # it counts the parts that are there itself
            seconds = message.seconds + sum(part.seconds for part in parts.values())
            return replace(message, seconds=seconds)
        parts[of.part] = message
        done, seconds = sum(part.done for part in parts.values()), sum(part.seconds for part in parts.values())
        return replace(message, done=min(message.total, done), seconds=seconds)
