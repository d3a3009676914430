"""The listener that suits where Python runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dreambench.benchmark.api.listener import Listener, Silent
from dreambench.benchmark.api.notebook import NotebookDisplay
from dreambench.benchmark.api.progress import ProgressDisplay


@contextmanager
def listening(listener: Listener | None) -> Iterator[Listener]:
    """The listener that a verb tells: the one that was given, or what suits where Python runs.

    In a notebook that is a bar below the cell, in an interactive session a bar on the terminal, in a script nothing.
    """
    if listener is not None:
        yield listener
        return
    if _in_notebook():
        yield NotebookDisplay()
    elif hasattr(sys, "ps1") and sys.stderr.isatty():
        with ProgressDisplay() as display:
            yield display
    else:
        yield Silent()


def _in_notebook() -> bool:
    """Whether this is a notebook's kernel; IPython is never imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
