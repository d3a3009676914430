"""Distributions of the images' scores, method by method: does a fair mean hide images that fail?"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.cells import Column
from dreambench.reports.plots.choice import Member, of_images
from dreambench.reports.plots.frame import MARGIN, RIGHT, counted, framed
from dreambench.reports.plots.labels import first_that_fits, short_names, shorten, text_width
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import spanning
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, MethodStyle, Theme, method_styles
from dreambench.reports.plots.wording import asked_alike, better, quantity_of, words_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CAPTION: Final = (
    "Each shape is the density of the scores of all images of a method, made equally high. Thin line: from the 5th to the 95th "
    "percentile; thick line: the middle half; dot: the median; ticks below: the subjects' means."
)
_FAMILY: Final = "distributions"
#: Panels side by side, at most: in narrower ones numbers would run into each other.
_ACROSS: Final = 3
_BELOW: Final = 34.0
_BETWEEN_LINES: Final = 40.0
_LABEL: Final = 96.0
#: Heights of a method's row, and of all rows together before rows become lower.
_ROW: Final = 40.0
_LEAST_ROW: Final = 24.0
_TALL: Final = 640.0
#: Room for half a tick label of either panel.
_BETWEEN: Final = 28.0
#: Places at which a density is drawn.
_STEPS: Final = 160


def plots(data: PlotData) -> list[Plot]:
    """A plot a formula: all encoders that the protocol measures it with, side by side.

    A metric whose images have only 0 or 1 is left out: its mean says everything.

    Raises:
        NotDrawable: no method's images have other scores.
    """
    groups: dict[str, list[Column]] = {}
    for column in of_images(data):
        if not _is_yes_or_no(data, column):
            groups.setdefault(asked_alike(column), []).append(column)
    if not groups:
        raise NotDrawable("No method has scores for its images other than 0 and 1.")
    return [_plot(Member(tuple(columns), columns[0] if number else None)) for number, columns in enumerate(groups.values())]


def _plot(member: Member) -> Plot:
    question = f"Does a method's mean hide images that {words_of(member.metrics[0]).bad}?"
    return Plot(member.name(_FAMILY), _FAMILY, question, CAPTION, partial(_draw, member=member, question=question))


def _is_yes_or_no(data: PlotData, column: Column) -> bool:
    tables = [method.images[column.key] for method in data.methods if column.key in method.images]
    return all(bool(table.dropna().isin((0.0, 1.0)).all()) for table in tables)


def _draw(data: PlotData, theme: Theme, *, member: Member, question: str) -> "Figure":
    """A panel a metric, a row a method."""
    from matplotlib.ticker import MaxNLocator

    shown, n_methods = member.metrics, len(data.methods)
    # As many panels in each line, as far as it goes: four stand two by two.
    lines = -(-len(shown) // _ACROSS)
    across = -(-len(shown) // lines)
    row_height = min(_ROW, max(_LEAST_ROW, _TALL / (lines * n_methods)))
    height = row_height * max(n_methods, 2)
    frame = framed(theme, question=question, counted=counted(data), body=lines * height + (lines - 1) * _BETWEEN_LINES + _BELOW)
    names = short_names([method.label for method in data.methods], 110.0)
    left = MARGIN + max(text_width(name, SMALL) for name in names) + 8.0
    width = (WIDTH - left - RIGHT - _BETWEEN * (across - 1)) / across
    styles = method_styles(n_methods, theme)
    labels = _axes(data, shown, width + _BETWEEN / 2.0)
    for number, metric in enumerate(shown):
        line, panel = divmod(number, across)
        top = line * (height + _BETWEEN_LINES)
        axes = frame.axes(left=left + panel * (width + _BETWEEN), top=top, width=width, height=height)
        axes.set_ylim(n_methods - 0.42, -0.58)
        axes.set_yticks(range(len(names)), names if panel == 0 else [""] * len(names))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(labels[number])
        everything = []
        for row, (method, style) in enumerate(zip(data.methods, styles, strict=True)):
            values = method.images[metric.key].dropna().to_numpy() if metric.key in method.images else np.empty(0)
            means = method.subjects[metric.key].dropna().to_numpy() if metric.key in method.subjects else np.empty(0)
            everything.append(values)
            _draw_row(axes, row, values, means, style, theme)
        axes.xaxis.set_major_locator(MaxNLocator(4 if across > 1 else 8))
        axes.set_xlim(*spanning(np.concatenate(everything), room=0.04))
    return frame.figure


def _axes(data: PlotData, metrics: Sequence[Column], room: float) -> list[str]:
    """What stands below the panels: "DINO of an image, cosine (higher is better)", or less where there is no room."""
    labels = [shorten(metric.label, _LABEL) for metric in metrics]
    quantities = [f", {quantity}" if (quantity := quantity_of(data, metric)) else "" for metric in metrics]
    of_image = [f"{label} of an image{quantity}" for label, quantity in zip(labels, quantities, strict=True)]
    longest = [f"{text} ({better(metric)})" for text, metric in zip(of_image, metrics, strict=True)]
    short = [f"{label}{quantity}" for label, quantity in zip(labels, quantities, strict=True)]
    return first_that_fits([longest, of_image, short, labels], room, size=TEXT)


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
