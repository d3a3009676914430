"""Progress below a notebook's cell."""

import html
import threading
import time
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Final

from dreambench.benchmark.api.listener import Meter
from dreambench.benchmark.reporting.wording import duration

_INTERVAL: Final = 0.5


class NotebookDisplay:
    """A bar with what is going on, rewritten as the work goes on, and a line for each remark."""

    def __init__(self) -> None:
        shown: Any = import_module("IPython.display")  # there where this is used; no dependency
        self._html = shown.HTML
        self._handle = shown.display(shown.HTML(""), display_id=True)
        self._notes: list[str] = []
        self._meter: Meter | None = None
        self._text, self._shown = "", 0.0
        self._lock = _ShownOnExit(self)

    def say(self, text: str) -> None:
        """What is going on now."""
        self._text = text
        self._show(at_once=True)

    def note(self, text: str) -> None:
        """A line that stays."""
        self._notes.append(text)
        self._show(at_once=True)

    def measure(self, meter: Meter | None) -> None:
        """Show a meter from now on."""
        self._meter, self._text = meter, ""
        self._show(at_once=True)

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Whoever changes the meter holds it; the line is rewritten when it is let go."""
        return self._lock

    def refresh(self) -> None:
        """Rewrite the line, if that was not done just now."""
        self._show(at_once=False)

    def _show(self, *, at_once: bool) -> None:
        if not at_once and time.monotonic() - self._shown < _INTERVAL:
            return
        self._shown = time.monotonic()
        lines = [html.escape(note) for note in self._notes]
        share = None if self._meter is None else self._meter.share()
        text = self._text or ("" if self._meter is None else self._meter.text())
        if share is not None and self._meter is not None:
            left = self._meter.seconds_left()
            about = "" if left is None else f", about {duration(left)} left"
            lines.append(f'<progress value="{share:.4f}" max="1"></progress> {share:.0%}{about}: {_below(text)}')
        else:
            lines.append(_below(text))
        self._handle.update(self._html("<br>".join(lines)))


def _below(text: str) -> str:
    """A text of several lines in HTML."""
    return "<br>".join(html.escape(line) for line in text.splitlines())


class _ShownOnExit:
    """A lock that has the display rewritten when it is let go."""

    def __init__(self, display: NotebookDisplay) -> None:
        self._display, self._lock = display, threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()
        self._display.refresh()
