"""Rank correlations between metrics: which of them say the same thing, and which pull against each other."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from dreambench.reports.plots.frame import MARGIN, NO_BREAK, framed, protocol_of
from dreambench.reports.plots.labels import short_names, text_width
from dreambench.reports.plots.records import NotDrawable, Plot, PlotData, PlottedMethod
from dreambench.reports.plots.scales import share
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, Theme
from dreambench.reports.records import Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

QUESTION: Final = "Which metrics say the same thing?"
CAPTION: Final = (
    "Spearman's rank correlation within a method, so that differences between methods do not count; with several methods the "
    "mean, and below it the lowest and the highest. Metrics of images are correlated over subject × prompt cells, pairs with a "
    "metric that only a subject has (†) over subjects."
)
_CELL: Final = (64.0, 34.0)
_FEWEST: Final = 3


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: there are fewer than two metrics, or too few cells to rank.
    """
    if not any(pair_correlations(data, a, b) for a, b in _pairs(_shown(data))):
        raise NotDrawable("A correlation needs two metrics and at least three subjects or prompts.")
    return [Plot("metric_correlation", "metric_correlation", QUESTION, CAPTION, draw_metric_correlation)]


def _shown(data: PlotData) -> list[Column]:
    """Metrics that some subject has: those of images first."""
    there = [c for c in data.metrics if any(c.key in m.subjects and m.subjects[c.key].notna().any() for m in data.methods)]
    return sorted(there, key=lambda column: not _of_images(data, column.key))


def _of_images(data: PlotData, key: str) -> bool:
    return any(key in method.images and method.images[key].notna().any() for method in data.methods)


def _pairs(metrics: list[Column]) -> list[tuple[str, str]]:
    return [(row.key, column.key) for place, row in enumerate(metrics) for column in metrics[:place]]


def pair_correlations(data: PlotData, first: str, second: str) -> list[float]:
    """Spearman's correlation of two metrics within each method that has both; methods without variation are left out."""
    found = []
    for method in data.methods:
        table = _table(method, first, second, by_cell=_of_images(data, first) and _of_images(data, second))
        if len(table) >= _FEWEST and table[first].nunique() > 1 and table[second].nunique() > 1:
            ranks = table.rank()
            found.append(float(np.corrcoef(ranks[first], ranks[second])[0, 1]))
    return found


def _table(method: PlottedMethod, first: str, second: str, *, by_cell: bool) -> pd.DataFrame:
    frame = method.images if by_cell else method.subjects
    if first not in frame or second not in frame:
        return pd.DataFrame({first: [], second: []})
    if by_cell:
        frame = frame.groupby(["subject", "prompt_index"])[[first, second]].mean()
    return frame[[first, second]].dropna()


def draw_metric_correlation(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: the triangle below the diagonal, numbers in its cells."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    metrics = _shown(data)
    names = short_names([metric.label for metric in metrics], 100.0)
    left = MARGIN + max(text_width(name, TEXT) for name in names) + 8.0
    n = len(metrics)
    height = (n - 1) * _CELL[1]
    width = min(_CELL[0] * 1.4 * (n - 1), WIDTH - left - MARGIN)
    below = 66.0
    frame = framed(theme, question=QUESTION, counted=_counted(data), body=height + below)
    axes = frame.axes(left=left, top=0, width=width, height=height)
    axes.set(xlim=(0, n - 1), ylim=(n - 1, 0))
    axes.grid(visible=False)
    axes.set_yticks([row + 0.5 for row in range(n - 1)], names[1:], size=TEXT)
    room = width / (n - 1) - 4.0
    axes.set_xticks([column + 0.5 for column in range(n - 1)], short_names(names[:-1], room), size=SMALL)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colours = LinearSegmentedColormap.from_list("correlation", list(theme.diverging))
    for row in range(1, n):
        for column in range(row):
            pair = (metrics[row].key, metrics[column].key)
            found = pair_correlations(data, *pair)
            over_subjects = not all(_of_images(data, key) for key in pair)
            mean = float(np.mean(found)) if found else math.nan
            colour = colours((mean + 1.0) / 2.0) if found else theme.paper
            box = Rectangle((column, row - 1), 1, 1, facecolor=colour, edgecolor=theme.paper, linewidth=2.0)
            box.set_gid(f"{pair[0]}-{pair[1]}")
            axes.add_patch(box)
            if over_subjects:
                axes.text(column + 0.04, row - 0.94, "†", size=SMALL, color=_ink_on(colour), va="top")
            _write_cell(axes, column + 0.5, row - 0.5, found, _ink_on(colour))
    _draw_scale(frame.axes(left=left, top=height + 32.0, width=min(200.0, WIDTH - left - MARGIN), height=8.0), colours)
    return frame.figure


def _write_cell(axes: "Axes", x: float, y: float, found: list[float], ink: str) -> None:
    if not found:
        axes.text(x, y, "–", ha="center", va="center", size=TEXT)
        return
    several = len(found) > 1
    axes.text(x, y - (0.16 if several else 0.0), share(float(np.mean(found))), ha="center", va="center", size=10.0, color=ink)
    if several:
        ends = f"{share(min(found))} to {share(max(found))}"
        axes.text(x, y + 0.24, ends, ha="center", va="center", size=SMALL, color=ink)


def _draw_scale(axes: "Axes", colours: "Colormap") -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = axes.figure.colorbar(ScalarMappable(Normalize(-1, 1), colours), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    bar.set_ticks([-1, -0.5, 0, 0.5, 1])
    axes.tick_params(length=2.0, labelsize=SMALL)
    axes.set_xlabel("Spearman's rank correlation", size=TEXT, loc="left")


def _counted(data: PlotData) -> str:
    images = data.methods[0].images
    n_cells, n_subjects = len(images.drop_duplicates(["subject", "prompt_index"])), images["subject"].nunique()
    several = f"Mean of {len(data.methods)} methods, lowest to highest below it; over" if len(data.methods) > 1 else "Over"
    subjects = ""
    if not all(_of_images(data, metric.key) for metric in _shown(data)):
        subjects = f", † over {n_subjects}{NO_BREAK}subjects"
    return f"{several} {n_cells:,}{NO_BREAK}subject × prompt cells{subjects}. {protocol_of(data)}"


def _ink_on(colour: object) -> str:
    """Black or white, whichever is easier to read on a colour."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)  # type: ignore[arg-type]
    return "#000000" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18 else "#ffffff"
