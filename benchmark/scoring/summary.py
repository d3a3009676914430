"""A run in a few numbers: per metric a mean over the subjects and its interval, over all of them and kind by kind."""

from collections.abc import Mapping
from math import isnan
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.metrics import MetricInfo, metric_infos
from dreambench.benchmark.metrics.weighing import weighing
from dreambench.benchmark.scoring.tables import N_PAIRS, Scores
from dreambench.benchmark.statistics import bootstrap_interval

BOOTSTRAP_SEED: Final = 0


def summarise(
    scores: Scores,
    protocol: Protocol,
    fingerprint: str,
    *,
    seconds: Mapping[str, float] | None = None,
    environment: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of summary.json.

    Args:
        scores: of one method.
        protocol: they were made under; its pooling chooses between the mean over images, over subjects' means and over
            pairs of images and references. PRES and DIV, which only subjects have, are means over subjects either way.
        fingerprint: the protocol's, with its encoders.
        seconds: spent on "train", "sample", "score", if known.
        environment: versions and hardware, if known.

    Returns:
        JSON values. "overall" and each kind in "per_kind" map the key of each metric that the protocol defines to its
        label, mean, ci95 [low, high] (95% bootstrap interval over subjects), higher_is_better and n (subjects with a
        value). A mean without a subject is None, an interval from fewer than two subjects [None, None]. "n_missing" counts
        the images that the protocol asks for and the means do without; it is 0 unless the protocol skips missing images.
    """
    infos = tuple(info for info in metric_infos("dino" if protocol.div == "dino" else "lpips") if info.key in protocol.metrics)
    subjects = scores.subjects
    return {
        "protocol": protocol.name,
        "fingerprint": fingerprint,
        "pooling": protocol.pooling,
        "scale": protocol.scale,
        "n_subjects": len(subjects),
        "n_prompts": int(scores.images["prompt_index"].nunique()),
        "n_images": len(scores.images),
        "n_missing": _n_missing(scores, protocol),
        "overall": _metrics(subjects, infos, protocol),
        "per_kind": {str(kind): _metrics(group, infos, protocol) for kind, group in subjects.groupby("kind", sort=True)},
        "seconds": dict(seconds or {}),
        "environment": dict(environment or {}),
    }


def _metrics(subjects: pd.DataFrame, infos: tuple[MetricInfo, ...], protocol: Protocol) -> dict[str, Any]:
    return {info.key: _metric(subjects, info, protocol) for info in infos}


def _metric(subjects: pd.DataFrame, info: MetricInfo, protocol: Protocol) -> dict[str, Any]:
    interval = bootstrap_interval(
        subjects[info.key].to_numpy(), weights=_weights(subjects, info, protocol), seed=BOOTSTRAP_SEED
    )
    return {
        "label": info.label,
        "mean": _number(interval.mean),
        "ci95": [_number(interval.low), _number(interval.high)],
        "higher_is_better": info.higher_is_better,
        "n": interval.n,
    }


def _weights(subjects: pd.DataFrame, info: MetricInfo, protocol: Protocol) -> NDArray[np.float64] | None:
    """How much each subject counts in a metric's mean: [n]; None where all count alike."""
    column = {"alike": None, "images": "n_images", "pairs": N_PAIRS}[weighing(info, protocol.pooling)]
    return None if column is None else subjects[column].to_numpy(dtype=np.float64)


def _n_missing(scores: Scores, protocol: Protocol) -> int:
    """Only a protocol that skips missing images has any; an anchor's rows (real images) answer no prompt."""
    if protocol.missing_images != "skip" or scores.images["prompt_index"].lt(0).any():
        return 0
    wanted = len(scores.subjects) * scores.images["prompt_index"].nunique() * protocol.images_per_prompt
    return int(max(0, wanted - len(scores.images)))


def _number(value: float) -> float | None:
    return None if isnan(value) else value
