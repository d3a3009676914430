"""Which task comes next: what waits for what, the longest chain first. Pure: it knows no workers, clocks or files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

JobT = TypeVar("JobT")


@dataclass(frozen=True)
class Task(Generic[JobT]):
    """A piece of work that one worker does.

    Attributes:
        name: its own.
        job: what the worker gets.
        length: about how long it takes, in whatever unit all tasks have; 0 where nobody knows.
        after: names of the tasks that must be finished before.
    """

    name: str
    job: JobT
    length: float = 0.0
    after: tuple[str, ...] = ()


class Schedule(Generic[JobT]):
    """Hands out tasks. The same calls give the same order; for n tasks they take about n log n steps.

    Of the tasks that are ready the one with the longest chain comes first: its own length, and that of the longest that waits
    for it, and so on (the upward rank of Topcuoglu et al. 2002). Of equal ones it is the first in the list.

    Args:
        tasks: in any order.

    Raises:
        ValueError: two tasks have one name, one waits for what is not there, or they wait for one another.
    """

    def __init__(self, tasks: Iterable[Task[JobT]]) -> None:
        self._tasks: dict[str, Task[JobT]] = {}
        for task in tasks:
            if task.name in self._tasks:
                raise ValueError(f"two tasks are called {task.name}")
            self._tasks[task.name] = task
        self._numbers = count()
        self._position = {name: next(self._numbers) for name in self._tasks}
        self._waiters: dict[str, list[str]] = {name: [] for name in self._tasks}
        self._lacks: dict[str, int] = {}
        for task in self._tasks.values():
            before = dict.fromkeys(task.after)
            self._lacks[task.name] = len(before)
            for name in before:
                if name not in self._waiters:
                    raise ValueError(f"the task {task.name} waits for {name}, which is not there")
                self._waiters[name].append(task.name)
        self._chains = self._chain_lengths()
        self._left = dict.fromkeys(self._tasks)  # neither handed out nor dropped
        self._ready: list[tuple[bool, float, int, str]] = []
        for name, lacks in self._lacks.items():
            if not lacks:
                self._push(name)

    @property
    def left(self) -> int:
        """Tasks that nobody has: those that are ready and those that wait."""
        return len(self._left)

    def chain(self, name: str) -> float:
        """The length of the longest chain of tasks that begins with this one."""
        return self._chains[name]

    def tasks_left(self) -> Iterator[Task[JobT]]:
        """The tasks that nobody has."""
        return (self._tasks[name] for name in self._left)

    def waiting_for(self, name: str) -> list[Task[JobT]]:
        """The tasks that wait for one, or for what waits for it, and were not dropped."""
        found = dict.fromkeys(self._waiters[name])
        todo = list(found)
        while todo:
            new = [waiter for waiter in self._waiters[todo.pop()] if waiter not in found]
            found |= dict.fromkeys(new)
            todo += new
        return [self._tasks[waiter] for waiter in found if waiter in self._left]

    def take(self) -> Task[JobT] | None:
        """Hand out the task that comes next; None if none is ready."""
        while self._ready:
            name = heappop(self._ready)[-1]
            if name in self._left:
                del self._left[name]
                return self._tasks[name]
        return None

    def finish(self, name: str) -> None:
        """A task that was handed out is finished."""
        for waiter in self._waiters[name]:
            self._lacks[waiter] -= 1
            if not self._lacks[waiter] and waiter in self._left:
                self._push(waiter)

    def drop_after(self, name: str) -> list[Task[JobT]]:
        """A task that was handed out failed: what waits for it is dropped and returned, and so is what only that would need."""
        dropped = self.waiting_for(name)
        for task in dropped:
            del self._left[task.name]
        for task in dropped:  # which grows meanwhile
            for needed in task.after:
                if needed in self._left and not any(waiter in self._left for waiter in self._waiters[needed]):
                    del self._left[needed]
                    dropped.append(self._tasks[needed])
        return dropped

    def add_late(self, task: Task[JobT]) -> None:
        """Add a task that is ready, or give one back that was handed out. It comes last, unless others wait for it.

        Raises:
            ValueError: nobody has it.
        """
        name = task.name
        if name in self._left:
            raise ValueError(f"nobody has the task {name}")
        is_last = not self._waiters.setdefault(name, [])
        if is_last:
            self._position[name] = next(self._numbers)
        self._chains.setdefault(name, task.length)
        self._tasks[name] = task
        self._left[name] = None
        self._push(name, is_last=is_last)

    def _push(self, name: str, *, is_last: bool = False) -> None:
        heappush(self._ready, (is_last, -self._chains[name], self._position[name], name))

    def _chain_lengths(self) -> dict[str, float]:
        """Every task's chain, from the last tasks to the first."""
        open_waiters = {name: len(waiters) for name, waiters in self._waiters.items()}
        ends = [name for name, count in open_waiters.items() if not count]
        chains: dict[str, float] = {}
        while ends:
            name = ends.pop()
            chains[name] = self._tasks[name].length + max((chains[waiter] for waiter in self._waiters[name]), default=0.0)
            for before in dict.fromkeys(self._tasks[name].after):
                open_waiters[before] -= 1
                if not open_waiters[before]:
                    ends.append(before)
        if len(chains) < len(self._tasks):
            circle = next(name for name in self._tasks if name not in chains)
            raise ValueError(f"the task {circle} waits for itself, by way of others")
        return chains
