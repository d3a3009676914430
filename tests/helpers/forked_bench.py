"""`bench` in processes of its own that cost a fork: one process loads the libraries, every command is forked from it.

So a command can be killed for good, thousands of times, without five seconds of loading each.
"""

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import psutil


@dataclass(frozen=True)
class Call:
    """A command to give.

    Attributes:
        words: what follows `bench`.
        cwd: the working directory.
        log: takes stdout and stderr.
        environment: variables beside those of the tests.
        paths: put before the others of `sys.path`.
        first: what is called in the new process before the command, each importable.
    """

    words: Sequence[str]
    cwd: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    paths: Sequence[Path] = ()
    first: Sequence[Callable[[], None]] = ()

    @property
    def begun(self) -> Path:
        """A file that is there once the command has begun."""
        return self.log.with_name(f"{self.log.name}.begun")


class Bench:
    """A command, in a session of its own, that has begun: from here on signals are its own matter."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self._process: Any = _context().Process(target=_give, args=(call,), daemon=False)
        call.begun.unlink(missing_ok=True)
        with mock.patch.object(sys.modules["__main__"], "__file__", None, create=True):  # or it would be run anew first
            self._process.start()
        while not call.begun.exists() and self._process.exitcode is None:
            self._process.join(0.002)

    @property
    def pid(self) -> int:
        """Its process, which is the number of its session too."""
        pid = self._process.pid
        assert pid is not None
        return int(pid)

    def wait(self, seconds: float) -> int | None:
        """Its exit code, -9 where SIGKILL ended it; None while it is at work."""
        self._process.join(seconds)
        code = self._process.exitcode
        return None if code is None else int(code)

    def said(self) -> str:
        """What it wrote on stdout and stderr."""
        return self.call.log.read_text(encoding="utf-8", errors="replace") if self.call.log.exists() else ""

    def others(self) -> list[psutil.Process]:
        """The processes of its session but itself: workers, and what they started."""
        return [process for process in of_session(self.pid) if process.pid != self.pid]


def bench(call: Call, *, seconds: float = 300) -> tuple[int, str]:
    """Give a command and wait for its end: exit code, and what it said."""
    given = Bench(call)
    code = given.wait(seconds)
    assert code is not None, f"bench {' '.join(call.words)} does not end: {given.said()}"
    return code, given.said()


def of_session(number: int) -> list[psutil.Process]:
    """The processes of a session that are alive."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


def _context() -> Any:
    context = multiprocessing.get_context("forkserver")
    server = multiprocessing.forkserver._forkserver  # type: ignore[attr-defined]
    if server._forkserver_pid is None:
        # The server does not take over the path: it is told here, for as long as it takes to start it.
        before = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        try:
            context.set_forkserver_preload(["loaded_libraries"])
            multiprocessing.forkserver.ensure_running()
        finally:
            os.environ.pop("PYTHONPATH")
            if before is not None:
                os.environ["PYTHONPATH"] = before
    return context


def _give(call: Call) -> None:
    os.setsid()
    with call.log.open("wb") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    for number in (signal.SIGINT, signal.SIGTERM):  # a CI in the background hands down ignored ones
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.environ.update(call.environment)
    tempfile.tempdir = None  # a library may have asked for it before
    os.chdir(call.cwd)
    sys.path[:0] = map(str, call.paths)
    sys.argv = ["bench", *call.words]
    from dreambench.benchmark.cli.app import main

    for prepare in call.first:
        prepare()
    os.close(os.open(call.begun, os.O_CREAT | os.O_WRONLY))
    try:
        main()
    finally:  # what ends the process here is multiprocessing, which Python's own end of a program is not
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
