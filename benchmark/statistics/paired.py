"""Two methods side by side: paired differences, intervals and Holm-corrected p-values, metric by metric."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from benchmark.metrics import METRICS, MetricInfo
from benchmark.scores import Scores
from benchmark.statistics.bootstrap import bootstrap_interval
from benchmark.statistics.holm import holm
from benchmark.statistics.permutation import paired_permutation_test
from dataset.errors import UserError


@dataclass(frozen=True)
class Comparison:
    """One metric of two methods on the cells that both have.

    Attributes:
        metric: its key.
        difference: mean over subjects of first minus second; NaN where a method lacks the metric.
        low: lower end of the 95% bootstrap interval of the difference, over subjects.
        high: its upper end.
        p_value: of the paired permutation test.
        adjusted_p_value: after Holm over the metrics compared.
        n_subjects: subjects in the pairing.
        n_cells: (subject, prompt) cells in the pairing; subjects for a metric that only a subject has.
    """

    metric: str
    difference: float
    low: float
    high: float
    p_value: float
    adjusted_p_value: float
    n_subjects: int
    n_cells: int


def compare_scores(
    first: Scores, second: Scores, *, metrics: Sequence[MetricInfo] = METRICS, seed: int = 0
) -> dict[str, Comparison]:
    """Compare two methods scored under the same protocol (the caller checks the fingerprints).

    Cells that only one of the two has are left out, for every metric: `n_cells` tells how many remained.

    Raises:
        UserError: they share no subject and prompt.
    """
    cells = {info.key: paired_differences(first, second, info) for info in metrics}
    tests = {
        key: paired_permutation_test(frame["difference"].to_numpy(), frame["subject"].tolist(), seed=seed)
        for key, frame in cells.items()
    }
    adjusted = holm({key: test.p_value for key, test in tests.items()})
    comparisons = {}
    for key, test in tests.items():
        interval = bootstrap_interval(cells[key].groupby("subject")["difference"].mean().to_numpy(), seed=seed)
        comparisons[key] = Comparison(
            metric=key,
            difference=test.difference,
            low=interval.low,
            high=interval.high,
            p_value=test.p_value,
            adjusted_p_value=adjusted[key],
            n_subjects=test.n_subjects,
            n_cells=test.n_cells,
        )
    return comparisons


def paired_differences(first: Scores, second: Scores, info: MetricInfo) -> pd.DataFrame:
    """First minus second for every (subject, prompt) that both have, or every subject for a subject's metric.

    Returns:
        Columns subject, prompt_index (not for a subject's metric) and difference.
    """
    if info.level == "image":
        keys = ["subject", "prompt_index"]
        tables = [scores.images.groupby(keys)[info.key].mean() for scores in (first, second)]
    else:
        keys = ["subject"]
        tables = [scores.subjects.set_index(keys)[info.key] for scores in (first, second)]
    both = tables[0].to_frame("first").join(tables[1].to_frame("second"), how="inner")
    if both.empty:
        raise UserError("The two runs have no subject and prompt in common; compare runs of the same subjects and prompts.")
    return (both["first"] - both["second"]).rename("difference").reset_index()
