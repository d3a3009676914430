"""A cluster on paper: the engines' own crew and schedule hand out tasks of known lengths to GPUs, event by event."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from types import SimpleNamespace
from typing import cast

from dreambench.benchmark.engine.crew import Crew
from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.jobs import Job, Preparation
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, UnitDone
from dreambench.benchmark.engine.schedule import Schedule, Task
from dreambench.benchmark.runs.units import UnitManifest


@dataclass(frozen=True)
class Simulated:
    """What became of it; seconds.

    Attributes:
        makespan: until the last task ended.
        work: of all tasks.
        chain: the longest chain of tasks of which each waits for the one before.
        gpus: that there were.
        order: the names of the tasks as they ended.
    """

    makespan: float
    work: float
    chain: float
    gpus: int
    order: tuple[str, ...]

    @property
    def ideal(self) -> float:
        """No schedule can be quicker: all GPUs busy to the end, or the longest chain without a pause."""
        return max(self.work / self.gpus, self.chain)

    @property
    def share_of_ideal(self) -> float:
        """At most 1."""
        return self.ideal / self.makespan if self.makespan else 1.0

    @property
    def busy(self) -> float:
        """The share of the time in which a GPU works."""
        return self.work / (self.gpus * self.makespan) if self.makespan else 1.0


def simulate(
    tasks: Sequence[Task[Job]], *, gpus: int, workers: int | None = None, seconds: Mapping[str, float] | None = None
) -> Simulated:
    """Let so many workers do the tasks; they all have their models at second 0.

    Args:
        tasks: with the lengths that the schedule believes.
        gpus: that there are.
        workers: on as many of them; None: one on each.
        seconds: task -> how long it really takes; None: what the schedule believes.
    """
    true = {task.name: task.length if seconds is None else seconds[task.name] for task in tasks}
    failures: list[Message] = []
    tally = Tally(lambda message: failures.append(message) if isinstance(message, Failure) else None)
    crew = Crew(tasks, tally)
    names = {id(task.job): task.name for task in tasks}
    events: list[tuple[float, int, str, Job]] = []
    order: list[str] = []
    now = 0.0

    def hand_out() -> None:
        for worker, job in crew.hand_out():
            if job is not None:
                name = names[id(job)]
                heappush(events, (now + true[name], worker, name, job))

    for _ in range(min(gpus if workers is None else workers, len(tasks))):
        crew.receive(crew.enlist(), Loaded())
    hand_out()
    while events:
        now, worker, name, job = heappop(events)
        order.append(name)
        for unit in () if isinstance(job, Preparation) else job:
            crew.receive(worker, UnitDone(cast(UnitManifest, SimpleNamespace(subject=unit.subject))))
        crew.receive(worker, GroupFinished())
        hand_out()
    assert not failures
    assert not crew.at_work
    assert Counter(order) == Counter(true.keys())
    real = Schedule([Task(task.name, task.job, true[task.name], task.after) for task in tasks])
    chain = max((real.chain(name) for name in true), default=0.0)
    return Simulated(now, sum(true.values()), chain, gpus, tuple(order))


def simulate_as_before(
    subjects: Sequence[str], nouns: Mapping[str, str], *, gpus: int, class_seconds: float, subject_seconds: float
) -> float:
    """Seconds until all is done as it was before there were tasks: the first worker of a class noun makes its class images, and
    whoever begins with another subject of the noun meanwhile waits. Classes are spread, as `groups.spread_classes` does it.
    """
    rank: Counter[str] = Counter()
    order = []
    for position, subject in enumerate(subjects):
        order.append((rank[nouns[subject]], position, subject))
        rank[nouns[subject]] += 1
    free = [(0.0, gpu) for gpu in range(gpus)]
    made: dict[str, float] = {}
    for _, _, subject in sorted(order):
        now, gpu = heappop(free)
        ready = made.setdefault(nouns[subject], now + class_seconds)
        heappush(free, (max(now, ready) + subject_seconds, gpu))
    return max(free)[0]
