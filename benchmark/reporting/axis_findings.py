"""What a study whose variants are values of one setting says: the best value for each subject, and where copying begins."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.metrics.copy_index import FLAG_SHARE
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.summary import Summary
from dreambench.benchmark.statistics.cells import subject_means


def best_values(axis: str, values: Sequence[float], rows: Sequence[ScoredRun], infos: Sequence[MetricInfo]) -> list[str]:
    """A sentence a metric: which value of the setting is best for which subjects.

    Args:
        axis: the setting.
        values: of it, a variant each.
        rows: the variants' scores, in the same order.
        infos: the metrics to speak of; those without a good direction are left out.
    """
    sentences = []
    for info in infos:
        tables = [row.cells.table(info.key) for row in rows]
        if info.higher_is_better is None or any(table is None for table in tables):
            continue
        means = np.array([subject_means(table, info.key) for table in tables if table is not None])
        worth = np.where(np.isfinite(means), means if info.higher_is_better else -means, -np.inf)
        first = tables[0]
        assert first is not None
        names = list(dict.fromkeys(map(str, first.subjects)))
        known = np.atleast_1d(np.isfinite(worth).any(axis=0))
        best = {name: values[number] for name, number, sure in zip(names, worth.argmax(axis=0), known, strict=True) if sure}
        by_value = {value: [name for name, own in best.items() if own == value] for value in sorted(set(best.values()))}
        if by_value:
            said = "; ".join(f"{value:g} for {', '.join(subjects)}" for value, subjects in by_value.items())
            sentences.append(f"Best {axis} by {info.label}, subject by subject: {said}.")
    return sentences


def where_copying_begins(axis: str, values: Sequence[float], summaries: Sequence[Sequence[Summary]]) -> list[str]:
    """The first value, rising, at which more than a fifth of the images look copied; or that there is none.

    Args:
        axis: the setting.
        values: of it, a variant each.
        summaries: of each variant's runs, one a seed.

    Returns:
        One sentence; none where nobody measured copying.
    """
    shares = {
        value: fmean(summary.copying.share for summary in of_variant if summary.copying is not None)
        for value, of_variant in sorted(zip(values, summaries, strict=True), key=lambda pair: pair[0])
        if any(summary.copying is not None for summary in of_variant)
    }
    if not shares:
        return []
    said = ", ".join(f"{value:g}: {share:.0%}" for value, share in shares.items())
    begins = next((value for value, share in shares.items() if share > FLAG_SHARE), None)
    where = f"never begins by the usual limit of {FLAG_SHARE:.0%}" if begins is None else f"begins at {begins:g}"
    return [f"Copying {where}; the share of images that look copied, by {axis}: {said}."]
