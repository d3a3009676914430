"""Runs side by side, with paired significance, as a terminal table, Markdown, LaTeX, CSV or JSON."""

from dreambench.reports.comparison.comparison_table import (
    FORMATS,
    MARKS,
    Block,
    ComparedRow,
    ComparisonTable,
    Format,
    Score,
    Significance,
    stars,
)
from dreambench.reports.comparison.render import render_comparison
from dreambench.reports.comparison.terminal import comparison_view

__all__ = [
    "FORMATS",
    "MARKS",
    "Block",
    "ComparedRow",
    "ComparisonTable",
    "Format",
    "Score",
    "Significance",
    "comparison_view",
    "render_comparison",
    "stars",
]
