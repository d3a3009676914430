"""Variants of a study whose images are the very same: how far their scoring alone moves each number."""

from collections.abc import Sequence
from math import isfinite

from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.statistics import compare_cells
from dreambench.dataset.hashing import sha256_json


def scoring_sentences(rows: Sequence[ScoredRun], variants: Sequence[Sequence[FinishedRun]]) -> list[str]:
    """A sentence for every variant that has the images of an earlier one: that they are the same, and what scoring changed.

    The same images have no noise of sampling between them, so a difference of two of their scores is exact; its interval says
    how it would vary with other subjects.

    Args:
        rows: the variants' scores, means over their seeds.
        variants: each one's runs, one a seed.
    """
    owners: dict[str, int] = {}
    sentences = []
    for number, runs in enumerate(variants):
        first = owners.setdefault(_images(runs), number)
        if first == number:
            continue
        row, other = rows[number], rows[first]
        moved = _differences(row, other)
        if moved:
            sentences.append(
                f"{row.label} has the very images of {other.label}, by their hashes: the two differ in scoring alone, so "
                f"paired differences are exact. {row.label} minus {other.label}, with 95% intervals over subjects: "
                f"{', '.join(moved)}."
            )
    return sentences


def _images(runs: Sequence[FinishedRun]) -> str:
    """A hash of all images, by the manifests of their units."""
    return sha256_json([{name: unit.files() for name, unit in sorted(run.manifests().items())} for run in runs])


def _differences(row: ScoredRun, other: ScoredRun) -> list[str]:
    """Of the metrics that both have and made in different ways."""
    pairs = [(info, there) for info in row.run.metrics if (there := other.run.metric(info.key)) is not None]
    changed = [(info, there) for info, there in pairs if info.fingerprint != there.fingerprint]
    found = compare_cells(row.cells, other.cells, metrics=[info.key for info, _ in changed])
    said = []
    for info, there in changed:
        compared = found[info.key]
        if not isfinite(compared.difference):
            continue
        label = info.label if info.label == there.label else f"{info.label} minus {there.label}"
        interval = f" ({compared.low:+.3f} to {compared.high:+.3f})" if isfinite(compared.low) else ""
        said.append(f"{label} {compared.difference:+.3f}{interval}")
    return said
