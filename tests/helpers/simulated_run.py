"""A run that is only told: what its workers say and when, and what a meter shows of the time left meanwhile."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from dreambench.benchmark.engine.costs import Costs
from dreambench.benchmark.engine.messages import Failure, Loaded, Message, Progress
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.engine.tasks import UnitWork

_INTERVAL = 0.2


@dataclass(frozen=True)
class SimulatedRun:
    """Groups of units, and how long everything really takes.

    Attributes:
        groups: as the meter gets them.
        workers: side by side.
        step, image, score: true seconds for one.
        batch: images that come at once.
        load: seconds before the first message.
        warm_up: seconds more for the first step or batch of a worker.
    """

    groups: Sequence[Sequence[UnitWork]]
    workers: int
    step: float = 1.0
    image: float = 1.0
    score: float = 0.02
    batch: int = 4
    load: float = 5.0
    warm_up: float = 0.0

    def messages(self) -> list[tuple[float, Message]]:
        """What the workers say and when, in order; a subject's end is told as a failure, which needs no manifest."""
        said: list[tuple[float, int, Message]] = []
        free = [(self.load, number) for number in range(self.workers)]
        waiting = list(self.groups)
        made: dict[str, float] = {}
        said.append((self.load, 0, Loaded()))
        fresh = set(range(self.workers))
        while waiting and free:
            began, worker = heappop(free)
            warm = self.warm_up if worker in fresh else 0.0
            fresh.discard(worker)
            told = list(self._group(waiting.pop(0), began, warm, made))
            said += [(when, len(said) + number, message) for number, (when, message) in enumerate(told)]
            heappush(free, (told[-1][0], worker))
        return [(when, message) for when, _, message in sorted(said, key=lambda entry: entry[:2])]

    def _group(
        self, group: Sequence[UnitWork], now: float, warm: float, made: dict[str, float]
    ) -> Iterator[tuple[float, Message]]:
        names = tuple(unit.subject for unit in group)
        for unit in group:
            if unit.class_images and unit.class_noun not in made:
                yield from self._images(names, "class images", unit.class_images, now, warm)
                now, warm = now + unit.class_images * self.image + warm, 0.0
                made[unit.class_noun] = now
            now = max(now, made.get(unit.class_noun, now))
        steps = group[0].steps
        if steps:
            seconds, sent = len(group) * self.step, now
            for step in range(1, steps + 1):
                at = now + step * seconds + warm
                if at - sent >= _INTERVAL or step in (1, steps):
                    sent = at
                    yield at, Progress(names, "train", step, steps, at - now)
            now, warm = now + steps * seconds + warm, 0.0
        for unit in group:
            yield from self._images((unit.subject,), "sample", unit.images, now, warm)
            now, warm = now + unit.images * self.image + warm, 0.0
            yield now, Failure((unit.subject,), "unexpected", "", "")

    def _images(
        self, names: tuple[str, ...], phase: str, count: int, now: float, warm: float
    ) -> Iterator[tuple[float, Message]]:
        """As a worker that does not know the batches tells it: the first of a batch, and the last of all."""
        for first in range(0, count, self.batch):
            took = min(first + self.batch, count) * self.image + warm
            yield now + took, Progress(names, phase, first + 1, count, took)
        yield now + took, Progress(names, phase, count, count, took)


def watch(
    run: SimulatedRun,
    costs: Costs,
    *,
    every: float,
    make: Callable[..., WorkMeter] = WorkMeter,
) -> tuple[list[tuple[float, float | None]], float]:
    """What a meter shows.

    Args:
        run: what happens.
        costs: what the method says of itself.
        every: seconds between two looks.

    Returns:
        (the clock, the seconds that are shown) at every look, and when all was over.
    """
    now = 0.0
    images = sum(unit.images for group in run.groups for unit in group)
    meter = make(run.groups, costs=costs, workers=run.workers, score_images=images, clock=lambda: now)
    shown: list[tuple[float, float | None]] = []
    events: list[tuple[float, Callable[[], None]]] = [
        (when, lambda message=message: meter.receive(message)) for when, message in run.messages()
    ]
    done = events[-1][0]
    for first in range(0, images, 16):
        count = min(first + 16, images)
        events.append((done + count * run.score, lambda count=count: meter.score(count, images, count * run.score)))
    end, look = events[-1][0], every
    for when, happen in events:
        while look < when:
            now = look
            shown.append((now, meter.seconds_left()))
            look += every
        now = when
        happen()
    shown.append((now, meter.seconds_left()))
    return shown, end
