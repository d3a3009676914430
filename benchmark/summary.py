"""A run in a few numbers: per metric a mean over the subjects and its interval, over all of them and kind by kind."""

from collections.abc import Mapping
from math import isnan
from typing import Any, Final

import pandas as pd

from benchmark.metrics import MetricInfo, metric_infos
from benchmark.protocols import Protocol
from benchmark.scores import Scores
from benchmark.statistics import bootstrap_interval

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
        protocol: they were made under; its pooling chooses between the mean over images and over subjects' means. PRES
            and DIV, which only subjects have, are means over subjects either way.
        fingerprint: the protocol's, with its encoders.
        seconds: spent on "train", "sample", "score", if known.
        environment: versions and hardware, if known.

    Returns:
        JSON values. "overall" and each kind in "per_kind" map a metric's key to its label, mean, ci95 [low, high] (95%
        bootstrap interval over subjects), higher_is_better and n (subjects with a value). A mean without a subject is
        None, an interval from fewer than two subjects [None, None].
    """
    infos = metric_infos(protocol.div)
    subjects = scores.subjects
    return {
        "protocol": protocol.name,
        "fingerprint": fingerprint,
        "pooling": protocol.pooling,
        "n_subjects": len(subjects),
        "n_prompts": int(scores.images["prompt_index"].nunique()),
        "n_images": len(scores.images),
        "overall": _metrics(subjects, infos, protocol),
        "per_kind": {str(kind): _metrics(group, infos, protocol) for kind, group in subjects.groupby("kind", sort=True)},
        "seconds": dict(seconds or {}),
        "environment": dict(environment or {}),
    }


def _metrics(subjects: pd.DataFrame, infos: tuple[MetricInfo, ...], protocol: Protocol) -> dict[str, Any]:
    return {info.key: _metric(subjects, info, protocol) for info in infos}


def _metric(subjects: pd.DataFrame, info: MetricInfo, protocol: Protocol) -> dict[str, Any]:
    by_images = protocol.pooling == "micro" and info.level == "image"
    interval = bootstrap_interval(
        subjects[info.key].to_numpy(), weights=subjects["n_images"].to_numpy() if by_images else None, seed=BOOTSTRAP_SEED
    )
    return {
        "label": info.label,
        "mean": _number(interval.mean),
        "ci95": [_number(interval.low), _number(interval.high)],
        "higher_is_better": info.higher_is_better,
        "n": interval.n,
    }


def _number(value: float) -> float | None:
    return None if isnan(value) else value
