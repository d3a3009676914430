"""What a worker says while it works, and what an engine gives back. All of it can be pickled."""

from dataclasses import dataclass
from typing import Literal

from dreambench.benchmark.runs.units import UnitManifest

FailureKind = Literal["user", "machine", "out_of_memory", "unexpected"]
"""Wrong input, that only the work shows; a machine that fails (a full disk, a lost drive); full memory, the host's
or a GPU's; or anything else."""


@dataclass(frozen=True)
class Loaded:
    """A worker has loaded its models and asks for work."""


@dataclass(frozen=True)
class Memory:
    """What is in use now, where a worker works.

    Attributes:
        host: the machine's name.
        device: "cpu", or a GPU as the machine counts them, "cuda:1".
        holder: tells what is to be added up: a process on a CPU, the whole device on a GPU, whichever process uses it.
        used: bytes: of the process, or of the device.
        total: bytes of the device; None on a CPU.
    """

    host: str
    device: str
    holder: str
    used: int
    total: int | None = None


@dataclass(frozen=True)
class Progress:
    """A phase of a group of units: `done` of `total` steps or images, `seconds` since the phase began."""

    subjects: tuple[str, ...]
    """Of the group, or of the part of it that is at work; all that wait for class images that are made for them."""
    phase: str
    """A `dreambench.baselines.work.Phase`, or a word of a plug-in's own, which is shown and not counted."""
    done: int
    total: int
    seconds: float
    memory: Memory | None = None
    """What is in use; not every message says it."""
    ahead: bool = False
    """Whether it is of what is made for the subjects before they are begun, such as class images."""


@dataclass(frozen=True)
class UnitDone:
    """A unit's manifest is on disk."""

    manifest: UnitManifest


@dataclass(frozen=True)
class Failure:
    """Units that could not be done. `message` is one sentence for a person, `traceback` goes to the log.

    No subjects means that a worker could not even begin (broken weights): nothing else can go right then.
    """

    subjects: tuple[str, ...]
    kind: FailureKind
    message: str
    traceback: str


@dataclass(frozen=True)
class GroupFinished:
    """A worker is through with a task, well or not, and asks for the next."""


@dataclass(frozen=True)
class WorkerLost:
    """A worker vanished; these units, which it had begun, are begun again by another."""

    subjects: tuple[str, ...]
    how: str
    """What happened, as the beginning of a sentence."""


@dataclass(frozen=True)
class Tick:
    """Nothing happened for a moment; displays may use it to move on."""


Message = Loaded | Progress | UnitDone | Failure | GroupFinished | WorkerLost | Tick


@dataclass(frozen=True)
class Outcome:
    """What an engine did: finished units by subject, failures, and units it never began."""

    done: dict[str, UnitManifest]
    failures: tuple[Failure, ...]
    untried: tuple[str, ...]
