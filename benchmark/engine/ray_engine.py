"""The engine `ray`: actors on this machine's cores or GPUs, or on those of a Ray cluster, that take tasks."""

import contextlib
import importlib.util
import logging
import os
import queue
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

from pydantic import Field, field_validator

from dreambench.benchmark.engine.crew import Crew
from dreambench.benchmark.engine.engine import Engine, Report, Tally
from dreambench.benchmark.engine.failures import load_failure
from dreambench.benchmark.engine.jobs import Job, tasks_of, widest
from dreambench.benchmark.engine.messages import Message, Outcome, Tick
from dreambench.benchmark.engine.processes import SINGLE_THREAD, workers_on_cpu
from dreambench.benchmark.engine.settings import EngineSettings
from dreambench.benchmark.engine.worker_log import WorkerLog, write_to
from dreambench.benchmark.machine.device import is_gpu
from dreambench.benchmark.machine.resources import Resources
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dreambench.benchmark.runs.units import Unit

_TICK_SECONDS: Final = 0.5
#: How long an actor waits for something to say before it answers that there is nothing.
_POLL_SECONDS: Final = 5.0
#: Bytes for Ray's store of objects; only messages pass through it. Ray's own choice is a third of the memory.
_STORE_BYTES: Final = 100_000_000
#: How long the head of a cluster may take to accept a connection.
_ANSWER_SECONDS: Final = 10.0
_REASON_LENGTH: Final = 160
#: Makes up for a quotient such as 1 / 0.1 that may come out a hair too small.
_ROUNDING: Final = 1e-6
_MODE: Final = "RAY_AUTH_MODE"
#: For a Ray that this process starts. Its programs listen on 127.0.0.1 alone (Ray does so by itself on Windows and macOS), and
#: ask for a token that only they know; nothing is reported to Ray's makers. What the user has set goes before.
_OF_OWN_RAY: Final[Mapping[str, str]] = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    _MODE: "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
    "RAY_USAGE_STATS_ENABLED": "0",
}


class RaySettings(EngineSettings):
    """Where the actors are, and how many."""

    address: Annotated[str, Field(pattern=r"^(local|auto|[^\s/:]+:\d+)$")] = "local"
    """local: this machine alone, with a Ray of the run's own. auto: the cluster that this machine belongs to. HOST:PORT: the
    cluster with that head; this machine must belong to it."""
    gpus_per_task: Annotated[float, Field(gt=0, le=1024, allow_inf_nan=False)] = 1.0
    """GPUs for a task; 0.5 puts two on one. On a CPU a task has one core, whatever this is."""
    max_in_flight: Annotated[int | None, Field(ge=1)] = None
    """Tasks at once. None: as many as there is room for when the run begins. On a cluster that grows, give a number."""

    @field_validator("gpus_per_task")
    @classmethod
    def _whole_above_one(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise ValueError("gpus_per_task must be a whole number above 1")
        return value


class Ray(Engine):
    """Does units in Ray actors, each taking the next task as soon as it is free, with its models resident.

    The actors end with this process. What one that vanishes had is begun again by another, within bounds
    (`dreambench.benchmark.engine.crew`). Where Ray is connected already (a notebook), that Ray is used and left connected.
    """

    settings_type = RaySettings

    def __init__(self, settings: EngineSettings) -> None:
        super().__init__(settings)
        if importlib.util.find_spec("ray") is None:
            raise UserError('The engine ray needs the library ray, which is not installed; pip install "dreambench[ray]".')
        self._settings = cast(RaySettings, settings)
        self._actors: dict[int, Any] = {}
        self._logs: dict[int, WorkerLog] = {}
        self._is_connected = self._is_own = False

    def side_by_side(self, plan: RunPlan, resources: Resources, *, units: int) -> int:
        """As many as Ray has cores or GPUs for, and no more than --max-in-flight and --workers.

        GPUs that have no subject of their own make class images.

        Raises:
            UserError: there is no room for a single one, or no such cluster.
        """
        if is_gpu(resources.device) and resources.device != "cuda":
            raise UserError(f"The engine ray gives out GPUs itself, and cannot take {resources.device}; give --device cuda.")
        is_local = self._settings.address == "local"
        most = widest(plan, units=units) if is_gpu(resources.device) and units > 1 else units
        most = most if self._settings.max_in_flight is None else min(most, self._settings.max_in_flight)
        most = most if resources.workers is None else min(most, resources.workers)
        cores = None
        if is_local and not is_gpu(resources.device):
            cores = most if resources.workers is not None else min(most, workers_on_cpu(plan, units=units))
        self._connect(cores)
        if self._settings.max_in_flight is not None and not is_local:
            return most
        return min(most, self._room(resources))

    def run(self, plan: RunPlan, units: "Sequence[Unit]", resources: Resources, report: Report) -> Outcome:
        """Do the units in actors."""
        workers = self.side_by_side(plan, resources, units=len(units))
        tally = Tally(report)
        crew = Crew(tasks_of(plan, units, workers=workers), tally)
        # An actor's working folder is its own; and the run's folder tells it whether it sees the same disk.
        folder, cache = (path.absolute() for path in (resources.folder, resources.cache))
        folder.mkdir(parents=True, exist_ok=True)
        self._work(crew, plan, replace(resources, folder=folder, cache=cache), workers, tally)
        return tally.outcome(units)

    def _work(self, crew: Crew, plan: RunPlan, resources: Resources, workers: int, tally: Tally) -> None:
        import ray
        from ray.exceptions import RayError

        calls: dict[Any, int] = {}
        actor_class = _actor_class(resources, self._settings)
        shared = ray.put((plan, resources, Path.cwd()))

        def ask(number: int, job: Job | None = None) -> None:
            calls[self._actors[number].exchange.remote(job)] = number

        def start() -> None:
            number = crew.enlist()
            self._logs[number] = WorkerLog(resources.folder)
            self._actors[number] = actor_class.remote(shared, self._logs[number].path)
            ask(number)

        for _ in range(min(workers, crew.pending)):
            start()
        while crew.at_work:
            answered, _ = ray.wait(list(calls), num_returns=1, timeout=_TICK_SECONDS)
            for call in answered:
                number = calls.pop(call)
                try:
                    messages = ray.get(call)
                except RayError as error:
                    wrote = self._end(number)
                    if crew.lose(number, f"the Ray actor ended ({_reason(error)})", details=str(error), wrote=wrote):
                        start()
                else:
                    for message in messages:
                        crew.receive(number, message)
                    if not crew.asks(number):
                        ask(number)
                for idle, job in crew.hand_out():
                    if job is None:
                        self._end(idle)
                    else:
                        ask(idle, job)
            for log in self._logs.values():
                log.trim()
            tally.receive(Tick())
        crew.close()

    def stop(self) -> None:
        """End the actors, and Ray if it was started or connected here."""
        for number in list(self._actors):
            self._end(number)
        if self._is_own:
            import ray

            ray.shutdown()
        self._is_connected = self._is_own = False

    def _end(self, number: int) -> str:
        """End an actor; the end of what it wrote."""
        import ray

        ray.kill(self._actors.pop(number))
        return self._logs.pop(number).close()

    def _connect(self, cores: int | None) -> None:
        """Start Ray here, or connect to a cluster.

        Raises:
            UserError: there is no such cluster, or Ray does not start.
        """
        if self._is_connected:
            return
        address = self._settings.address
        if ":" in address:
            _check_answers(address)
        with _environment(_OF_OWN_RAY if address == "local" else {}), _signals_kept():
            import ray

            if not ray.is_initialized():
                self._is_own = True
                of_local: dict[str, Any] = {}
                if address == "local":
                    of_local = {"include_dashboard": False, "object_store_memory": _STORE_BYTES}
                    of_local |= {} if cores is None else {"num_cpus": cores, "num_gpus": 0}
                try:
                    logging.getLogger("ray").setLevel(logging.ERROR)  # before `init` does it there is a remark on tokens
                    ray.init(address=address, log_to_driver=False, logging_level="ERROR", **of_local)
                except Exception as error:  # its own kinds, and bare ones where a busy machine starts its servers too late
                    raise _not_connected(address, error) from error
        self._is_connected = True

    def _room(self, resources: Resources) -> int:
        """How many tasks Ray has room for."""
        import ray

        there = ray.cluster_resources()
        kind, need = ("GPU", self._settings.gpus_per_task) if is_gpu(resources.device) else ("CPU", 1.0)
        room = int(there.get(kind, 0.0) / need + _ROUNDING)
        if room < 1:
            raise UserError(
                f"Ray at '{self._settings.address}' has {there.get(kind, 0.0):g} {kind}s, and a task needs {need:g}; add a "
                "machine, give a smaller --gpus-per-task, or --device cpu."
            )
        return room


class _Actor:
    """Holds a `Worker` in a thread of its own. The driver calls `exchange` again and again, one call at a time."""

    def __init__(self, shared: tuple[RunPlan, Resources, Path], log: Path) -> None:
        self._inbox: queue.Queue[Job] = queue.Queue()
        self._outbox: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._work, args=(*shared, log), daemon=True).start()

    def exchange(self, job: Job | None) -> list[Message]:
        """Take what is to be done, if anything, and give what the worker said meanwhile; nothing if it is silent for long."""
        if job is not None:
            self._inbox.put(job)
        said: list[Message] = []
        with contextlib.suppress(queue.Empty):
            said.append(self._outbox.get(timeout=_POLL_SECONDS))
            while True:
                said.append(self._outbox.get_nowait())
        return said

    def _work(self, plan: RunPlan, resources: Resources, working_folder: Path, log: Path) -> None:
        try:
            _enter(working_folder, resources.folder)
            write_to(log)
            import torch

            from dreambench.benchmark.engine.work import Worker

            torch.set_num_threads(1)
            worker = Worker(plan, resources, self._outbox.put)
        except Exception as error:
            self._outbox.put(load_failure(error))
            return
        try:
            while True:
                worker.do(self._inbox.get())
        finally:
            os._exit(1)  # a library has left by SystemExit: without this thread the actor would be silent for good


def _enter(working_folder: Path, run_folder: Path) -> None:
    """Go where the command was given, so that relative paths of the plan mean the same."""
    for folder in (working_folder, run_folder):
        if not folder.is_dir():
            raise UserError(
                f"{socket.gethostname()} has no folder {folder}; every machine of the Ray cluster must see the folder where "
                "the command was given and the run's folder, under the same paths."
            )
    os.chdir(working_folder)


def _actor_class(resources: Resources, settings: RaySettings) -> Any:
    """The actor's class with what one takes of a machine."""
    import ray

    ours = {name: value for name, value in os.environ.items() if name.startswith("DREAMBENCH_")}
    if settings.address == "local":
        ours["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return ray.remote(
        num_cpus=0 if is_gpu(resources.device) else 1,
        num_gpus=settings.gpus_per_task if is_gpu(resources.device) else 0,
        max_restarts=0,  # the crew begins its units again
        runtime_env={"env_vars": {**ours, **SINGLE_THREAD}},
    )(_Actor)


def _check_answers(address: str) -> None:
    """Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _not_connected(address, error) from error


def _not_connected(address: str, error: Exception) -> UserError:
    why = shortened((str(error).splitlines() or [type(error).__name__])[0], _REASON_LENGTH).rstrip(".")
    if address == "local":
        return UserError(f"Ray does not start on this machine ({why}); try --engine processes.")
    return UserError(
        f"This machine cannot join a Ray cluster with --address {address} ({why}); start one with `ray start --head`, or leave "
        "--address out to use this machine alone."
    )


def _reason(error: BaseException) -> str:
    """The last line of Ray's words about an actor that is gone: what came before says which actor it was."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return shortened(lines[-1] if lines else type(error).__name__, _REASON_LENGTH).rstrip(".")


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Variables where they are not set, for as long as Ray is loaded and starts its programs; then all as before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if before[name] is None})
    if "ray" in sys.modules and before.get(_MODE) is None:
        os.environ.pop(_MODE, None)  # Ray has read it as it was loaded, and turns tokens on now only if it is not set
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray answers SIGTERM itself once it is connected, and would lose the sentence that says how to go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
