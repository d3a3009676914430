"""What the intervals and tests promise, checked on simulated benchmarks whose truth is known."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from numpy.typing import NDArray

import dreambench.benchmark
from dreambench.benchmark.statistics import bootstrap_interval, sign_flip_p_value

SUBJECTS = 30
BENCHMARKS = 1000
Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def shipped_spread() -> dict[str, NDArray[np.float64]]:
    """What 30 subjects of the miniature really scored, metric by metric: the floor that ships with the package."""
    (path,) = (Path(dreambench.benchmark.__file__).parent / "data/reference_runs/mini").rglob("*subjects.parquet")
    table = pd.read_parquet(path)
    return {key: table[key].to_numpy() for key in ("dino", "clip_i", "clip_t", "pres", "div")}


def populations() -> dict[str, tuple[float, Draw]]:
    """Name -> true mean, and how to draw subjects."""
    found: dict[str, tuple[float, Draw]] = {
        f"pretrained {key}": (float(values.mean()), lambda generator, shape, values=values: generator.choice(values, shape))
        for key, values in shipped_spread().items()
    }
    # DreamBooth's DINO on the miniature has mean .898, sd .072 and skew -1.3, Beta(15, 1.7) .898, .072 and -1.2; its DIV
    # .042, .036 and 1.0, the gamma .042, .036 and 1.7
    found["dreambooth dino"] = (15 / 16.7, lambda generator, shape: generator.beta(15, 1.7, shape))
    found["dreambooth div"] = (0.042, lambda generator, shape: generator.gamma(1.36, 0.042 / 1.36, shape))
    found["normal"] = (0.0, lambda generator, shape: generator.normal(size=shape))
    return found


@pytest.mark.parametrize("name", populations())
def test_95_percent_intervals_cover_92_to_97_percent_of_1000_benchmarks(name: str) -> None:
    mean, draw = populations()[name]
    values = draw(np.random.default_rng(1), (BENCHMARKS, SUBJECTS))
    intervals = [bootstrap_interval(each, n_resamples=2000) for each in values]  # 2,000 move the ends by 2% of the width
    covered = np.mean([interval.low <= mean <= interval.high for interval in intervals])
    assert 0.92 <= covered <= 0.97


@pytest.mark.parametrize("n", [6, 9])
def test_few_subjects_are_covered_nearly_as_well(n: int) -> None:
    """A quick run has 6, the live subjects are 9; plain percentile intervals cover 87% and 91% of these."""
    values = np.random.default_rng(2).normal(size=(BENCHMARKS, n))
    intervals = [bootstrap_interval(each, n_resamples=2000) for each in values]
    covered = np.mean([abs(each.low + each.high) < each.high - each.low for each in intervals])
    assert 0.92 <= covered <= 0.97


@pytest.mark.parametrize("key", ["dino", "clip_t", "div"])
def test_equal_methods_are_called_different_in_5_percent_of_1000_pairs(key: str) -> None:
    """Two methods share their subjects' ease and differ by noise that is as skewed as the miniature's subjects are."""
    values = shipped_spread()[key]
    generator = np.random.default_rng(3)
    pairs = generator.choice(values, (2, BENCHMARKS, SUBJECTS))
    alarms = np.mean(
        [sign_flip_p_value(first - second, n_permutations=2000) <= 0.05 for first, second in zip(*pairs, strict=True)]
    )
    assert 0.035 <= alarms <= 0.065  # 5% with a standard error of 0.7%


def test_on_normal_differences_the_p_value_is_that_of_students_paired_test() -> None:
    generator = np.random.default_rng(4)
    for shift in (0.0, 0.2, 0.4, 0.6):
        differences = generator.normal(shift, 1, SUBJECTS)
        theirs = scipy.stats.ttest_1samp(differences, 0.0).pvalue
        assert sign_flip_p_value(differences, n_permutations=30_000) == pytest.approx(theirs, abs=0.012)


def test_a_real_difference_is_found_as_often_as_students_test_finds_it() -> None:
    differences = np.random.default_rng(5).normal(0.5, 1, (400, SUBJECTS))
    ours = np.mean([sign_flip_p_value(each, n_permutations=2000) <= 0.05 for each in differences])
    theirs = np.mean(scipy.stats.ttest_1samp(differences, 0.0, axis=1).pvalue <= 0.05)
    assert ours == pytest.approx(theirs, abs=0.02)
    assert ours > 0.7  # the power of a t-test of 30 values half a standard deviation off is 0.75
