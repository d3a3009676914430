"""How far a run is, and how long it still takes, from what the workers say."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Final

from dreambench.baselines.registry import build_method
from dreambench.baselines.work import UNIT_PHASES, Phase
from dreambench.benchmark.engine.messages import Failure, Loaded, Message, Progress, UnitDone
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit
from dreambench.dataset.words import counted

#: First guesses, in seconds for one image or step of the miniature on one core; replaced by what is measured.
FIRST_RATES: Final[Mapping[str, float]] = {
    Phase.CLASS_IMAGES: 0.08,
    Phase.TRAIN: 0.1,
    Phase.SAMPLE: 0.15,
    Phase.SCORE: 0.02,
}
#: Loading the libraries and the models, before the first message.
LOADING_SECONDS: Final = 8.0
#: After so many measured seconds a rate is half believed: the first image also warms the libraries up.
_TRUST_SECONDS: Final = 4.0
_PHRASES: Final[Mapping[str, str]] = {
    Phase.CLASS_IMAGES: "making class images for",
    Phase.TRAIN: "training",
    Phase.SAMPLE: "sampling",
}


@dataclass(frozen=True)
class UnitWork:
    """How much work a unit is: images of its class (its share of them), training steps, images to sample."""

    subject: str
    class_images: float
    steps: int
    images: int
    on_the_way: bool = False
    """Whether images are sampled on the way, so that sampling does not mean that the training is over."""

    def amount(self, phase: str) -> float:
        """How many images or steps a phase has."""
        amounts = {Phase.CLASS_IMAGES: self.class_images, Phase.TRAIN: self.steps, Phase.SAMPLE: self.images}
        return float(amounts[Phase(phase)])


def works_of(plan: RunPlan, units: Sequence[Unit]) -> list[UnitWork]:
    """How much work units are, as the plan's method says it. Subjects of a class noun share its class images."""
    work = build_method(plan.method, plan.settings).work()
    subjects = [plan.dataset.subject(unit.subject) for unit in units]
    shared_by = Counter(subject.class_noun for subject in subjects)
    looks = Counter(name for checkpoint in plan.checkpoints for name in checkpoint.units)
    return [
        UnitWork(
            subject.id,
            work.class_images / shared_by[subject.class_noun],
            work.steps,
            plan.images_of(subject) * looks.get(subject.id, 1),
            on_the_way=subject.id in looks,
        )
        for subject in subjects
    ]


@dataclass
class _State:
    work: UnitWork
    ended: bool = False
    done: dict[str, float] = field(default_factory=lambda: dict.fromkeys(UNIT_PHASES, 0.0))


class WorkMeter:
    """Adds up the work of all units and of the scoring in seconds, by measured rates, and turns it into a share and a time.

    Args:
        units: the units still to do.
        workers: how many of them go on side by side.
        score_images: images to score afterwards.
        reused: units that were finished before; they count for the text only.
        clock: seconds, for the loading, of which no worker speaks.
    """

    def __init__(
        self,
        units: Sequence[UnitWork],
        *,
        workers: int,
        score_images: int,
        reused: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._states = {unit.subject: _State(unit) for unit in units}
        self._workers = max(1, workers)
        self._score_total, self._score_done = float(score_images), 0.0
        self._reused = reused
        self._loaded = not units
        self._clock, self._began = clock, clock()
        self._measured: dict[tuple[tuple[str, ...], str], tuple[float, float]] = {}
        self._now: dict[tuple[str, ...], tuple[str, int, int]] = {}
        self._failed = 0
        self._share = 0.0

    def receive(self, message: Message) -> None:
        """Take note of what a worker says."""
        match message:
            case Loaded():
                self._loaded = True
            case Progress():
                self._progress(message)
            case UnitDone(manifest):
                self._end((manifest.subject,))
            case Failure(subjects):
                self._failed += len(subjects)
                self._end(subjects)
            case _:
                pass

    def score(self, done: int, total: int, seconds: float) -> None:
        """Take note of the scoring: `done` of `total` images in `seconds`."""
        self._score_total, self._score_done = float(total), float(done)
        if done:
            self._measured[(), Phase.SCORE] = (seconds, float(done))

    def share(self) -> float:
        """The finished share of all work, 0 to 1; it never goes back, though better rates may move it."""
        left = self._seconds_left()
        done = self._seconds_done()
        if left + done > 0:
            self._share = max(self._share, min(1.0, done / (done + left)))
        return self._share

    def seconds_left(self) -> float:
        """Seconds until the scores are there."""
        rates = self._rates()
        scoring = (self._score_total - self._score_done) * rates[Phase.SCORE]
        active = sum(1 for state in self._states.values() if not state.ended)
        side_by_side = max(1, min(self._workers, active))
        return self._loading_left() + scoring + self._units_left(rates) / side_by_side

    def text(self) -> str:
        """What is going on, for a person: the units at work and how many are finished."""
        if not self._loaded:
            return "loading the models"
        parts = [
            f"{_PHRASES.get(phase, phase)} {_names(subjects)} {done}/{total}"
            for subjects, (phase, done, total) in list(self._now.items())[: self._workers]
        ]
        if not parts and (self._score_done or not self._states):
            return f"scoring {self._score_done:.0f}/{self._score_total:.0f} images"
        finished = sum(1 for state in self._states.values() if state.ended) - self._failed + self._reused
        total = len(self._states) + self._reused
        failed = f", {self._failed} failed" if self._failed else ""
        return ", ".join([f"{finished} of {counted(total, 'subject')} done{failed}", *parts])

    def _progress(self, message: Progress) -> None:
        phase = message.phase
        # A worker speaks of a part of its group now: what it said of the whole is past.
        for subjects in [known for known in self._now if set(known) & set(message.subjects)]:
            del self._now[subjects]
        self._now[message.subjects] = (phase, message.done, message.total)
        if phase not in UNIT_PHASES or message.total <= 0:
            return
        share = message.done / message.total
        amount = 0.0
        for subject in message.subjects:
            state = self._states.get(subject)
            if state is None:
                continue
            for earlier in UNIT_PHASES[: UNIT_PHASES.index(phase)]:
                if not (state.work.on_the_way and earlier == Phase.TRAIN):
                    state.done[earlier] = state.work.amount(earlier)
            state.done[phase] = share * state.work.amount(phase)
            amount += state.done[phase]
        # A class's images are made once for several subjects, so there the message's own count is what took the time.
        counted = float(message.done) if phase == Phase.CLASS_IMAGES else amount
        if counted > 0 and message.seconds > 0:
            self._measured[message.subjects, phase] = (message.seconds, counted)

    def _end(self, subjects: tuple[str, ...]) -> None:
        for subject in subjects:
            if subject in self._states:
                self._states[subject].ended = True
        self._now = {known: what for known, what in self._now.items() if not set(known) <= set(subjects)}

    def _rates(self) -> dict[str, float]:
        """Seconds for one image or step of each phase: measured, or the first guess scaled by how wrong the others are.

        A rate moves from its guess to what is measured, on a logarithmic scale, as the measured time grows.
        """
        measured: dict[str, float] = {}
        for phase in (*UNIT_PHASES, Phase.SCORE):
            pairs = [pair for (_, known), pair in self._measured.items() if known == phase]
            if pairs:
                seconds, amount = (sum(column) for column in zip(*pairs, strict=True))
                trust = seconds / (seconds + _TRUST_SECONDS)
                measured[phase] = (seconds / amount) ** trust * FIRST_RATES[phase] ** (1 - trust)
        ratios = [log(measured[phase] / FIRST_RATES[phase]) for phase in measured]
        scale = exp(sum(ratios) / len(ratios)) if ratios else 1.0
        return {phase: measured.get(phase, FIRST_RATES[phase] * scale) for phase in (*UNIT_PHASES, Phase.SCORE)}

    def _loading_left(self) -> float:
        """What the clock leaves of the usual time; a slow machine is always about to be done."""
        return 0.0 if self._loaded else max(1.0, LOADING_SECONDS - (self._clock() - self._began))

    def _units_left(self, rates: Mapping[str, float]) -> float:
        return sum(
            max(0.0, state.work.amount(phase) - state.done[phase]) * rates[phase]
            for state in self._states.values()
            if not state.ended
            for phase in UNIT_PHASES
        )

    def _seconds_left(self) -> float:
        rates = self._rates()
        return (
            self._loading_left()
            + self._units_left(rates) / self._workers
            + (self._score_total - self._score_done) * rates[Phase.SCORE]
        )

    def _seconds_done(self) -> float:
        rates = self._rates()
        units = sum(
            (state.work.amount(phase) if state.ended else state.done[phase]) * rates[phase]
            for state in self._states.values()
            for phase in UNIT_PHASES
        )
        loading = LOADING_SECONDS - self._loading_left() if self._states else 0.0
        return loading + units / self._workers + self._score_done * rates[Phase.SCORE]


def _names(subjects: Sequence[str]) -> str:
    return subjects[0] if len(subjects) == 1 else f"{subjects[0]} and {len(subjects) - 1} more"
