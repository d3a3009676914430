"""The order and the groups in which units are handed out."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from dreambench.baselines.registry import build_method
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import Unit

Group = tuple[Unit, ...]
"""Units whose subjects are prepared together."""


def groups_of(plan: RunPlan, units: Sequence[Unit], *, workers: int) -> list[Group]:
    """The units in groups as the method likes them, for so many workers, in the order in which they should be begun."""
    nouns = {unit.subject: plan.dataset.subject(unit.subject).class_noun for unit in units}
    group_size = build_method(plan.method, plan.settings).group_size
    return make_groups(spread_classes(units, nouns), group_size=group_size, workers=workers)


def spread_classes(units: Sequence[Unit], class_nouns: Mapping[str, str]) -> list[Unit]:
    """Units in an order that brings the first subject of every class noun first, then the second, and so on.

    Workers that begin with subjects of one class would wait for one another while its class images are made.
    """
    seen: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for position, unit in enumerate(units):
        noun = class_nouns[unit.subject]
        ranked.append((seen[noun], position, unit))
        seen[noun] += 1
    return [unit for _, _, unit in sorted(ranked, key=lambda entry: entry[:2])]


def make_groups(units: Sequence[Unit], *, group_size: int, workers: int) -> list[Group]:
    """Cut units into groups of at most `group_size`, as equal as can be, and no fewer groups than workers if possible."""
    if not units:
        return []
    count = max(math.ceil(len(units) / max(1, group_size)), min(workers, len(units)))
    short, longer = divmod(len(units), count)
    groups, start = [], 0
    for index in range(count):
        end = start + short + (1 if index < longer else 0)
        groups.append(tuple(units[start:end]))
        start = end
    return groups
