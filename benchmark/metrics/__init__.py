"""Metrics: pure functions from embeddings to numbers, one file each, and their names."""

from benchmark.metrics import copy_index, identification
from benchmark.metrics.clip_i import clip_i_scores
from benchmark.metrics.clip_t import clip_t_scores
from benchmark.metrics.copy_index import copied_share, copy_index_of_real, copy_index_scores
from benchmark.metrics.dino import dino_scores
from benchmark.metrics.div import div_dino, div_lpips
from benchmark.metrics.identification import Gallery, gallery_of, identification_scores
from benchmark.metrics.pres import pres_score
from benchmark.metrics.registry import METRIC_KEYS, METRICS, MetricInfo, metric_infos

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
