"""Hooks: what a person wants to be told while a run goes on, and the events that it is told."""

from dreambench.benchmark.api.hooks.events import (
    Event,
    RunDone,
    RunStarted,
    RunStopped,
    ScoresReady,
    SubjectDone,
    SubjectFailed,
    SubjectStarted,
)
from dreambench.benchmark.api.hooks.registry import Hook

__all__ = [
    "Event",
    "Hook",
    "RunDone",
    "RunStarted",
    "RunStopped",
    "ScoresReady",
    "SubjectDone",
    "SubjectFailed",
    "SubjectStarted",
]
