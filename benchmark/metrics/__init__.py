"""Metrics: pure functions from embeddings to numbers, one file each, and their names."""

from dreambench.benchmark.metrics import copy_index, identification
from dreambench.benchmark.metrics.clip_i import clip_i_scores
from dreambench.benchmark.metrics.clip_t import clip_t_scores
from dreambench.benchmark.metrics.copy_index import copied_share, copy_index_of_real, copy_index_scores
from dreambench.benchmark.metrics.dino import dino_scores
from dreambench.benchmark.metrics.div import div_dino, div_lpips
from dreambench.benchmark.metrics.identification import Gallery, gallery_of, identification_scores
from dreambench.benchmark.metrics.pres import pres_score
from dreambench.benchmark.metrics.registry import METRIC_KEYS, METRICS, MetricInfo, metric_infos

__all__ = [
    "METRICS",
    "METRIC_KEYS",
    "Gallery",
    "MetricInfo",
    "clip_i_scores",
    "clip_t_scores",
    "copied_share",
    "copy_index",
    "copy_index_of_real",
    "copy_index_scores",
    "dino_scores",
    "div_dino",
    "div_lpips",
    "gallery_of",
    "identification",
    "identification_scores",
    "metric_infos",
    "pres_score",
]
