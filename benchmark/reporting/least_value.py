"""Can less be used? The smallest value of a study's setting at which nothing is seen to be lost."""

from collections.abc import Sequence
from math import isfinite
from typing import Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.statistics import Comparison, compare_cells, holm, least_p_value
from dreambench.dataset.words import counted

_LEVEL: Final = 0.05


def least_value(
    axis: str, values: Sequence[float], rows: Sequence[ScoredRun], infos: Sequence[MetricInfo], *, goal: int
) -> list[str]:
    """The smallest value that does as well as another, in a sentence that says how it was found.

    Every smaller value is tested against the other one in every metric: paired over subjects, Holm over all of these tests. A
    value does as well if neither it nor any value between is significantly worse in a metric.

    Args:
        axis: the setting.
        values: of it, a variant each.
        rows: the variants' scores, in the same order.
        infos: the metrics; those without a good direction are left out.
        goal: the number of the variant that is to be reached.

    Returns:
        One sentence or two; none where no smaller value was run.
    """
    directed = [info for info in infos if info.higher_is_better is not None]
    smaller = sorted((number for number in range(len(values)) if values[number] < values[goal]), key=lambda n: -values[n])
    if not smaller or not directed:
        return []
    keys = [info.key for info in directed]
    found = {number: compare_cells(rows[number].cells, rows[goal].cells, metrics=keys) for number in smaller}
    adjusted = holm({f"{number} {key}": found[number][key].p_value for number in smaller for key in keys})
    n_tests = sum(map(isfinite, adjusted.values()))
    n_subjects = max(compared.n_subjects for of_value in found.values() for compared in of_value.values())
    if not n_tests or least_p_value(n_subjects) * n_tests > _LEVEL:
        return [
            f"Whether a smaller {axis} than {values[goal]:g} does as well cannot be said: with "
            f"{counted(n_subjects, 'subject')} no difference, however large, is significant after Holm over "
            f"{counted(n_tests, 'test')}."
        ]
    how = (
        f"paired over {counted(n_subjects, 'subject')}, Holm over {counted(n_tests, 'test')}: {counted(len(smaller), 'value')} "
        f"of {axis}, {counted(len(keys), 'metric')}"
    )
    reached = None
    for number in smaller:  # falling from the goal, so that a value beyond a gap does not count
        worse = [
            info for info in directed if _is_worse(info, found[number][info.key]) and adjusted[f"{number} {info.key}"] <= _LEVEL
        ]
        if worse:
            lost = _differences(worse, found[number])
            ended = f"At {values[number]:g} is lost: {lost}."
            break
        reached, ended = number, ""
    if reached is None:
        return [f"No smaller {axis} than {values[goal]:g} does as well ({how}). {ended}"]
    hidden = _differences(directed, found[reached])
    said = (
        f"Less can be used: {axis} {values[reached]:g} is the smallest value down to which no metric is significantly worse "
        f"than at {values[goal]:g} ({how}). Its differences, with 95% intervals, which say how much may be lost unseen: "
        f"{hidden}."
    )
    return [said if not ended else f"{said} {ended}"]


def _is_worse(info: MetricInfo, compared: Comparison) -> bool:
    return compared.difference < 0 if info.higher_is_better else compared.difference > 0


def _differences(infos: Sequence[MetricInfo], found: dict[str, Comparison]) -> str:
    return ", ".join(
        f"{info.label} {compared.difference:+.3f} ({compared.low:+.3f} to {compared.high:+.3f})"
        for info in infos
        if (compared := found[info.key]).n_subjects
    )
