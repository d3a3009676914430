"""The engine `processes`: single-threaded worker processes that take tasks one after another.

One thread a process keeps the results independent of the number of workers (sums over threads round differently), and for
small models it is also the fastest way to use several cores.
"""

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from dreambench.baselines.model.files.contents import stored_parameters
from dreambench.baselines.model.files.sources import resolve_folder
from dreambench.baselines.registry import build_method
from dreambench.benchmark.engine.crew import Crew
from dreambench.benchmark.engine.engine import Engine, Report, Tally
from dreambench.benchmark.engine.failures import load_failure
from dreambench.benchmark.engine.jobs import Job, tasks_of
from dreambench.benchmark.engine.messages import Message, Outcome, Tick
from dreambench.benchmark.engine.settings import EngineSettings
from dreambench.benchmark.engine.worker_log import WorkerLog, write_to
from dreambench.benchmark.machine.device import Device, is_gpu
from dreambench.benchmark.machine.environment import usable_cores
from dreambench.benchmark.machine.resources import Resources, count_workers, worker_memory_bytes
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit

#: In a worker's environment: one thread for every numerical library.
SINGLE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_TICK_SECONDS: Final = 0.5


@dataclass
class _Member:
    number: int
    process: BaseProcess
    connection: "Connection[Job | None, Message]"
    device: Device
    log: WorkerLog


class Processes(Engine):
    """Does units in worker processes, each taking the next task as soon as it is free.

    The workers end with this process, however it ends. What one that vanishes had is begun again by another, within bounds
    (`dreambench.benchmark.engine.crew`).
    """

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        self._workers: _Workers | None = None

    def side_by_side(self, plan: RunPlan, resources: Resources, *, units: int) -> int:
        """As many as are asked for; else on a CPU a process a core, as far as memory allows, and on a GPU one."""
        if resources.workers is not None or is_gpu(resources.device):
            return max(1, min(resources.workers or 1, units))
        return workers_on_cpu(plan, units=units)

    def run(self, plan: RunPlan, units: Sequence[Unit], resources: Resources, report: Report) -> Outcome:
        """Do the units in worker processes."""
        workers = self.side_by_side(plan, resources, units=len(units))
        tally = Tally(report)
        crew = Crew(tasks_of(plan, units, workers=workers), tally)
        self._workers = _Workers(plan, resources, crew, lambda: tally.receive(Tick()))
        self._workers.work(workers)
        return tally.outcome(units)

    def stop(self) -> None:
        """End every worker that is still there."""
        if self._workers is not None:
            self._workers.stop()


def workers_on_cpu(plan: RunPlan, *, units: int) -> int:
    """Single-threaded workers for so many units: one a core, as far as memory allows."""
    from dreambench.baselines.model.memory import free_host_memory  # loads torch, which a worker should not do before it begins

    return count_workers(
        units=units, cores=usable_cores(), free_memory=free_host_memory(), worker_memory=memory_of_worker(plan)
    )


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


class _Workers:
    """The processes of a crew."""

    def __init__(self, plan: RunPlan, resources: Resources, crew: Crew, tick: Callable[[], None]) -> None:
        self._plan = plan
        self._resources = resources
        self._crew = crew
        self._tick = tick
        self._members: list[_Member] = []
        self._devices = devices_of(resources)

    def work(self, workers: int) -> None:
        for _ in range(min(workers, self._crew.pending)):
            self._members.append(self._start())
        while self._crew.at_work:
            ready = multiprocessing.connection.wait([member.connection for member in self._members], timeout=_TICK_SECONDS)
            for member in [member for member in self._members if member.connection in ready]:
                if member not in self._members:
                    continue  # it had died with nothing to do, and was sent away just now
                try:
                    message = member.connection.recv()
                except (EOFError, OSError):
                    self._bury(member)
                else:
                    self._crew.receive(member.number, message)
                self._hand_out()
            for member in self._members:
                member.log.trim()
            self._tick()
        self._crew.close()

    def stop(self) -> None:
        for member in self._members:
            member.process.terminate()
        for member in self._members:
            member.process.join(5)
            if member.process.is_alive():
                member.process.kill()
                member.process.join()
            member.connection.close()
            member.log.close()
        self._members = []

    def _hand_out(self) -> None:
        for number, job in self._crew.hand_out():
            member = next(member for member in self._members if member.number == number)
            with contextlib.suppress(OSError):  # it has just died: the next look at its pipe finds that out
                member.connection.send(job)
            if job is None:
                self._members.remove(member)
                member.process.join(10)
                if member.process.is_alive():
                    member.process.kill()
                member.connection.close()
                member.log.close()

    def _bury(self, member: _Member) -> None:
        """A worker vanished; another takes its place, within bounds."""
        member.process.join(5)
        code = member.process.exitcode
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
            how += " (often: the machine ran out of memory)" if -code == signal.SIGKILL else ""
        self._members.remove(member)
        member.connection.close()
        if self._crew.lose(member.number, f"the worker process {how}", wrote=member.log.close()):
            self._members.append(self._start())

    def _start(self) -> _Member:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        device = least_used(self._devices, [member.device for member in self._members])
        log = WorkerLog(self._resources.folder)
        arguments = (theirs, self._plan, replace(self._resources, device=device), log.path.absolute())
        process = context.Process(target=_worker_main, args=arguments, daemon=True, name="bench-worker")
        with _inherited_by_workers():
            process.start()
        theirs.close()  # so that the pipe ends when the worker does
        return _Member(self._crew.enlist(), process, ours, device, log)


@contextlib.contextmanager
def _inherited_by_workers() -> Iterator[None]:
    """One thread for every numerical library, and no Ctrl-C: the terminal sends it to all, but only the parent answers."""
    before = {name: os.environ.get(name) for name in SINGLE_THREAD}
    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main_thread else None
    os.environ.update(SINGLE_THREAD)
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


def _worker_main(connection: "Connection[Message, Job | None]", plan: RunPlan, resources: Resources, log: Path) -> None:
    write_to(log)
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
        while (job := connection.recv()) is not None:
            worker.do(job)


def _end_with_parent() -> None:
    """Wait for the parent's end and leave at once: a killed parent must not leave workers at work."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
