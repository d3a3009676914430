"""A run's events: from what the engine's workers say, and from the run itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dreambench.benchmark.api.hooks.events import (
    RunDone,
    RunStarted,
    RunStopped,
    ScoresReady,
    SubjectDone,
    SubjectFailed,
    SubjectStarted,
)
from dreambench.benchmark.api.hooks.telling import Hooks
from dreambench.benchmark.engine.messages import Failure, Message, Progress, UnitDone
from dreambench.benchmark.results.summary import Summary
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.scoring.summary import Means
from dreambench.dataset.errors import IncompleteRun, UserError


class RunEvents:
    """Tells hooks of a run. Nothing is told before `start`, and nothing after the end.

    Any engine will do: that a subject is begun is taken from the first that its worker says of it.

    Args:
        hooks: who is told.
        plan: the run's.
        folder: the run's.
        part: what part of the run is done; None for all of it.
    """

    def __init__(self, hooks: Hooks, plan: RunPlan, folder: Path, *, part: str | None = None) -> None:
        self._hooks, self._plan, self._folder, self._part = hooks, plan, folder, part
        self._started = False
        self._begun: set[str] = set()
        self._n_done = self._n_subjects = 0
        self._folders: Mapping[str, Path] = {}

    def start(self, *, subjects: Sequence[str], kept: Collection[str], folders: Mapping[str, Path] | None = None) -> None:
        """Say that the run begins.

        Args:
            subjects: all of the run, or of its part.
            kept: those that are done already.
            folders: subject -> where its images go, where that is another run's folder.
        """
        self._started = True
        self._n_done, self._n_subjects = len(kept), len(subjects)
        self._folders = folders or {}
        plan = self._plan
        self._hooks.tell(
            RunStarted(
                folder=str(self._folder),
                suite=plan.suite.name,
                method=plan.method,
                settings=plan.settings.identity(),
                seed=plan.seed,
                protocol=plan.protocol.name,
                fingerprint=plan.fingerprint,
                subjects=tuple(subjects),
                kept=tuple(subject for subject in subjects if subject in kept),
                part=self._part,
            )
        )

    def hear(self, message: Message) -> None:
        """Pass on what a worker says, as far as it is an event."""
        match message:
            case Progress(subjects, ahead=False):  # class images that are made for subjects do not begin them
                self._begin(subjects)
            case UnitDone(manifest):
                self._begin((manifest.subject,))
                self._n_done += 1
                self._hooks.tell(self._done(manifest))
            case Failure(subjects, _, said):
                self._begin(subjects)
                for subject in subjects:
                    self._hooks.tell(SubjectFailed(folder=str(self._folder), subject=subject, message=said))
            case _:
                pass

    def scores(self, summary: Summary) -> None:
        """Say what the scores are."""
        self._hooks.tell(
            ScoresReady(
                folder=str(self._folder),
                n_images=summary.n_images,
                overall=_plain(summary.overall),
                per_kind={kind: _plain(means) for kind, means in summary.per_kind.items()},
            )
        )

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Say how the block ended, if the run began in it."""
        try:
            yield
        except (UserError, IncompleteRun) as error:
            if self._started:
                self._hooks.tell(RunStopped(folder=str(self._folder), message=str(error)))
            raise
        if self._started:
            self._hooks.tell(RunDone(folder=str(self._folder), part=self._part))

    def _begin(self, subjects: Sequence[str]) -> None:
        for subject in subjects:
            if subject not in self._begun:
                self._begun.add(subject)
                self._hooks.tell(SubjectStarted(folder=str(self._folder), subject=subject))

    def _done(self, manifest: UnitManifest) -> SubjectDone:
        root = self._folders.get(manifest.subject, self._folder)
        return SubjectDone(
            folder=str(self._folder),
            subject=manifest.subject,
            images=tuple(str(root / name) for name in sorted(manifest.images)),
            steps=manifest.steps,
            losses=manifest.losses,
            train_seconds=manifest.seconds.train,
            sample_seconds=manifest.seconds.sample,
            peak_memory_bytes=manifest.peak_memory_bytes,
            peak_device_memory_bytes=manifest.peak_device_memory_bytes,
            n_done=self._n_done,
            n_subjects=self._n_subjects,
        )


def _plain(means: Means) -> dict[str, dict[str, Any]]:
    return {key: mean.model_dump(mode="json") for key, mean in means.items()}
