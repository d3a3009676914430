"""Who hears how far a verb is: a terminal, a notebook, nobody."""

import io
import sys
from itertools import pairwise
from types import ModuleType

import pytest

from dreambench.benchmark.api import progress
from dreambench.benchmark.api.listener import Silent
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.api.notebook import NotebookDisplay
from dreambench.benchmark.api.progress import LONGEST_INTERVAL, PLAIN_INTERVAL, ProgressDisplay


class Counted:
    """A meter that stands still."""

    def share(self) -> float | None:
        return 0.25

    def seconds_left(self) -> float | None:
        return 90.0

    def text(self) -> str:
        return "sampling <dog>"


class Kernel(ModuleType):
    """IPython as a notebook's kernel has it."""

    def __init__(self) -> None:
        super().__init__("IPython")
        self.shown: list[str] = []
        shown = self.shown

        class ZMQInteractiveShell:
            pass

        class Handle:
            def update(self, text: str) -> None:
                shown.append(text)

        self.get_ipython = ZMQInteractiveShell
        self.display = ModuleType("IPython.display")
        self.display.HTML = str
        self.display.display = lambda _html, display_id: Handle()


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    module = Kernel()
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", module.display)
    return module


def test_a_script_hears_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with listening(None) as listener:
        assert isinstance(listener, Silent)
        listener.say("loading")
        with listener.lock:
            listener.measure(Counted())
    assert capfd.readouterr() == ("", "")


def test_whoever_is_named_hears_it() -> None:
    mine = Silent()
    with listening(mine) as listener:
        assert listener is mine


def test_a_notebook_gets_one_line_that_is_rewritten_and_escaped(kernel: Kernel) -> None:
    with listening(None) as listener:
        assert isinstance(listener, NotebookDisplay)
        listener.say("loading")
        listener.note("<b>dog</b> failed")
        listener.measure(Counted())
        with listener.lock:
            pass
    assert kernel.shown[0] == "loading"
    assert '<progress value="0.2500"' in kernel.shown[-1]
    assert "25%, about 1 min 30 s left: sampling &lt;dog&gt;" in kernel.shown[-1]
    assert "&lt;b&gt;dog&lt;/b&gt; failed" in kernel.shown[-1]


def test_plain_lines_become_rarer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of hours should not have a thousand lines of progress."""
    now = 1000.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    stream = io.StringIO()
    display = ProgressDisplay(stream)  # not entered: no thread of its own
    display.measure(Counted())
    printed = []
    for _ in range(3600):
        now += 1.0
        before = stream.getvalue().count("\n")
        display.measure(Counted())
        if stream.getvalue().count("\n") > before:
            printed.append(now)
    gaps = [later - earlier for earlier, later in pairwise(printed)]
    assert PLAIN_INTERVAL <= gaps[0] < LONGEST_INTERVAL
    assert gaps == sorted(gaps)
    assert gaps[-1] == LONGEST_INTERVAL
    assert len(printed) < 70
