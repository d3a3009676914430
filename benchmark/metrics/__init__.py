"""Metrics: one file a formula that knows itself, and the open set of them by name."""

from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.gallery import Gallery, gallery_of
from dreambench.benchmark.metrics.info import MetricInfo
from dreambench.benchmark.metrics.metric import Metric
from dreambench.benchmark.metrics.registry import METRICS, declare_metric, formula_class, formula_names, formula_plugin

__all__ = [
    "METRICS",
    "Features",
    "Gallery",
    "Metric",
    "MetricInfo",
    "declare_metric",
    "formula_class",
    "formula_names",
    "formula_plugin",
    "gallery_of",
]
