"""What the command line says beside its results, on stderr, and how much of it."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from dreambench.benchmark.terminal.hushing import unhush
from dreambench.dataset.harmless import harmless

if TYPE_CHECKING:
    from dreambench.benchmark.api.listener import Listener

Volume = Literal["quiet", "usual", "verbose"]
_volume: Volume = "usual"


def speak(volume: Volume) -> None:
    """Set how much is said from now on.

    Args:
        volume: "quiet" says nothing but errors; "verbose" adds what the libraries log and warn of, and tracebacks.
    """
    global _volume  # noqa: PLW0603  # one process is one command
    _volume = volume
    if volume == "verbose":
        logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
        unhush()


def is_verbose() -> bool:
    """Whether tracebacks are wanted."""
    return _volume == "verbose"


def echo(text: object, *, nl: bool = True, err: bool = False) -> None:
    """Print a result, or with `err` something beside it; a stranger's text in it does nothing to a terminal.

    Args:
        text: a text, or what has one, such as a path.
        nl: whether a line ends after it.
        err: to stderr.
    """
    stream = sys.stderr if err else sys.stdout
    stream.write(harmless(str(text)) + ("\n" if nl else ""))
    stream.flush()


def say(text: str) -> None:
    """A line of talk."""
    if _volume != "quiet":
        echo(text, err=True)


def complain(text: str) -> None:
    """What went wrong; it is said however quiet the command is."""
    echo(f"bench: {text}", err=True)


@contextmanager
def progress() -> "Iterator[Listener]":
    """Who hears how far a verb is: a bar on a terminal, plain lines elsewhere, nobody if quiet."""
    if _volume == "quiet":
        from dreambench.benchmark.api.listener import Silent

        yield Silent()
        return
    from dreambench.benchmark.api.progress import ProgressDisplay

    with ProgressDisplay() as display:
        yield display
