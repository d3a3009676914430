"""Loss against steps: means by hand, one line for one training, and a sentence for units that cannot be drawn."""

from types import SimpleNamespace
from typing import Any

import pytest

from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES, loss_curve
from dreambench.benchmark.reporting.study_losses import loss_plot
from dreambench.benchmark.runs.units import UnitManifest, UnitSeconds


def unit(subject: str, losses: list[float], *, recorded: bool = True) -> UnitManifest:
    return UnitManifest(
        key="k",
        subject=subject,
        images={},
        prior={},
        losses=tuple(losses),
        steps=len(losses),
        details={REFERENCE_LOSSES: loss_curve(losses)} if recorded else {},
        seconds=UnitSeconds(train=1.0, sample=1.0),
        peak_memory_bytes=1,
        peak_device_memory_bytes=None,
        environment={},
    )


def run(*units: UnitManifest) -> Any:
    return SimpleNamespace(manifests=lambda: {one.subject: one for one in units})


def test_a_point_is_the_mean_over_subjects_and_seeds_of_the_losses_of_its_steps() -> None:
    # dog: seeds 1 and 3 -> 2 at every step; can: 4; so 3 at every step
    seeds = [run(unit("dog", [1.0] * 4), unit("can", [4.0] * 4)), run(unit("dog", [3.0] * 4), unit("can", [4.0] * 4))]
    falling = [float(200 - step) for step in range(200)]
    plot, said = loss_plot(["a", "b"], [seeds, [run(unit("dog", falling), unit("can", falling))] * 2])
    assert plot is not None
    assert said == []
    flat, long = plot.curves
    assert list(flat.steps) == [1, 2, 3, 4]
    assert [cell.mean for cell in flat.losses] == [3.0] * 4
    assert all(cell.low == 2.0 and cell.high == 4.0 for cell in flat.losses)  # of two subjects: one of them, or the other
    # 200 steps, 100 recorded points, 25 drawn ones of 8 steps: 1..8 -> middle 4.5, mean of 200..193
    assert (long.steps[0], long.steps[-1], len(long.steps)) == (4.5, 196.5, 25)
    assert (long.losses[0].mean, long.losses[-1].mean) == pytest.approx((196.5, 4.5))


def test_moments_of_one_training_are_one_line() -> None:
    falling = [float(50 - step) for step in range(50)]
    moments = [[run(unit("dog", falling[:steps]))] for steps in (10, 25, 50)]
    plot, _ = loss_plot(["10", "25", "50"], moments)
    assert plot is not None
    assert [curve.label for curve in plot.curves] == ["50"]
    other, _ = loss_plot(["10", "25", "50"], [[run(unit("dog", [9.0] * 10))], *moments[1:]])
    assert other is not None
    assert [curve.label for curve in other.curves] == ["10", "50"]


def test_units_without_these_losses_are_left_out_and_named() -> None:
    new, old, untrained = [run(unit("dog", [1.0, 2.0]))], [run(unit("dog", [1.0], recorded=False))], [run(unit("dog", []))]
    plot, said = loss_plot(["new", "old", "floor"], [new, old, untrained])
    assert plot is not None
    assert [curve.label for curve in plot.curves] == ["new"]
    assert said[0].startswith("Loss against steps is not drawn of old: ")
    assert loss_plot(["new", "floor"], [new, untrained]) == (None, [])
    assert loss_plot(["one scale", "another"], [old, old]) == (None, [])  # one training: sampling alone differs
    shared, _ = loss_plot(["one scale", "another", "other"], [new, new, [run(unit("dog", [7.0, 7.0]))]])
    assert shared is not None
    assert [curve.label for curve in shared.curves] == ["one scale and 1 more", "other"]
    broken = unit("dog", [1.0, 2.0]).model_copy(update={"details": {REFERENCE_LOSSES: ["much", 2.0]}})
    assert loss_plot(["a", "b"], [[run(broken)], old])[0] is None
