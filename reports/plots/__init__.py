"""Plots of scores, each the answer to a question: plain records in, figures and files out, in a light or dark theme."""

from dreambench.reports.plots.curve import CURVE_CAPTION, CurvePlot
from dreambench.reports.plots.plot_data import Cost, Embeddings, NotDrawable, Plot, PlotData, PlottedMethod
from dreambench.reports.plots.registry import FAMILIES, Drawable, plots_for
from dreambench.reports.plots.render import PLOT_FORMATS, PlotFormat, draw, render, render_figure
from dreambench.reports.plots.style import THEME_NAMES, THEMES, Theme, ThemeName
from dreambench.reports.plots.variants import CAPTION as VARIANTS_CAPTION
from dreambench.reports.plots.variants import VariantPlot

__all__ = [
    "CURVE_CAPTION",
    "FAMILIES",
    "PLOT_FORMATS",
    "THEMES",
    "THEME_NAMES",
    "VARIANTS_CAPTION",
    "Cost",
    "CurvePlot",
    "Drawable",
    "Embeddings",
    "NotDrawable",
    "Plot",
    "PlotData",
    "PlotFormat",
    "PlottedMethod",
    "Theme",
    "ThemeName",
    "VariantPlot",
    "draw",
    "plots_for",
    "render",
    "render_figure",
]
