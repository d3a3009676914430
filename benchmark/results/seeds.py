"""Runs of one method under several seeds: which these are, their mean as one run, and what makes their scores vary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.statistics import SOURCES, Cells, MethodCells, SpreadOfScores, spread_of_scores
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.words import counted


@dataclass(frozen=True, eq=False)
class SeedSpread:
    """One method that was run under several seeds.

    Attributes:
        label: "dreambooth, 3 seeds".
        spreads: where the spread of its scores comes from, a metric each.
    """

    label: str
    spreads: tuple[tuple[MetricInfo, SpreadOfScores], ...]

    def sentences(self) -> list[str]:
        """The standard deviations that each source brings, and the smallest difference that a reader may believe."""
        if not self.spreads:
            return []
        parts = "; ".join(f"{info.label} {_deviations(spread)}" for info, spread in self.spreads)
        least = ", ".join(f"{info.label} {spread.between_seeds:.3f}" for info, spread in self.spreads)
        return [
            f"{self.label}: what makes its scores vary, as standard deviations: {parts}.",
            f"{self.label}: two runs that differ in their seed alone differ by up to {least} (95%); a smaller difference says "
            "nothing.",
        ]


def groups_by_seed(runs: Sequence[ScoredRun]) -> list[tuple[int, ...]]:
    """The runs' numbers in groups that differ in their seed alone, in the order of their first runs.

    A folder of `bench score` is a group of its own: nothing says what it was made with.
    """
    groups: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        record = run.run.record
        name = str(number) if record is None else sha256_json(record.identity() | {"seed": None})
        groups.setdefault(name, []).append(number)
    return [tuple(group) for group in groups.values()]


def pooled_over_seeds(runs: Sequence[ScoredRun]) -> list[ScoredRun]:
    """A run for every group: the mean over its seeds, named "dreambooth, 3 seeds"; a run without a second seed stays itself."""
    pooled = []
    for group in groups_by_seed(runs):
        members = [runs[number] for number in group]
        first = members[0]
        pooled.append(mean_over_seeds(members, first.label if len(members) == 1 else _label(runs, group)))
    names = [run.label for run in pooled]
    return [
        replace(run, label=f"{run.label} ({run.run.root.resolve().name})") if names.count(run.label) > 1 else run
        for run in pooled
    ]


def mean_over_seeds(runs: Sequence[ScoredRun], label: str) -> ScoredRun:
    """One scored run whose cells are the means over runs that differ in their seed alone.

    The subject stays the unit of tests and intervals: a second seed makes a cell steadier and adds no subject. Since every seed
    trains every subject anew, the scatter of subjects holds the seeds' too, and an interval over subjects covers both.

    Args:
        runs: over the same subjects and prompts, one or more.
        label: what tables call it.
    """
    first = replace(runs[0], label=label)
    if len(runs) == 1:
        return first
    cells = [run.cells for run in runs]
    return replace(first, cells=MethodCells(_mean([c.by_prompt for c in cells]), _mean([c.by_subject for c in cells])))


def seed_spreads(runs: Sequence[ScoredRun], infos: Sequence[MetricInfo]) -> list[SeedSpread]:
    """For every method with several seeds, where the spread of its scores comes from.

    A metric is left out where fewer than two subjects have all their values under every seed.

    Raises:
        UserError: a table is missing or broken.
    """
    found = []
    for group in groups_by_seed(runs):
        if len(group) < 2:
            continue
        values = _values([runs[number] for number in group], infos)
        spreads = tuple((info, spread_of_scores(values[info.key])) for info in infos if info.key in values)
        found.append(SeedSpread(_label(runs, group), spreads))
    return found


def _values(runs: Sequence[ScoredRun], infos: Sequence[MetricInfo]) -> Mapping[str, NDArray[np.float64]]:
    """Metric key -> [subjects, prompts, seeds, images] of the subjects that have all; one prompt and image for PRES and DIV."""
    scores = [run.run.scores() for run in runs]
    kept = runs[0].prompts
    found = {}
    for info in infos:
        per_seed: list[dict[str, list[list[float]]]] = []
        for table in scores:
            by_subject: dict[str, list[list[float]]] = {}
            if info.key in table.images:
                frame = table.images.sort_values(["subject", "prompt_index", "image_index"])
                for subject, of_subject in frame.groupby("subject"):
                    for prompt, values in of_subject.groupby("prompt_index")[info.key]:
                        if (subject, prompt) in kept:
                            by_subject.setdefault(str(subject), []).append(values.tolist())
            elif info.key in table.subjects:
                names = {subject for subject, _ in kept}
                by_subject = {
                    str(subject): [[float(value)]]
                    for subject, value in zip(table.subjects["subject"], table.subjects[info.key], strict=True)
                    if subject in names
                }
            per_seed.append(by_subject)
        cubes = [
            [by_subject[subject] for by_subject in per_seed]
            for subject in per_seed[0]
            if all(subject in by_subject for by_subject in per_seed)
        ]
        whole = [np.asarray(cube, float) for cube in cubes if _is_box(cube)]  # [seeds, prompts, images] each
        same = [cube for cube in whole if cube.shape == whole[0].shape and np.isfinite(cube).all()]
        if len(same) > 1:
            found[info.key] = np.stack(same).transpose(0, 2, 1, 3)
    return found


def _is_box(cube: list[list[list[float]]]) -> bool:
    """Whether every seed has the same number of prompts, and every prompt of images."""
    return len({len(seed) for seed in cube}) == 1 and len({len(prompt) for seed in cube for prompt in seed}) == 1


def _label(runs: Sequence[ScoredRun], group: Sequence[int]) -> str:
    return f"{runs[group[0]].run.method}, {counted(len(group), 'seed')}"


def _deviations(spread: SpreadOfScores) -> str:
    return ", ".join(f"{source} {spread.deviation(source):.3f}" for source in SOURCES if source in spread.variances)


def _mean(tables: Sequence[Cells]) -> Cells:
    first = tables[0]
    values = {key: np.mean([table.values[key] for table in tables], axis=0) for key in first.values}
    return replace(first, values=values)
