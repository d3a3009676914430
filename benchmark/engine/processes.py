"""The engine for a CPU: single-threaded worker processes that take groups of units one after another.

One thread a process keeps the results independent of the number of workers (sums over threads round differently), and for
small models it is also the fastest way to use several cores.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from dreambench.benchmark.engine.job import Job
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, Outcome, Tick, UnitDone
from dreambench.benchmark.runs.units import Unit, UnitManifest

_SINGLE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_TICK_SECONDS: Final = 0.5
#: Workers that may vanish (be killed, for want of memory mostly) before the run gives up starting new ones.
_MAX_DEATHS: Final = 3


@dataclass
class _Member:
    process: BaseProcess
    connection: "Connection[Sequence[Unit] | None, Message]"
    group: tuple[Unit, ...] = ()
    ended: frozenset[str] = frozenset()


def run_in_processes(
    job: Job, groups: Sequence[tuple[Unit, ...]], *, workers: int, on_message: Callable[[Message], None]
) -> Outcome:
    """Do groups of units in `workers` processes, each taking the next group as soon as it is free.

    A unit that fails is noted and the others go on; a full disk, or a worker that cannot load its models, stops the whole.
    The workers end with this process, however it ends.
    """
    crew = _Crew(job, groups, on_message)
    try:
        return crew.work(workers)
    finally:
        crew.stop()


class _Crew:
    def __init__(self, job: Job, groups: Sequence[tuple[Unit, ...]], on_message: Callable[[Message], None]) -> None:
        self._job = job
        self._pending = deque(groups)
        self._on_message = on_message
        self._members: list[_Member] = []
        self._done: dict[str, UnitManifest] = {}
        self._failures: list[Failure] = []
        self._deaths = 0
        self._halted = False

    def work(self, workers: int) -> Outcome:
        for _ in range(min(workers, len(self._pending))):
            self._members.append(_start(self._job))
        while self._members and not self._halted:
            ready = multiprocessing.connection.wait([member.connection for member in self._members], timeout=_TICK_SECONDS)
            for member in [member for member in self._members if member.connection in ready]:
                try:
                    message = member.connection.recv()
                except (EOFError, OSError):
                    self._bury(member)
                else:
                    self._receive(member, message)
            self._on_message(Tick())
        ended = self._done.keys() | {name for failure in self._failures for name in failure.subjects}
        begun = [unit for member in self._members for unit in member.group]  # cut short by a halt
        untried = [unit.subject for unit in [*begun, *(unit for group in self._pending for unit in group)]]
        return Outcome(self._done, tuple(self._failures), tuple(name for name in untried if name not in ended))

    def stop(self) -> None:
        """End every worker that is still there. A unit it was at stays without a manifest, so it will be redone."""
        for member in self._members:
            member.process.terminate()
        for member in self._members:
            member.process.join(5)
            if member.process.is_alive():
                member.process.kill()
                member.process.join()
            member.connection.close()
        self._members = []

    def _receive(self, member: _Member, message: Message) -> None:
        match message:
            case UnitDone(manifest):
                self._done[manifest.subject] = manifest
                member.ended |= {manifest.subject}
            case Failure(subjects, kind):
                self._failures.append(message)
                member.ended |= set(subjects)
                self._halted = self._halted or kind == "disk_full" or not subjects
            case Loaded() | GroupFinished():
                self._hand_out(member)
        self._on_message(message)

    def _hand_out(self, member: _Member) -> None:
        member.group, member.ended = (), frozenset()
        if self._pending:
            member.group = self._pending.popleft()
            with contextlib.suppress(OSError):  # it has just died: the next look at its pipe finds that out
                member.connection.send(member.group)
        else:
            with contextlib.suppress(OSError):
                member.connection.send(None)
            self._members.remove(member)
            member.process.join(10)
            if member.process.is_alive():
                member.process.kill()
            member.connection.close()

    def _bury(self, member: _Member) -> None:
        """A worker vanished: its units have failed, and another takes its place unless that happened too often."""
        member.process.join(5)
        code = member.process.exitcode
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
            how += " (often: the machine ran out of memory)" if -code == signal.SIGKILL else ""
        lost = tuple(unit.subject for unit in member.group if unit.subject not in member.ended)
        self._members.remove(member)
        member.connection.close()
        self._deaths += 1
        if lost or not member.group:
            failure = Failure(lost, "unexpected", f"the worker process {how}", "")
            self._failures.append(failure)
            self._on_message(failure)
        if not member.group:
            self._halted = True  # it died while it loaded its models: so would the next
        elif self._pending and self._deaths < _MAX_DEATHS:
            self._members.append(_start(self._job))


def _start(job: Job) -> _Member:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_worker_main, args=(theirs, job), daemon=True, name="bench-worker")
    with _inherited_by_workers():
        process.start()
    theirs.close()  # so that the pipe ends when the worker does
    return _Member(process, ours)


@contextlib.contextmanager
def _inherited_by_workers() -> Iterator[None]:
    """One thread for every numerical library, and no Ctrl-C: the terminal sends it to all, but only the parent answers."""
    before = {name: os.environ.get(name) for name in _SINGLE_THREAD}
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread else None
    os.environ.update(_SINGLE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if in_main_thread:
            signal.signal(signal.SIGINT, handler)


def _worker_main(connection: "Connection[Message, Sequence[Unit] | None]", job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import torch

    from dreambench.benchmark.engine.work import Worker, load_failure

    torch.set_num_threads(1)
    try:
        worker = Worker(job, connection.send)
    except Exception as error:
        connection.send(load_failure(error))
        return
    with contextlib.suppress(EOFError):
        while (group := connection.recv()) is not None:
            worker.do(group)


def _end_with_parent() -> None:
    """Wait for the parent's end and leave at once: a killed parent must not leave workers at work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
