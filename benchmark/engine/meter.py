"""How far a run is, and how long it still takes, from what the workers say: one view, whatever the engine."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dreambench.baselines.work import UNIT_PHASES, Phase
from dreambench.benchmark.engine.costs import Costs
from dreambench.benchmark.engine.eta import Speeds, Steady, makespan
from dreambench.benchmark.engine.memory_in_use import MemoryInUse
from dreambench.benchmark.engine.messages import Failure, Loaded, Message, Progress, UnitDone, WorkerLost
from dreambench.benchmark.engine.tasks import Tasks, UnitWork
from dreambench.dataset.words import counted

#: Seconds for one image scored, which reading the file and small encoders take; no part of a method's costs.
SCORING_SECONDS: Final = 0.02
_PHRASES: Final[Mapping[str, str]] = {
    Phase.CLASS_IMAGES: "making class images for",
    Phase.TRAIN: "training",
    Phase.SAMPLE: "sampling",
}
#: Workers of which it is said what they do; the others are counted.
_SHOWN: Final = 4


class WorkMeter:
    """Turns what workers say into a share, a time and a text.

    Args:
        groups: the units still to do, in groups that one worker does one after another, in order.
        costs: what a step and an image cost, as the method says it; None where there are no units.
        workers: how many groups go on side by side.
        score_images: images to score afterwards.
        reused: units that were finished before, and
        reused_images: their images; they count for the text only.
        clock: seconds.
    """

    def __init__(
        self,
        groups: Sequence[Sequence[UnitWork]],
        *,
        costs: Costs | None,
        workers: int,
        score_images: int,
        reused: int = 0,
        reused_images: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tasks = Tasks(groups)
        weights: dict[str, float] = {}
        if costs is not None and len(self._tasks):
            weights = {Phase.CLASS_IMAGES: costs.image, Phase.TRAIN: costs.step, Phase.SAMPLE: costs.image}
        self._speeds = Speeds(weights, {Phase.SCORE: SCORING_SECONDS})
        self._workers = max(1, workers)
        self._score_total, self._score_done = score_images, 0
        self._reused, self._reused_images = reused, reused_images
        self._loaded = not len(self._tasks)
        self._clock, self._began = clock, clock()
        self._steady = Steady(self._began)
        self._scored_at = self._began
        self._now: dict[tuple[str, ...], tuple[str, int, int]] = {}
        self._memory = MemoryInUse()
        self._share = 0.0

    def receive(self, message: Message) -> None:
        """Take note of what a worker says."""
        match message:
            case Loaded():
                self._loaded = True
            case Progress():
                self._progress(message)
            case UnitDone(manifest):
                self._end((manifest.subject,), failed=False)
            case Failure(subjects):
                self._end(subjects, failed=True)
            case WorkerLost(subjects):
                self._forget(subjects)
                self._tasks.wait_again(subjects)
                self._memory.forget(subjects)
            case _:
                pass

    def score(self, done: int, total: int, seconds: float) -> None:
        """Take note of the scoring: `done` of `total` images in `seconds`."""
        self._score_total, self._score_done, self._scored_at = total, done, self._clock()
        if done:
            self._speeds.note((), Phase.SCORE, seconds=seconds, amount=done, is_whole=done == total)

    def share(self) -> float:
        """The finished share of the whole time, 0 to 1; it never goes back, though what is left may turn out to be more."""
        left = self.seconds_left()
        if left is not None:
            passed = self._clock() - self._began
            self._share = max(self._share, 1.0 if left <= 0 else passed / (passed + left))
        return self._share

    def seconds_left(self) -> float | None:
        """Seconds until the scores are there; None while nothing is measured yet."""
        rates = self._speeds.rates()
        if rates is None:
            return None
        now = self._clock()
        running, waiting = self._tasks.left(rates, now=now)
        units = makespan(running, waiting, workers=self._workers)
        scoring = (self._score_total - self._score_done) * rates[Phase.SCORE]
        if self._score_done:
            scoring = max(0.0, scoring - (now - self._scored_at))
        return self._steady.follow(units + scoring, now=now)

    def text(self) -> str:
        """What is going on, for a person: a line of counts, one of who is at what, one of the memory."""
        if not self._loaded:
            return "loading the models"
        done, running, waiting, failed = self._tasks.counts()
        if not running and not waiting and (self._score_done or not len(self._tasks)):
            return f"scoring {self._score_done}/{self._score_total} images"
        total = len(self._tasks) + self._reused
        counts = [f"{done + self._reused} of {counted(total, 'subject')} done"]
        others = ((running, "running"), (waiting, "waiting"), (failed, "failed"))
        counts += [f"{number} {word}" for number, word in others if number]
        images, all_images = self._tasks.images()
        counts.append(f"{images + self._reused_images:,} of {counted(all_images + self._reused_images, 'image')}")
        doing = [
            f"{_PHRASES.get(phase, phase)} {_names(subjects)} {part}/{whole}"
            for subjects, (phase, part, whole) in self._now.items()
        ]
        more = [f"{len(doing) - _SHOWN} more at work"] if len(doing) > _SHOWN else []
        lines = [", ".join(counts), ", ".join([*doing[:_SHOWN], *more]), self._memory.text()]
        return "\n".join(line for line in lines if line)

    def _progress(self, message: Progress) -> None:
        phase, now = message.phase, self._clock()
        if not message.subjects:
            return  # of the loading
        if message.subjects not in self._now:  # a worker speaks of a part of its group now: what it said of the whole is past
            self._forget(message.subjects)
        self._now[message.subjects] = (phase, message.done, message.total)
        if message.ahead and message.done >= message.total:
            self._forget(message.subjects)  # which still wait, perhaps for long
        self._memory.note(message)
        if phase not in UNIT_PHASES or message.total <= 0:
            return
        share = message.done / message.total
        amount = self._tasks.progress(message.subjects, phase, share, now=now, ahead=message.ahead)
        if phase == Phase.CLASS_IMAGES:
            amount = float(message.done)
        if amount > 0 and message.seconds > 0:
            self._speeds.note(message.subjects, phase, seconds=message.seconds, amount=amount, is_whole=share >= 1)

    def _end(self, subjects: tuple[str, ...], *, failed: bool) -> None:
        self._tasks.end(subjects, failed=failed, now=self._clock())
        self._now = {known: what for known, what in self._now.items() if not set(known) <= set(subjects)}

    def _forget(self, subjects: tuple[str, ...]) -> None:
        self._now = {known: what for known, what in self._now.items() if set(known).isdisjoint(subjects)}


def _names(subjects: Sequence[str]) -> str:
    return subjects[0] if len(subjects) == 1 else f"{subjects[0]} and {len(subjects) - 1} more"
