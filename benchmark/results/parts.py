"""Runs compared part by part: all subjects, each kind of subject, each family of prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.prompts import recorded_prompts
from dreambench.benchmark.statistics import (
    Cells,
    Comparison,
    Interval,
    MethodCells,
    compare_cells,
    mean_interval,
    within_noise_of_best,
)
from dreambench.dataset.kinds import NO_FAMILY, families_in_order, family_label, kind_label, kinds_in_order

Breakdown = Literal["kind", "family"]
BREAKDOWNS: Final[tuple[Breakdown, ...]] = ("kind", "family")


@dataclass(frozen=True)
class PartOfRun:
    """One run in one part.

    Attributes:
        intervals: metric -> mean with interval; a metric that the run lacks in this part is missing or has no subject.
        against: metric -> paired difference to the run held against; empty for that run, and across fingerprints.
        ranks: metric -> 1 for the best mean, 2 for the second best (of three runs or more); equal means share a rank.
        tied: the metrics in which it is not the best and not significantly different from the best.
    """

    intervals: Mapping[str, Interval]
    against: Mapping[str, Comparison]
    ranks: Mapping[str, int]
    tied: frozenset[str]


@dataclass(frozen=True)
class Part:
    """All runs in one part.

    Attributes:
        breakdown: "all", "kind" or "family".
        name: of the part, as readers call it.
        n_subjects: in it.
        prompts: the fewest and the most that a subject of it has.
        n_cells: pairs of subject and prompt.
        runs: in the order given.
    """

    breakdown: Literal["all", "kind", "family"]
    name: str
    n_subjects: int
    prompts: tuple[int, int]
    n_cells: int
    runs: tuple[PartOfRun, ...]


def compare_parts(
    runs: Sequence[ScoredRun], infos: Sequence[MetricInfo], *, against: int | None, per: Sequence[Breakdown] = ()
) -> list[Part]:
    """Compare runs over the same subjects and prompts, over all of them and part by part.

    A metric's ranks and ties are given only where all runs made it in the same way, by its fingerprint; differences only where
    the run held against did.

    Args:
        runs: as `check_same_prompts` lets them pass.
        infos: the metrics.
        against: the place of the run that the others are held against; None for no tests.
        per: the breakdowns wanted besides the whole.
    """
    parts = [_compare("all", "all subjects and prompts", [run.cells for run in runs], runs, infos, against)]
    if "kind" in per:
        for kind in kinds_in_order(kind for run in runs for kind in run.kinds.values()):
            cells = [_of_kind(run, kind) for run in runs]
            parts.append(_compare("kind", kind_label(kind), cells, runs, infos, against))
    if "family" in per:
        # The first run's families for all: they are no part of a dataset's checksum, and the parts must be the same cells.
        families_of = {key: prompt.family for key, prompt in recorded_prompts(runs[0].run).items()}
        families = [_families(run.cells.by_prompt, run.kinds, families_of) for run in runs]
        for family in families_in_order(str(name) for names in families for name in names):
            cells = [
                MethodCells(run.cells.by_prompt.select(names == family), _nothing(run.cells.by_subject))
                for run, names in zip(runs, families, strict=True)
            ]
            parts.append(_compare("family", family_label(family), cells, runs, infos, against))
    return parts


def _compare(
    breakdown: Literal["all", "kind", "family"],
    name: str,
    cells: Sequence[MethodCells],
    runs: Sequence[ScoredRun],
    infos: Sequence[MetricInfo],
    against: int | None,
) -> Part:
    intervals = [_intervals(run_cells, run, infos) for run_cells, run in zip(cells, runs, strict=True)]
    ranks: list[dict[str, int]] = [{} for _ in runs]
    tied: list[set[str]] = [set() for _ in runs]
    for info in infos:
        if len({_made(run, info.key) for run in runs} - {None}) == 1:
            _rank(info, cells, [by_key.get(info.key) for by_key in intervals], ranks, tied)
    differences = [
        compare_cells(own, cells[against], metrics=_alike(run, runs[against], infos))
        if against is not None and number != against
        else {}
        for number, (own, run) in enumerate(zip(cells, runs, strict=True))
    ]
    first = cells[0].by_prompt
    subjects, counts = np.unique(first.subjects, return_counts=True)
    return Part(
        breakdown=breakdown,
        name=name,
        n_subjects=len(subjects),
        prompts=(int(counts.min()), int(counts.max())),
        n_cells=len(first),
        runs=tuple(
            PartOfRun(intervals[index], differences[index], ranks[index], frozenset(tied[index])) for index in range(len(runs))
        ),
    )


def _made(run: ScoredRun, key: str) -> str | None:
    """The fingerprint that a run's metric was made under; None where it has none."""
    info = run.run.metric(key)
    return None if info is None else info.fingerprint


def _alike(run: ScoredRun, other: ScoredRun, infos: Sequence[MetricInfo]) -> list[str]:
    """The metrics that two runs made in the same way; those of the table that only one has count as compared with nothing."""
    pairs = ((info.key, _made(run, info.key), _made(other, info.key)) for info in infos)
    return [key for key, own, others in pairs if own is None or others is None or own == others]


def _intervals(cells: MethodCells, run: ScoredRun, infos: Sequence[MetricInfo]) -> dict[str, Interval]:
    found = {}
    for info in infos:
        table = cells.table(info.key)
        if table is not None:
            found[info.key] = mean_interval(table, info.key, weigh=info.weigh(run.run.summary.protocol.pooling))
    return found


def _rank(
    info: MetricInfo,
    cells: Sequence[MethodCells],
    intervals: Sequence[Interval | None],
    ranks: list[dict[str, int]],
    tied: list[set[str]],
) -> None:
    """Enter a metric's best, second best and ties."""
    indices = [index for index, interval in enumerate(intervals) if interval is not None and interval.n]
    if len(indices) < 2:
        return
    sign = -1.0 if info.higher_is_better else 1.0
    costs = {index: sign * interval.mean for index in indices if (interval := intervals[index]) is not None}
    levels = sorted(set(costs.values()))[: 2 if len(indices) > 2 else 1]
    for index, cost in costs.items():
        if cost in levels:
            ranks[index][info.key] = levels.index(cost) + 1
    best = min(indices, key=lambda index: costs[index])
    tables = [table for index in indices if (table := cells[index].table(info.key)) is not None]
    flags = within_noise_of_best(tables, info.key, best=indices.index(best))
    for index, flag in zip(indices, flags, strict=True):
        if flag and ranks[index].get(info.key) != 1:
            tied[index].add(info.key)


def _of_kind(run: ScoredRun, kind: str) -> MethodCells:
    return MethodCells(
        *(
            table.select(np.array([run.kinds.get(subject) == kind for subject in table.subjects.tolist()], dtype=bool))
            for table in (run.cells.by_prompt, run.cells.by_subject)
        )
    )


def _families(
    cells: Cells, kinds: Mapping[str, str], families_of: Mapping[tuple[str, int], str]
) -> "np.ndarray[tuple[int], np.dtype[np.str_]]":
    """[cells], what the prompt of each asks for; "other" for a prompt that is not recorded."""
    asked = [families_of.get((kinds.get(subject, ""), prompt), NO_FAMILY) for subject, prompt in cells.subject_prompts()]
    return np.array(asked, dtype=np.str_)


def _nothing(cells: Cells) -> Cells:
    """A subject's own metrics are means over all its prompts, of which a family is a part."""
    return replace(cells.select(np.zeros(len(cells), dtype=bool)), values={})
