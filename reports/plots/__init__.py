"""Plots of scores, each the answer to a question: plain records in, figures and files out, in a light or dark theme."""

from dreambench.reports.plots.axis import AXIS_CAPTION, AxisPlot
from dreambench.reports.plots.curve import CURVE_CAPTION, CurvePlot
from dreambench.reports.plots.losses import LOSS_CAPTION, LossCurve, LossPlot
from dreambench.reports.plots.plot_data import Cost, Embeddings, NotDrawable, Plot, PlotData, PlottedMethod
from dreambench.reports.plots.registry import FAMILIES, Drawable, plots_for
from dreambench.reports.plots.render import PLOT_FORMATS, PlotFormat, draw, render, render_figure
from dreambench.reports.plots.style import THEME_NAMES, THEMES, Theme, ThemeName
from dreambench.reports.plots.variants import CAPTION as VARIANTS_CAPTION
from dreambench.reports.plots.variants import VariantPlot

__all__ = [
    "AXIS_CAPTION",
    "CURVE_CAPTION",
    "FAMILIES",
    "LOSS_CAPTION",
    "PLOT_FORMATS",
    "THEMES",
    "THEME_NAMES",
    "VARIANTS_CAPTION",
    "AxisPlot",
    "Cost",
    "CurvePlot",
    "Drawable",
    "Embeddings",
    "LossCurve",
    "LossPlot",
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
