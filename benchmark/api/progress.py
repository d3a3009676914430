"""Progress on stderr: one bar with an ETA on a terminal, elsewhere a plain line after ten seconds, then ever more rarely."""

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from dreambench.benchmark.api.listener import Meter
from dreambench.benchmark.reporting.wording import duration
from dreambench.dataset.harmless import harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

#: Seconds between two plain lines: at first, and at most. A log of hours should not have a thousand of them.
PLAIN_INTERVAL: Final = 10.0
LONGEST_INTERVAL: Final = 60.0
_BACK_OFF: Final = 1.5
_TICK_SECONDS: Final = 0.5
_FRAMES: Final = 8


class ProgressDisplay:
    """Shows what a run is doing from its first second to its last. Use it in a `with` block.

    Before a meter is attached only `say` is shown. A thread keeps the display moving while the main thread computes.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._bar = _Bar(self._stream) if self._stream.isatty() else None
        self._meter: Meter | None = None
        self._text = ""
        self._began = time.monotonic()
        self._printed, self._interval = 0.0, PLAIN_INTERVAL
        self._stop = threading.Event()
        self._lock = threading.RLock()
        self._thread = threading.Thread(target=self._keep_moving, daemon=True)

    def say(self, text: str) -> None:
        """What is going on now, while no meter counts it; a line of its own where there is no bar."""
        with self._lock:
            self._text = text
            if self._bar is None:
                self._print(text)
            self._show()

    def note(self, text: str) -> None:
        """A line that stays: a unit that failed, a remark."""
        with self._lock:
            if self._bar is not None:
                self._bar.note(text)
            else:
                self._stream.write(f"{harmless(text)}\n")
                self._stream.flush()

    def measure(self, meter: Meter | None) -> None:
        """Show a meter's share, time and text from now on; None goes back to what is said."""
        with self._lock:
            self._meter, self._text = meter, ""
            self._show()

    @property
    def lock(self) -> threading.RLock:
        """Held while the meter is read; hold it to change the meter."""
        return self._lock

    def _keep_moving(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            with self._lock:
                self._show()

    def _show(self) -> None:
        share = None if self._meter is None else self._meter.share()
        left = None if self._meter is None else self._meter.seconds_left()
        text = self._text or ("" if self._meter is None else self._meter.text())
        if self._bar is not None:
            self._bar.update(share, left, text)
        elif share is not None and time.monotonic() - self._printed >= self._interval:
            about = f", about {duration(left)} left" if left is not None else ""
            self._print(f"{share:4.0%}{about}: {'; '.join(text.splitlines())}")
            self._interval = min(LONGEST_INTERVAL, _BACK_OFF * self._interval)

    def _print(self, text: str) -> None:
        self._printed = time.monotonic()
        self._stream.write(f"[{duration(time.monotonic() - self._began)}] {harmless(text)}\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        if self._bar is not None:
            self._bar.stop()


class _Bar:
    """A rich progress bar, with what is going on beside it or, if that has several lines, below it; the library is loaded only
    for a terminal."""

    def __init__(self, stream: TextIO) -> None:
        from rich.live import Live
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        from dreambench.reports.console import make_console

        console = make_console(file=stream)
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[percent]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[eta]}"),
            TextColumn("{task.description}", markup=False),
            console=console,
        )
        self._task: Any = self._progress.add_task("starting", total=None, percent="", eta="")
        self._below: list[str] = []
        self._live = Live(get_renderable=self._drawn, console=console, transient=True, refresh_per_second=_FRAMES)

    def start(self) -> None:
        self._live.start(refresh=True)

    def stop(self) -> None:
        self._live.stop()

    def note(self, text: str) -> None:
        self._live.console.print(text, markup=False, highlight=False)

    def update(self, share: float | None, left: float | None, text: str) -> None:
        lines = text.splitlines()
        self._below = lines if len(lines) > 1 else []
        beside = "" if self._below else text
        if share is None:
            self._progress.update(self._task, total=None, percent="", eta="", description=beside)
        else:
            eta = "" if left is None else f"{duration(left)} left"
            percent = f"{share:4.0%}"
            self._progress.update(self._task, total=1.0, completed=share, percent=percent, eta=eta, description=beside)

    def _drawn(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        # Cut, not wrapped: a view that grows and shrinks would jump.
        lines = [Text(f"  {line}", no_wrap=True, overflow="ellipsis") for line in self._below]
        return Group(self._progress, *lines)
