"""Resumable training: the state of a stage, saved whole every so often and continued from where it stands."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """Anything with a state dictionary: a module or an optimiser."""

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102
    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...  # noqa: D102


def learning_rate_at(step: int, *, steps: int, peak: float, warmup: int) -> float:
    """Linear warm-up, then a cosine down to a hundredth of the peak."""
    import math

    if step < warmup:
        return peak * (step + 1) / warmup
    progress = (step - warmup) / max(1, steps - warmup)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def save_state(path: Path, *, step: int, parts: dict[str, Stateful], curve: list[tuple[int, float]]) -> None:
    """Write a stage's state aside and rename it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".part")
    torch.save({"step": step, "curve": curve, "parts": {name: part.state_dict() for name, part in parts.items()}}, aside)
    aside.replace(path)


def load_state(path: Path, parts: dict[str, Stateful]) -> tuple[int, list[tuple[int, float]]]:
    """Continue from a saved state: returns the next step and the loss curve so far; (0, []) where there is none."""
    if not path.exists():
        return 0, []
    state = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state["parts"][name])
    return state["step"], [(int(step), float(loss)) for step, loss in state["curve"]]


def train(
    name: str,
    *,
    folder: Path,
    steps: int,
    parts: dict[str, Stateful],
    step_function: Callable[[int], float],
    save_every: int = 200,
    log_every: int = 50,
) -> list[tuple[int, float]]:
    """Run `step_function` for steps 0..steps-1, resumable, printing mean loss and time left; returns the loss curve.

    `step_function(step)` must draw all its randomness from the step's number, so that a resumed stage equals an unbroken one.
    """
    path = folder / f"{name}.pt"
    first, curve = load_state(path, parts)
    total, count, since = 0.0, 0, time.monotonic()
    for step in range(first, steps):
        total, count = total + step_function(step), count + 1
        if (step + 1) % log_every == 0:
            mean, pace = total / count, (time.monotonic() - since) / count
            curve.append((step + 1, mean))
            left = pace * (steps - step - 1) / 60
            print(f"{name}: step {step + 1}/{steps}, loss {mean:.4f}, {pace:.2f} s a step, {left:.0f} min left", flush=True)
            total, count, since = 0.0, 0, time.monotonic()
        if (step + 1) % save_every == 0 or step + 1 == steps:
            save_state(path, step=step + 1, parts=parts, curve=curve)
    return curve
