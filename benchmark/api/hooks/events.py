"""What hooks are told, in this order: RunStarted, events of subjects, ScoresReady, and RunDone or RunStopped.

Events are frozen and hold texts, numbers, tuples and mappings of these, so `json.dumps(event.record())` works.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something happened in a run.

    Attributes:
        folder: of the run.
    """

    folder: str

    def record(self) -> dict[str, Any]:
        """As JSON: "event" is the class's name, beside the attributes."""
        return {"event": type(self).__name__, **asdict(self)}


@dataclass(frozen=True, kw_only=True)
class RunStarted(Event):
    """A run begins, or goes on where it was interrupted. A finished one that is asked for again begins too: all is kept.

    Attributes:
        suite: its name.
        method: its name.
        settings: the method's, as run.json has them.
        seed: of the run.
        protocol: its name.
        fingerprint: of the protocol with the encoders' weights.
        subjects: all of the run, or of the part of it that is done.
        kept: those of them that are done already. No further event speaks of them.
        part: None for a whole run. "2/8" for a shard, and "steps 100,200" for the one training of several numbers of steps: a
            part has no scores.
    """

    suite: str
    method: str
    settings: Mapping[str, Any]
    seed: int
    protocol: str
    fingerprint: str
    subjects: tuple[str, ...]
    kept: tuple[str, ...]
    part: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubjectStarted(Event):
    """The first is heard of the work on a subject: a step is trained, or an image is there."""

    subject: str


@dataclass(frozen=True, kw_only=True)
class SubjectDone(Event):
    """A subject's images and its manifest are on the disk.

    Attributes:
        subject: its id.
        images: paths of its images, in the order of their names.
        steps: training steps.
        losses: of the training, in order; empty for a method that does not train.
        train_seconds: what the training took.
        sample_seconds: what the images took.
        peak_memory_bytes: largest resident memory of the process that did it.
        peak_device_memory_bytes: largest memory allocated on the GPU; None on a CPU.
        n_done: subjects that are done now, those that were kept among them.
        n_subjects: of the run, or of its part.
    """

    subject: str
    images: tuple[str, ...]
    steps: int
    losses: tuple[float, ...]
    train_seconds: float
    sample_seconds: float
    peak_memory_bytes: int
    peak_device_memory_bytes: int | None
    n_done: int
    n_subjects: int


@dataclass(frozen=True, kw_only=True)
class SubjectFailed(Event):
    """A subject could not be done; the others go on.

    Attributes:
        subject: its id.
        message: why, in a sentence.
    """

    subject: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ScoresReady(Event):
    """The whole run is scored, and summary.json is there.

    Attributes:
        n_images: images that are scored.
        overall: metric's key -> what summary.json has of it over all subjects: "mean", "ci95", "higher_is_better" and more.
        per_kind: kind of subject -> the same.
    """

    n_images: int
    overall: Mapping[str, Mapping[str, Any]]
    per_kind: Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class RunDone(Event):
    """The run is finished, or the part of it that was asked for.

    Attributes:
        part: as the run's beginning said it.
    """

    part: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunStopped(Event):
    """The run ends without being finished. The same command goes on with it, and then it begins again.

    Attributes:
        message: why, and how to go on.
    """

    message: str
