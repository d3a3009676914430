"""A loss curve is short whatever the training, and its points are means over the steps that its edges say."""

from itertools import pairwise

import pytest

from dreambench.baselines.training.loss_curve import POINTS, bin_edges, loss_curve


def test_a_short_training_is_kept_as_it_is() -> None:
    assert loss_curve([0.5, 0.25, 0.125]) == [0.5, 0.25, 0.125]
    assert loss_curve([]) == []


def test_a_long_training_is_averaged_over_equal_bins() -> None:
    curve = loss_curve([float(step) for step in range(1000)])  # ten steps a point: 0..9 -> 4.5, 10..19 -> 14.5, ...
    assert curve == [10 * point + 4.5 for point in range(POINTS)]


@pytest.mark.parametrize("steps", [1, 7, 101, 250, 999])
def test_every_step_is_in_one_bin_and_bins_differ_by_one_step_at_most(steps: int) -> None:
    edges = bin_edges(steps, min(POINTS, steps))
    sizes = {high - low for low, high in pairwise(edges)}
    assert (edges[0], edges[-1]) == (0, steps)
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1
    flat = loss_curve([0.25] * steps)
    assert flat == [0.25] * min(POINTS, steps)
