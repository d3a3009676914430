"""A variant's runs under several seeds, as one: the mean over the seeds in every cell of subject and prompt."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.statistics import Cells, MethodCells


def mean_over_seeds(runs: Sequence[ScoredRun], label: str) -> ScoredRun:
    """One scored run whose cells are the means over runs that differ in their seed alone.

    The subject stays the unit of tests and intervals: a second seed makes a cell steadier and adds no subject.

    Args:
        runs: over the same subjects and prompts, one or more.
        label: what tables call it.
    """
    first = replace(runs[0], label=label)
    if len(runs) == 1:
        return first
    cells = [run.cells for run in runs]
    return replace(first, cells=MethodCells(_mean([c.by_prompt for c in cells]), _mean([c.by_subject for c in cells])))


def _mean(tables: Sequence[Cells]) -> Cells:
    first = tables[0]
    values = {key: np.mean([table.values[key] for table in tables], axis=0) for key in first.values}
    return replace(first, values=values)
