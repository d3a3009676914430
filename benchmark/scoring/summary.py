"""A method's scores in a few numbers: per metric a mean over the subjects and its interval, over all of them and by kind."""

from math import isnan
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.scoring.tables import FAMILY, N_PAIRS, Scores
from dreambench.benchmark.statistics import bootstrap_interval
from dreambench.dataset.kinds import families_in_order

BOOTSTRAP_SEED: Final = 0


class MetricSummary(BaseModel):
    """One metric over some subjects."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    label: str
    """What tables call it."""
    mean: FiniteFloat | None
    """None where no subject has a value."""
    ci95: tuple[FiniteFloat | None, FiniteFloat | None]
    """Low and high end of the 95% bootstrap interval over subjects; None from fewer than two subjects."""
    higher_is_better: bool
    """Which way is up."""
    n: int = Field(ge=0)
    """Subjects with a value."""


Means = dict[str, MetricSummary]
"""Metric's key -> its summary, in the order of tables."""


class Totals(BaseModel):
    """What `summarise` makes of a method's scores."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    n_subjects: int
    """Subjects that are scored."""
    n_prompts: int
    """Different prompt numbers among them."""
    n_images: int
    """Images that are scored."""
    n_missing: int
    """Images that the protocol asks for and the means do without; 0 unless the protocol skips missing images."""
    overall: Means
    """Over all subjects."""
    per_kind: dict[str, Means]
    """Over the subjects of each kind."""
    per_family: dict[str, Means] = Field(default_factory=dict, exclude_if=lambda families: not families)
    """Over the subjects that are asked each family of prompts, the metrics that images have; not there without families."""


def summarise(scores: Scores, protocol: Protocol, *, expected: int | None = None) -> Totals:
    """The means of a method's scores.

    Args:
        scores: of one method.
        protocol: they were made under; its pooling chooses between the mean over images, over subjects' means and over
            pairs of images and references. Metrics that only subjects have are means over subjects either way.
        expected: images that were wanted, those of subjects that have none included; None: what the subjects that are there
            would have with all prompts that any of them has.
    """
    subjects = scores.subjects
    return Totals(
        n_subjects=len(subjects),
        n_prompts=int(scores.images["prompt_index"].nunique()),
        n_images=len(scores.images),
        n_missing=_n_missing(scores, protocol, expected),
        overall=means_of(subjects, scores.metrics, protocol.pooling),
        per_kind={
            str(kind): means_of(group, scores.metrics, protocol.pooling) for kind, group in subjects.groupby("kind", sort=True)
        },
        per_family=_by_family(scores, protocol),
    )


def means_of(subjects: pd.DataFrame, infos: tuple[MetricInfo, ...], pooling: str) -> Means:
    """The summary of each metric over a table of subjects."""
    return {info.key: _summary(subjects, info, pooling) for info in infos}


def _by_family(scores: Scores, protocol: Protocol) -> dict[str, Means]:
    images = scores.images
    if FAMILY not in images.columns:
        return {}
    infos = tuple(info for info in scores.metrics if info.level == "image")
    pairs = scores.subjects.set_index("subject")[N_PAIRS] / scores.subjects.set_index("subject")["n_images"]
    found = {}
    for family in families_in_order(images[FAMILY].unique()):
        groups = images[images[FAMILY] == family].groupby("subject")
        table = groups[[info.key for info in infos]].mean()
        table = table.assign(n_images=groups.size())
        found[family] = means_of(
            table.assign(**{N_PAIRS: table["n_images"] * pairs.reindex(table.index)}), infos, protocol.pooling
        )
    return found


def _summary(subjects: pd.DataFrame, info: MetricInfo, pooling: str) -> MetricSummary:
    column = {"alike": None, "images": "n_images", "pairs": N_PAIRS}[info.weigh(pooling)]
    weights: NDArray[np.float64] | None = None if column is None else subjects[column].to_numpy(dtype=np.float64)
    interval = bootstrap_interval(subjects[info.key].to_numpy(), weights=weights, seed=BOOTSTRAP_SEED)
    return MetricSummary(
        label=info.label,
        mean=_number(interval.mean),
        ci95=(_number(interval.low), _number(interval.high)),
        higher_is_better=info.higher_is_better,
        n=interval.n,
    )


def _n_missing(scores: Scores, protocol: Protocol, expected: int | None) -> int:
    """Only a protocol that skips missing images has any; a yardstick's rows (real images) answer no prompt."""
    if protocol.missing_images != "skip" or scores.images["prompt_index"].lt(0).any():
        return 0
    if expected is not None:
        return max(0, expected - len(scores.images))
    prompts = scores.images.groupby("kind")["prompt_index"].nunique()
    subjects = scores.subjects.groupby("kind").size()
    wanted = sum(int(count) * int(prompts.get(kind, 0)) for kind, count in subjects.items()) * protocol.images_per_prompt
    return max(0, wanted - len(scores.images))


def _number(value: float) -> float | None:
    return None if isnan(value) else value
