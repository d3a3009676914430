"""Distributions of the images' scores, method by method: does a fair mean hide images that fail?"""

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.plots.frame import MARGIN, RIGHT, counted, framed
from dreambench.reports.plots.labels import short_names, text_width
from dreambench.reports.plots.records import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import spanning, unit_of
from dreambench.reports.plots.style import SMALL, WIDTH, MethodStyle, Theme, method_styles
from dreambench.reports.records import Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Does a method's mean hide images that fail?"
CAPTION: Final = (
    "Each shape is the density of the scores of all images of a method, made equally high. Thin line: from the 5th to the 95th "
    "percentile; thick line: the middle half; dot: the median; ticks below: the subjects' means."
)
METRICS: Final = ("dino", "clip_i", "clip_t")
_ROW: Final = 40.0
_BELOW: Final = 34.0
#: Room for half a tick label of either panel.
_BETWEEN: Final = 28.0
#: Places at which a density is drawn.
_STEPS: Final = 160


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: no method's images have scores.
    """
    if not _shown(data):
        raise NotDrawable("No method has scores for its images.")
    return [Plot("distributions", "distributions", QUESTION, CAPTION, draw_distributions)]


def _shown(data: PlotData) -> list[Column]:
    return [
        column
        for column in data.metrics
        if column.key in METRICS
        and any(column.key in method.images and method.images[column.key].notna().any() for method in data.methods)
    ]


def draw_distributions(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: a panel a metric, a row a method."""
    from matplotlib.ticker import MaxNLocator

    shown = _shown(data)
    height = _ROW * max(len(data.methods), 2)
    frame = framed(theme, question=QUESTION, counted=counted(data), body=height + _BELOW)
    names = short_names([method.label for method in data.methods], 110.0)
    left = MARGIN + max(text_width(name, SMALL) for name in names) + 8.0
    width = (WIDTH - left - RIGHT - _BETWEEN * (len(shown) - 1)) / len(shown)
    styles = method_styles(len(data.methods), theme)
    for panel, metric in enumerate(shown):
        axes = frame.axes(left=left + panel * (width + _BETWEEN), top=0, width=width, height=height)
        axes.set_ylim(len(data.methods) - 0.42, -0.58)
        axes.set_yticks(range(len(names)), names if panel == 0 else [""] * len(names))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"{metric.label} of an image, {unit_of(data, metric.key)}")
        everything = []
        for row, (method, style) in enumerate(zip(data.methods, styles, strict=True)):
            values = method.images[metric.key].dropna().to_numpy() if metric.key in method.images else np.empty(0)
            means = method.subjects[metric.key].dropna().to_numpy() if metric.key in method.subjects else np.empty(0)
            everything.append(values)
            _draw_row(axes, row, values, means, style, theme)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.set_xlim(*spanning(np.concatenate(everything), room=0.04))
    return frame.figure


def _draw_row(
    axes: "Axes", row: int, values: NDArray[np.float64], means: NDArray[np.float64], style: MethodStyle, theme: Theme
) -> None:
    if not len(values):
        axes.text(0.5, row, "no scores", transform=axes.get_yaxis_transform(), ha="center", va="center", color=theme.quiet)
        return
    places, density = density_of(values)
    shape = axes.fill_between(places, row - 0.46 * density, row, facecolor=style.colour, edgecolor=style.colour, linewidth=0.9)
    shape.set(alpha=None, gid=f"density-{row}", zorder=2)
    shape.set_facecolor((*_rgb(style.colour), 0.35))
    low, first, middle, third, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    line = row + 0.12
    axes.hlines([line], [low], [high], color=theme.ink, linewidth=0.9, zorder=3, gid=f"tails-{row}")
    axes.hlines([line], [first], [third], color=theme.ink, linewidth=3.2, zorder=3, gid=f"half-{row}")
    axes.plot(
        [middle],
        [line],
        marker="o",
        markersize=5.0,
        color=theme.ink,
        markerfacecolor=theme.paper,
        zorder=4,
        gid=f"median-{row}",
    )
    axes.plot(
        means, np.full(len(means), row + 0.27), linestyle="none", marker="|", markersize=4.0, color=style.colour, zorder=3
    )


def density_of(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places from the smallest to the largest value, and a Gaussian kernel density there whose peak is 1 (Scott's width)."""
    from scipy.stats import gaussian_kde

    low, high = float(values.min()), float(values.max())
    if len(values) < 3 or high - low <= 1e-9 * max(1.0, abs(high)):
        middle, half = (low + high) / 2.0, max((high - low) / 2.0, 0.005 * max(1.0, abs(high)))
        return np.array([middle - half, middle + half]), np.ones(2)  # too few to smooth: a bar from end to end
    places = np.linspace(low, high, _STEPS)
    density = gaussian_kde(values)(places)
    return places, density / density.max()


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)
