"""Statistics whose sampling unit is the subject: intervals, paired tests, and the correction for several metrics."""

from benchmark.statistics.bootstrap import LEVEL, N_RESAMPLES, Interval, bootstrap_interval, expanded_tail
from benchmark.statistics.cells import (
    NO_PROMPT,
    Cells,
    MethodCells,
    mean_interval,
    method_cells,
    paired_differences,
    subject_means,
)
from benchmark.statistics.holm import holm
from benchmark.statistics.paired import Comparison, compare_cells, compare_scores, within_noise_of_best
from benchmark.statistics.permutation import (
    N_PERMUTATIONS,
    PairedTest,
    least_p_value,
    paired_permutation_test,
    sign_flip_p_value,
)
from benchmark.statistics.ranks import RankInterval, rank_intervals
from benchmark.statistics.weighing import Weigh, weighing

__all__ = [
    "LEVEL",
    "NO_PROMPT",
    "N_PERMUTATIONS",
    "N_RESAMPLES",
    "Cells",
    "Comparison",
    "Interval",
    "MethodCells",
    "PairedTest",
    "RankInterval",
    "Weigh",
    "bootstrap_interval",
    "compare_cells",
    "compare_scores",
    "expanded_tail",
    "holm",
    "least_p_value",
    "mean_interval",
    "method_cells",
    "paired_differences",
    "paired_permutation_test",
    "rank_intervals",
    "sign_flip_p_value",
    "subject_means",
    "weighing",
    "within_noise_of_best",
]
