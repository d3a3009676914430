"""Variance components: by hand, and their intervals on simulated benchmarks whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dreambench.benchmark.statistics import SOURCES, Source, bootstrap_interval, spread_of_scores

N_SIMULATIONS = 500


def benchmark_scores(
    generator: np.random.Generator, shape: tuple[int, int, int, int], deviations: tuple[float, ...]
) -> NDArray[np.float64]:
    """[subjects, prompts, seeds, images], each source of spread drawn by itself."""
    n_subjects, n_prompts, n_seeds, _ = shape
    sizes = ((n_subjects, 1, 1, 1), (n_subjects, n_prompts, 1, 1), (n_subjects, 1, n_seeds, 1), (*shape[:3], 1), shape)
    scores = np.full(shape, 0.7)
    for deviation, size in zip(deviations, sizes, strict=True):
        scores = scores + deviation * generator.normal(size=size)
    return scores


def test_two_subjects_two_seeds_by_hand() -> None:
    # subject 1: seeds 1, 3; subject 2: seeds 5, 9. Within: ((1-2)^2 + (3-2)^2 + (5-7)^2 + (9-7)^2) / 2 = 5.
    # Between: 2 * ((2-4.5)^2 + (7-4.5)^2) / 1 = 25; (25 - 5) / 2 = 10.
    found = spread_of_scores(np.array([[1.0, 3.0], [5.0, 9.0]]).reshape(2, 1, 2, 1))
    assert {source: found.variances[source].mean for source in found.variances} == {"subject": 10.0, "seed": 5.0}
    # Student's t with 2 degrees of freedom is 4.3027 at .975; a seed's mean over two subjects has the variance 5 / 2.
    assert found.between_seeds == pytest.approx(4.3027 * np.sqrt(2 * 5 / 2), rel=1e-4)
    assert found.deviation("image") == 0.0


def test_one_image_a_prompt_leaves_the_image_and_its_cell_together() -> None:
    scores = benchmark_scores(np.random.default_rng(3), (200, 20, 3, 1), (0.06, 0.05, 0.02, 0.03, 0.04))
    found = spread_of_scores(scores)
    assert "prompt and seed" not in found.variances
    assert found.deviation("image") == pytest.approx(0.05, rel=0.03)  # sqrt(.03^2 + .04^2)


def test_equal_scores_have_no_spread() -> None:
    found = spread_of_scores(np.full((3, 2, 2, 2), 0.5))
    assert all(interval.mean == 0 for interval in found.variances.values())
    assert found.between_seeds == 0


@pytest.mark.parametrize("shape", [(1, 5, 2, 4), (5, 5, 1, 4), (0, 5, 2, 4)])
def test_one_subject_or_one_seed_says_nothing(shape: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="two subjects and two seeds"):
        spread_of_scores(np.zeros(shape))


def test_a_gap_is_refused() -> None:
    scores = np.zeros((2, 2, 2, 2))
    scores[0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        spread_of_scores(scores)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "deviations"),
    [
        ((30, 25, 3, 4), (0.06, 0.05, 0.015, 0.02, 0.04)),
        ((6, 5, 3, 4), (0.06, 0.05, 0.02, 0.02, 0.04)),
    ],
)
def test_intervals_cover_the_known_components(shape: tuple[int, int, int, int], deviations: tuple[float, ...]) -> None:
    generator = np.random.default_rng(7)
    covered: dict[str, int] = dict.fromkeys([*SOURCES, "difference", "mean"], 0)
    truth: dict[Source, float] = {source: deviation**2 for source, deviation in zip(SOURCES, deviations, strict=True)}
    for number in range(N_SIMULATIONS):
        scores = benchmark_scores(generator, shape, deviations)
        found = spread_of_scores(scores, seed=number)
        for source, variance in truth.items():
            covered[source] += found.variances[source].low <= variance <= found.variances[source].high
        # Two more seeds of the same subjects and prompts: their difference is what `between_seeds` bounds.
        own = (0.0, 0.0, *deviations[2:])
        first, second = benchmark_scores(generator, (*shape[:2], 2, shape[3]), own).mean(axis=(0, 1, 3))
        covered["difference"] += abs(first - second) <= found.between_seeds
        interval = bootstrap_interval(scores.mean(axis=(1, 2, 3)), seed=number, n_resamples=2000)
        covered["mean"] += interval.low <= 0.7 <= interval.high
    shares = {what: count / N_SIMULATIONS for what, count in covered.items()}
    assert all(0.92 <= share <= 0.975 for share in shares.values()), shares
