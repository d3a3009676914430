"""Statistics whose sampling unit is the subject: intervals, paired tests, and the correction for several metrics."""

from benchmark.statistics.bootstrap import LEVEL, N_RESAMPLES, Interval, bootstrap_interval
from benchmark.statistics.holm import holm
from benchmark.statistics.paired import Comparison, compare_scores, paired_differences
from benchmark.statistics.permutation import N_PERMUTATIONS, PairedTest, paired_permutation_test

__all__ = [
    "LEVEL",
    "N_PERMUTATIONS",
    "N_RESAMPLES",
    "Comparison",
    "Interval",
    "PairedTest",
    "bootstrap_interval",
    "compare_scores",
    "holm",
    "paired_differences",
    "paired_permutation_test",
]
