"""The engine `processes`: single-threaded worker processes that take groups of units one after another.

One thread a process keeps the results independent of the number of workers (sums over threads round differently), and for
small models it is also the fastest way to use several cores.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from dreambench.baselines.model_files import stored_parameters
from dreambench.baselines.model_sources import resolve_folder
from dreambench.baselines.registry import build_method
from dreambench.benchmark.engine.engine import Engine, Report, Tally
from dreambench.benchmark.engine.failures import load_failure
from dreambench.benchmark.engine.groups import Group, groups_of
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, Outcome, Tick, UnitDone
from dreambench.benchmark.machine.device import Device, is_gpu
from dreambench.benchmark.machine.environment import usable_cores
from dreambench.benchmark.machine.resources import Resources, count_workers, worker_memory_bytes
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit

_SINGLE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_TICK_SECONDS: Final = 0.5
#: How often a unit is begun, and a worker is started that then vanishes (is killed, for want of memory mostly) as it loads.
ATTEMPTS: Final = 3
#: Workers that may vanish one after another, without a unit being done in between, before no new ones are started.
_DEATHS_IN_A_ROW: Final = 2 * ATTEMPTS


@dataclass
class _Member:
    process: BaseProcess
    connection: "Connection[Sequence[Unit] | None, Message]"
    device: Device
    group: Group = ()
    ended: frozenset[str] = frozenset()


class Processes(Engine):
    """Does units in worker processes, each taking the next group as soon as it is free.

    The workers end with this process, however it ends. The units of a worker that vanishes are begun again, after the others
    and each by itself, up to `ATTEMPTS` times in all.
    """

    def __init__(self) -> None:
        self._crew: _Crew | None = None

    def side_by_side(self, plan: RunPlan, resources: Resources, *, units: int) -> int:
        """As many as are asked for; else on a CPU a process a core, as far as memory allows, and on a GPU one."""
        if resources.workers is not None or is_gpu(resources.device):
            return max(1, min(resources.workers or 1, units))
        from dreambench.baselines.memory import free_host_memory  # loads torch, which a worker should not do before it begins

        return count_workers(
            units=units, cores=usable_cores(), free_memory=free_host_memory(), worker_memory=memory_of_worker(plan)
        )

    def run(self, plan: RunPlan, units: Sequence[Unit], resources: Resources, report: Report) -> Outcome:
        """Do the units in worker processes."""
        workers = self.side_by_side(plan, resources, units=len(units))
        tally = Tally(report)
        self._crew = _Crew(plan, resources, groups_of(plan, units, workers=workers), tally)
        self._crew.work(workers)
        return tally.outcome(units)

    def stop(self) -> None:
        """End every worker that is still there."""
        if self._crew is not None:
            self._crew.stop()


def memory_of_worker(plan: RunPlan) -> int:
    """Bytes that a worker takes: what the method says, or what its base model is likely to need."""
    own = build_method(plan.method, plan.settings).memory_bytes
    if own is not None:
        return own
    weights = 0 if plan.model is None else stored_parameters(resolve_folder(plan.model.source, plan.model.revision))
    return worker_memory_bytes(weights)


def devices_of(resources: Resources) -> tuple[Device, ...]:
    """The devices that workers share: all GPUs where "cuda" and a number of workers are asked for, else the one device."""
    if resources.device != "cuda" or resources.workers is None:
        return (resources.device,)
    import torch

    return tuple(f"cuda:{number}" for number in range(torch.cuda.device_count())) or (resources.device,)


def least_used(devices: Sequence[Device], in_use: Collection[Device]) -> Device:
    """The device with the fewest workers on it, the first of several."""
    count = Counter(in_use)
    return min(devices, key=lambda device: count[device])


class _Crew:
    def __init__(self, plan: RunPlan, resources: Resources, groups: Sequence[Group], tally: Tally) -> None:
        self._plan = plan
        self._resources = resources
        self._pending = deque(groups)
        self._tally = tally
        self._members: list[_Member] = []
        self._devices = devices_of(resources)
        self._begun: Counter[str] = Counter()
        self._lost: dict[str, str] = {}
        self._deaths = self._deaths_in_loading = 0

    def work(self, workers: int) -> None:
        for _ in range(min(workers, len(self._pending))):
            self._members.append(self._start())
        while self._members and not self._tally.halted:
            ready = multiprocessing.connection.wait([member.connection for member in self._members], timeout=_TICK_SECONDS)
            for member in [member for member in self._members if member.connection in ready]:
                try:
                    message = member.connection.recv()
                except (EOFError, OSError):
                    self._bury(member)
                else:
                    self._receive(member, message)
            self._tally.receive(Tick())
        for unit in [unit for group in self._pending for unit in group if unit.subject in self._lost]:
            self._tally.receive(Failure((unit.subject,), "unexpected", self._lost[unit.subject], ""))

    def stop(self) -> None:
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
                member.ended |= {manifest.subject}
                self._deaths = 0
            case Failure(subjects):
                member.ended |= set(subjects)
            case Loaded() | GroupFinished():
                self._deaths_in_loading = 0
                self._hand_out(member)
            case _:
                pass
        self._tally.receive(message)

    def _hand_out(self, member: _Member) -> None:
        member.group, member.ended = (), frozenset()
        if self._pending:
            member.group = self._pending.popleft()
            self._begun.update(unit.subject for unit in member.group)
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
        """A worker vanished: what it had not done is begun again, and another takes its place, within bounds."""
        member.process.join(5)
        code = member.process.exitcode
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
            how += " (often: the machine ran out of memory)" if -code == signal.SIGKILL else ""
        self._members.remove(member)
        member.connection.close()
        self._deaths += 1
        for unit in [unit for unit in member.group if unit.subject not in member.ended]:
            times = self._begun[unit.subject]
            self._lost[unit.subject] = f"the worker process {how}" + (f", {times} times" if times > 1 else "")
            if times < ATTEMPTS:
                self._pending.append((unit,))  # by itself: whatever ended the worker must not take the others along again
            else:
                self._tally.receive(Failure((unit.subject,), "unexpected", self._lost[unit.subject], ""))
        if not member.group:
            self._deaths_in_loading += 1
        may_start = self._deaths < _DEATHS_IN_A_ROW and self._deaths_in_loading < ATTEMPTS
        if self._pending and may_start:
            self._members.append(self._start())
        elif not self._members and self._deaths_in_loading >= ATTEMPTS:
            self._tally.receive(Failure((), "unexpected", f"the worker process {how} while it loaded its models", ""))

    def _start(self) -> _Member:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        device = least_used(self._devices, [member.device for member in self._members])
        arguments = (theirs, self._plan, replace(self._resources, device=device))
        process = context.Process(target=_worker_main, args=arguments, daemon=True, name="bench-worker")
        with _inherited_by_workers():
            process.start()
        theirs.close()  # so that the pipe ends when the worker does
        return _Member(process, ours, device)


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


def _worker_main(connection: "Connection[Message, Sequence[Unit] | None]", plan: RunPlan, resources: Resources) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import torch

    from dreambench.benchmark.engine.work import Worker

    torch.set_num_threads(1)
    try:
        worker = Worker(plan, resources, connection.send)
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
