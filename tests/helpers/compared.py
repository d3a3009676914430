"""Two scored runs compared, as `bench compare` does it."""

from dreambench.benchmark.results.cells import method_cells
from dreambench.benchmark.scoring.tables import Scores
from dreambench.benchmark.statistics import Comparison, compare_cells


def compare_scores(first: Scores, second: Scores) -> dict[str, Comparison]:
    """First minus second on the cells that both have, metric by metric of the first."""
    cells = [method_cells(scores) for scores in (first, second)]
    return compare_cells(cells[0], cells[1], metrics=[info.key for info in first.metrics])
