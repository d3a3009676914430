"""Who does which task, and what becomes of a worker's task when it vanishes. Knows neither processes nor actors."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.jobs import Job, Preparation
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, Progress, UnitDone, WorkerLost
from dreambench.benchmark.engine.schedule import Schedule, Task
from dreambench.benchmark.engine.shared_progress import SharedProgress
from dreambench.benchmark.engine.worker_log import last_words

#: How often a task is begun, and a worker is started that then vanishes (is killed, for want of memory mostly) as it loads.
ATTEMPTS: Final = 3
#: Workers that may vanish one after another, without a unit being done in between, before no new ones are started.
_DEATHS_IN_A_ROW: Final = 2 * ATTEMPTS


@dataclass
class _Member:
    task: Task[Job] | None = None
    ended: frozenset[str] = frozenset()
    """Subjects of the task that are done or failed."""


class Crew:
    """The account of an engine whose workers may vanish: an engine tells it what happens, and asks who shall do what.

    The units of a worker that vanishes are begun again, after the others and each by itself, up to `ATTEMPTS` times in all;
    what subjects share, before them. If that cannot be made, the subjects that wait for it fail.

    Args:
        tasks: what is to be done.
        tally: hears every message, and of units that are given up.
    """

    def __init__(self, tasks: Sequence[Task[Job]], tally: Tally) -> None:
        self._schedule = Schedule(tasks)
        self._tally = tally
        self._members: dict[int, _Member] = {}
        self._asking: dict[int, None] = {}  # in the order in which they asked
        self._at_task = 0
        self._numbers = count()
        self._begun: Counter[str] = Counter()
        self._lost: dict[str, Failure] = {}
        self._progress = SharedProgress()
        self._deaths = self._deaths_in_loading = 0

    @property
    def pending(self) -> int:
        """Tasks that no worker has."""
        return self._schedule.left

    @property
    def at_work(self) -> bool:
        """Whether something is still to be waited for. A worker that only loads, when all is done, is not."""
        return bool(self._members) and bool(self.pending or self._at_task) and not self._tally.halted

    def enlist(self) -> int:
        """A new worker's number. It asks for its first task when it has loaded its models."""
        number = next(self._numbers)
        self._members[number] = _Member()
        return number

    def asks(self, number: int) -> bool:
        """Whether a worker has nothing to do, and says nothing until `hand_out` has something for it."""
        return number in self._asking

    def receive(self, number: int, message: Message) -> None:
        """Take note of what a worker says, and pass it on. Call `hand_out` afterwards."""
        member = self._members[number]
        shared = member.task.job if member.task is not None and isinstance(member.task.job, Preparation) else None
        match message:
            case UnitDone(manifest):
                member.ended |= {manifest.subject}
                self._deaths = 0
            case Failure(subjects) if shared is not None and subjects:
                assert member.task is not None
                member.ended |= set(subjects)
                self._fail_after(member.task, message)
                return
            case Failure(subjects):
                member.ended |= set(subjects)
            case Progress() if shared is not None:
                message = self._progress.summed(shared, message)
            case _:
                pass
        self._tally.receive(message)
        if isinstance(message, Loaded | GroupFinished):
            self._deaths_in_loading = 0
            if member.task is not None:
                if shared is None or not member.ended:
                    self._schedule.finish(member.task.name)
                self._at_task -= 1
            member.task, member.ended = None, frozenset()
            self._asking[number] = None

    def hand_out(self) -> list[tuple[int, Job | None]]:
        """Who shall do what now, of the workers that ask; with None it may go, and is forgotten. The others wait on."""
        given: list[tuple[int, Job | None]] = []
        while self._asking and not self._tally.halted and (task := self._schedule.take()) is not None:
            number = next(iter(self._asking))
            del self._asking[number]
            member = self._members[number]
            member.task, member.ended = task, frozenset()
            self._at_task += 1
            self._begun.update(_names(task))
            given.append((number, task.job))
        if self._tally.halted or not self.pending:
            for number in self._asking:
                del self._members[number]
                given.append((number, None))
            self._asking = {}
        return given

    def lose(self, number: int, how: str, *, details: str = "", wrote: str = "") -> bool:
        """Take note that a worker vanished: what it had not done is begun again, or given up after so many attempts.

        Args:
            number: the worker's.
            how: what happened, as the beginning of a sentence.
            details: more of it, for the log file.
            wrote: the end of what the worker wrote on stderr.

        Returns:
            Whether another worker should be started in its place. Call `hand_out` afterwards.
        """
        member, was_asking = self._members.pop(number), number in self._asking
        self._asking.pop(number, None)
        self._deaths += 1
        words = last_words(wrote)
        log = "\n\n".join(part for part in (details, wrote and f"The worker's log ends:\n{wrote}") if part)
        if member.task is None:
            self._deaths_in_loading += not was_asking
        else:
            self._at_task -= 1
            if again := self._take_back(member.task, member.ended, how, words, log):
                self._tally.receive(WorkerLost(again, how + words))
        if self.pending > len(self._asking) and self._deaths < _DEATHS_IN_A_ROW and self._deaths_in_loading < ATTEMPTS:
            return True
        if not self._members and self._deaths_in_loading >= ATTEMPTS:
            self._tally.receive(Failure((), "unexpected", f"{how} while it loaded its models{words}", log))
        return False

    def close(self) -> None:
        """Report the units that a vanished worker had begun, or whose shared part it had, and that nobody could begin again."""
        for task in list(self._schedule.tasks_left()):
            if isinstance(task.job, Preparation) and (lost := self._lost.get(task.name)) is not None:
                self._fail_after(task, lost)
        for task in self._schedule.tasks_left():
            for unit in () if isinstance(task.job, Preparation) else task.job:
                if unit.subject in self._lost:
                    self._tally.receive(self._lost[unit.subject])

    def _take_back(self, task: Task[Job], ended: frozenset[str], how: str, words: str, log: str) -> tuple[str, ...]:
        """Have a lost worker's task begun again, or give it up; returns the subjects that go on with another worker."""
        if isinstance(task.job, Preparation):
            if ended:
                return ()  # it had failed before
            times = self._begun[task.name]
            what = f"{task.job.what} could not be made: {how}"
            lost = Failure((), "unexpected", _times(what, times) + words, log)
            if times >= ATTEMPTS:
                self._fail_after(task, lost)
                return ()
            self._lost[task.name] = lost
            self._schedule.add_late(task)
            return tuple(unit.subject for unit in task.job.units)
        again: list[str] = []
        for unit in [unit for unit in task.job if unit.subject not in ended]:
            times = self._begun[unit.subject]
            lost = Failure((unit.subject,), "unexpected", _times(how, times) + words, log)
            if times < ATTEMPTS:
                self._lost[unit.subject] = lost
                again.append(unit.subject)
                # By itself: whatever ended the worker must not take the others along again.
                self._schedule.add_late(Task(f"subject {unit.subject}, again", (unit,), task.length))
            else:
                self._tally.receive(lost)
        return tuple(again)

    def _fail_after(self, task: Task[Job], failure: Failure) -> None:
        """What subjects share cannot be made: those that wait for it fail, once, with this sentence."""
        dropped = self._schedule.drop_after(task.name)
        subjects = tuple(
            unit.subject for waiting in dropped if not isinstance(waiting.job, Preparation) for unit in waiting.job
        )
        if subjects or failure.kind == "machine":
            self._tally.receive(replace(failure, subjects=subjects))


def _names(task: Task[Job]) -> tuple[str, ...]:
    """What attempts are counted by."""
    return (task.name,) if isinstance(task.job, Preparation) else tuple(unit.subject for unit in task.job)


def _times(how: str, times: int) -> str:
    return how + (f", {times} times" if times > 1 else "")
