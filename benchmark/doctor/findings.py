"""What an examination finds: one finding a topic, an estimate of the time, and whether all is ready."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["ready", "fetch", "missing"]
"""Ready; not here, but the run fetches it from a hub that answers; or missing, so that the run could not go through."""


@dataclass(frozen=True)
class Finding:
    """One topic.

    Attributes:
        topic: device, memory, disk, dataset, base model, encoder ...
        state: whether a run can count on it.
        text: what there is, in a sentence or less.
        remedy: what to do about it; "" where nothing needs to be done.
        details: the same for programs: bytes, paths, addresses; JSON values.
    """

    topic: str
    state: State
    text: str
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """About how long the run would take.

    Attributes:
        seconds: by phase: "class images", "train", "sample", "score"; phases that a method lacks are 0.
        basis: "measured" (UNet passes on this device) or "matmul" (operations counted, a matrix product timed).
        words: how it was come by, for a person.
    """

    seconds: Mapping[str, float]
    basis: Literal["measured", "matmul"]
    words: str

    @property
    def total(self) -> float:
        """Seconds in all."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class Examination:
    """All findings about one run; `estimate` None where nothing is known of the model."""

    suite: str
    method: str
    findings: tuple[Finding, ...]
    estimate: Estimate | None

    @property
    def ready(self) -> bool:
        """Whether the run could begin now and go through."""
        return all(finding.state != "missing" for finding in self.findings)

    def record(self) -> dict[str, Any]:
        """As JSON."""
        estimate = self.estimate
        return {
            "ready": self.ready,
            "suite": self.suite,
            "method": self.method,
            "findings": [
                {"topic": found.topic, "state": found.state, "text": found.text, "remedy": found.remedy, **found.details}
                for found in self.findings
            ],
            "estimate": None
            if estimate is None
            else {
                "seconds": {phase: round(seconds, 1) for phase, seconds in estimate.seconds.items()},
                "total_seconds": round(estimate.total, 1),
                "basis": estimate.basis,
                "words": estimate.words,
            },
        }
