"""Statistics whose sampling unit is the subject: intervals, paired tests, and the correction for several metrics."""

from dreambench.benchmark.statistics.association import auc_of, clustered_interval, spearman_of, within_groups
from dreambench.benchmark.statistics.bootstrap import LEVEL, N_RESAMPLES, Interval, bootstrap_interval, expanded_tail
from dreambench.benchmark.statistics.cells import (
    NO_PROMPT,
    Cells,
    MethodCells,
    Weigh,
    mean_interval,
    paired_differences,
    subject_means,
)
from dreambench.benchmark.statistics.components import SOURCES, Source, SpreadOfScores, spread_of_scores
from dreambench.benchmark.statistics.holm import holm
from dreambench.benchmark.statistics.paired import Comparison, compare_cells, within_noise_of_best
from dreambench.benchmark.statistics.permutation import (
    N_PERMUTATIONS,
    PairedTest,
    least_p_value,
    paired_permutation_test,
    sign_flip_p_value,
)
from dreambench.benchmark.statistics.ranks import RankInterval, rank_intervals
from dreambench.benchmark.statistics.votes import FIRST, SECOND, UNDECIDED, clustered_share, majority

__all__ = [
    "FIRST",
    "LEVEL",
    "NO_PROMPT",
    "N_PERMUTATIONS",
    "N_RESAMPLES",
    "SECOND",
    "SOURCES",
    "UNDECIDED",
    "Cells",
    "Comparison",
    "Interval",
    "MethodCells",
    "PairedTest",
    "RankInterval",
    "Source",
    "SpreadOfScores",
    "Weigh",
    "auc_of",
    "bootstrap_interval",
    "clustered_interval",
    "clustered_share",
    "compare_cells",
    "expanded_tail",
    "holm",
    "least_p_value",
    "majority",
    "mean_interval",
    "paired_differences",
    "paired_permutation_test",
    "rank_intervals",
    "sign_flip_p_value",
    "spearman_of",
    "spread_of_scores",
    "subject_means",
    "within_groups",
    "within_noise_of_best",
]
