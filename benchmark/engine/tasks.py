"""What a run's units have to do, and how far each is: the account behind the time left and the counts that are shown."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.baselines.registry import build_method
from dreambench.baselines.work import Phase
from dreambench.benchmark.engine.groups import groups_of
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit

#: A task of which nothing is heard is never nearer to its end than this share of what was left.
_AT_LEAST: Final = 0.05


@dataclass(frozen=True)
class UnitWork:
    """How much work a unit is: images of its class noun, training steps, images to sample."""

    subject: str
    class_noun: str
    class_images: int
    """Made once for all units of the class noun."""
    steps: int
    images: int
    on_the_way: bool = False
    """Whether images are sampled on the way, so that sampling does not mean that the training is over."""


def works_of(plan: RunPlan, units: Sequence[Unit], *, workers: int) -> list[list[UnitWork]]:
    """How much work units are, as the plan's method says it, in the groups and the order in which they are begun."""
    work = build_method(plan.method, plan.settings).work()
    looks = Counter(name for checkpoint in plan.checkpoints for name in checkpoint.units)

    def of_unit(unit: Unit) -> UnitWork:
        subject = plan.dataset.subject(unit.subject)
        images = plan.images_of(subject) * looks.get(subject.id, 1)
        return UnitWork(subject.id, subject.class_noun, work.class_images, work.steps, images, subject.id in looks)

    return [[of_unit(unit) for unit in group] for group in groups_of(plan, units, workers=workers)]


@dataclass
class _Account:
    work: UnitWork
    task: int
    begun: bool = False
    ended: bool = False
    failed: bool = False
    steps: float = 0.0
    images: float = 0.0


class Tasks:
    """How far every unit is.

    Args:
        groups: the units still to do, in groups that one worker does one after another.
    """

    def __init__(self, groups: Sequence[Sequence[UnitWork]]) -> None:
        self._units = {unit.subject: _Account(unit, task) for task, group in enumerate(groups) for unit in group}
        self._groups = [[unit.subject for unit in group] for group in groups]
        self._heard: dict[int, float] = {}
        self._class_left = {unit.class_noun: float(unit.class_images) for group in groups for unit in group}

    def __len__(self) -> int:
        return len(self._units)

    def progress(self, subjects: Sequence[str], phase: str, share: float, *, now: float, ahead: bool = False) -> float:
        """Take note of how far a phase is.

        Args:
            subjects: whose.
            phase: one of `dreambench.baselines.work.UNIT_PHASES`.
            share: of the phase that is done, 0 to 1.
            now: the clock.
            ahead: whether it is made for subjects that still wait.

        Returns:
            How much of the phase was done for these subjects, in images or steps.
        """
        amount = 0.0
        for unit in [self._units[name] for name in subjects if name in self._units]:
            work = unit.work
            if not ahead:
                unit.begun, self._heard[unit.task] = True, now
            if phase == Phase.CLASS_IMAGES:
                self._class_left[work.class_noun] = (1 - share) * work.class_images
                amount = share * work.class_images  # of one class, whichever of its subjects
                continue
            self._class_left[work.class_noun] = 0.0  # made, or found in the cache
            if phase == Phase.TRAIN:
                unit.steps = share * work.steps
                amount += unit.steps
            else:
                unit.steps = unit.steps if work.on_the_way else work.steps
                unit.images = share * work.images
                amount += unit.images
        return amount

    def end(self, subjects: Sequence[str], *, failed: bool, now: float) -> None:
        """Units are done, or given up."""
        for unit in [self._units[name] for name in subjects if name in self._units]:
            unit.ended, unit.failed, self._heard[unit.task] = True, failed, now

    def wait_again(self, subjects: Sequence[str]) -> None:
        """Units' worker vanished, and they are begun anew."""
        for unit in [self._units[name] for name in subjects if name in self._units]:
            unit.begun, unit.steps, unit.images = False, 0.0, 0.0
            self._heard.pop(unit.task, None)

    def left(self, rates: Mapping[str, float], *, now: float) -> tuple[list[float], list[float]]:
        """Seconds that tasks still take: those at work, and those that wait, in order.

        A task at work goes on while nothing is heard of it, so its time runs down with the clock.
        """
        charged: set[str] = set()
        running = {task: self._seconds(task, rates, charged) for task in range(len(self._groups)) if self._is_running(task)}
        waiting = [self._seconds(task, rates, charged) for task in range(len(self._groups)) if task not in running]
        at_work = [max(_AT_LEAST * left, left - (now - self._heard[task])) for task, left in running.items()]
        return at_work, [seconds for seconds in waiting if seconds > 0]

    def counts(self) -> tuple[int, int, int, int]:
        """Subjects that are done, at work, waiting, failed."""
        failed = sum(unit.failed for unit in self._units.values())
        ended = sum(unit.ended for unit in self._units.values())
        running = sum(unit.begun and not unit.ended for unit in self._units.values())
        return ended - failed, running, len(self._units) - ended - running, failed

    def images(self) -> tuple[int, int]:
        """Images that are sampled, and all of them; of a subject that failed, what was sampled until then."""
        done = (unit.work.images if unit.ended and not unit.failed else unit.images for unit in self._units.values())
        return round(sum(done)), sum(unit.work.images for unit in self._units.values())

    def _is_running(self, task: int) -> bool:
        return task in self._heard and not all(unit.ended for unit in self._of(task))

    def _of(self, task: int) -> Iterator[_Account]:
        return (self._units[name] for name in self._groups[task])

    def _seconds(self, task: int, rates: Mapping[str, float], charged: set[str]) -> float:
        """What is left of a task. A class's images are charged to the first task that needs them."""
        seconds = 0.0
        for unit in self._of(task):
            if unit.ended:
                continue
            work = unit.work
            if work.class_noun not in charged:
                charged.add(work.class_noun)
                seconds += self._class_left[work.class_noun] * rates[Phase.CLASS_IMAGES]
            seconds += (work.steps - unit.steps) * rates[Phase.TRAIN] + (work.images - unit.images) * rates[Phase.SAMPLE]
        return seconds
