"""Metrics: pure functions from embeddings to numbers, one file each, and their names."""

from benchmark.metrics.clip_i import clip_i_scores
from benchmark.metrics.clip_t import clip_t_scores
from benchmark.metrics.dino import dino_scores
from benchmark.metrics.div import div_dino, div_lpips, require_lpips
from benchmark.metrics.pres import pres_score
from benchmark.metrics.registry import METRIC_KEYS, METRICS, MetricInfo, metric_infos

__all__ = [
    "METRICS",
    "METRIC_KEYS",
    "MetricInfo",
    "clip_i_scores",
    "clip_t_scores",
    "dino_scores",
    "div_dino",
    "div_lpips",
    "metric_infos",
    "pres_score",
    "require_lpips",
]
