"""Plots of scores, each the answer to a question: plain records in, figures and files out, in a light or dark theme."""

from dreambench.reports.plots.records import Cost, Embeddings, NotDrawable, Plot, PlotData, PlottedMethod
from dreambench.reports.plots.registry import FAMILIES, Drawable, plots_for
from dreambench.reports.plots.render import PLOT_FORMATS, PlotFormat, draw, render
from dreambench.reports.plots.style import THEME_NAMES, THEMES, Theme, ThemeName

__all__ = [
    "FAMILIES",
    "PLOT_FORMATS",
    "THEMES",
    "THEME_NAMES",
    "Cost",
    "Drawable",
    "Embeddings",
    "NotDrawable",
    "Plot",
    "PlotData",
    "PlotFormat",
    "PlottedMethod",
    "Theme",
    "ThemeName",
    "draw",
    "plots_for",
    "render",
]
