"""Subject x prompt heat maps: one method under one metric, or the difference of two methods."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.dataset.kinds import kind_label
from dreambench.reports.cells import Column
from dreambench.reports.plots.choice import of_images
from dreambench.reports.plots.frame import MARGIN, counted, framed
from dreambench.reports.plots.grid import Grid, cell_means, edges, make_grid, slots
from dreambench.reports.plots.labels import file_stem, short_names, shorten, text_width
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData, PlottedMethod, has_values
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, Theme
from dreambench.reports.plots.wording import asked_alike, axis_of, better, by, mean_of, words_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

CAPTION: Final = (
    "A cell is the mean over the images of one subject and one prompt; prompts that a kind does not have stay hatched. "
    "Bright is better. Subjects and prompts are sorted by their mean within their group, best first."
)
DIFFERENCE_CAPTION: Final = (
    "A cell is a difference of two means; a minus stands where it is negative, whatever the colours become in print. Subjects "
    "and prompts are sorted by their mean difference within their group, the first method's best first."
)
_FAMILY: Final = "heat_map"
_ROW: Final = 11.8
_GAP: Final = 0.4
_BAR: Final = 8.0
_BAR_ROOM: Final = 46.0


def plots(data: PlotData) -> list[Plot]:
    """A heat map of every metric that images have for every method, and of the difference where there are two methods.

    Raises:
        NotDrawable: no method has such a metric.
    """
    metrics = of_images(data)
    found = []
    taken = {"difference"}
    for method in data.methods:
        stem = file_stem(method.label)
        numbered = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(data.methods) + 2))
        name = next(candidate for candidate in numbered if candidate not in taken)
        taken.add(name)
        for metric in metrics:
            if has_values(method.images, metric.key):
                found.append(_plot(f"{_FAMILY}-{name}-{metric.key}", metric, metrics, method))
    if len(data.methods) == 2:
        first, second = data.methods
        for metric in metrics:
            if has_values(first.images, metric.key) and has_values(second.images, metric.key):
                found.append(_plot(f"{_FAMILY}-difference-{metric.key}", metric, metrics, first, second))
    if not found:
        raise NotDrawable("No method has scores for its images.")
    return found


def _plot(
    name: str, metric: Column, metrics: Sequence[Column], method: PlottedMethod, against: PlottedMethod | None = None
) -> Plot:
    """One of the family; `metrics` are all that it shows, of which some may be asked the same."""
    words, label = words_of(metric), shorten(method.label, 150.0)  # names are cut, so that a question stays within two lines
    asked = f"For which subjects and prompts does {label} {words.bad}?"
    if against is not None:
        asked = f"Where does {label} {words.more} {shorten(against.label, 150.0)}?"
    is_first = next(other for other in metrics if asked_alike(other) == asked_alike(metric)) == metric
    question = asked if is_first else by(asked, [metric])
    caption = CAPTION if against is None else DIFFERENCE_CAPTION
    drawn = partial(draw_heat_map, question=question, method=method, metric=metric, against=against)
    return Plot(name, _FAMILY, question, caption, drawn, "" if is_first else metric.key)


def draw_heat_map(
    data: PlotData,
    theme: Theme,
    *,
    question: str,
    method: PlottedMethod,
    metric: Column,
    against: PlottedMethod | None = None,
) -> "Figure":
    """Draw a heat map of a method, or of its difference to another (this one minus the other), cell by cell.

    Raises:
        NotDrawable: there is no cell with a value.
    """
    cells = cell_means(method.images, metric.key)
    if against is not None:
        cells = cells - cell_means(against.images, metric.key)
    if cells.dropna().empty:
        raise NotDrawable(f"There is no subject and prompt with a {metric.label} score.")
    grid = _sorted_grid(method, cells, metric)
    table, columns, rows = _with_means(grid)
    row_names = [*short_names(list(grid.values.index), 160.0), "mean"]
    column_names = [*short_names(list(grid.values.columns), 96.0), "mean"]
    left = MARGIN + max(text_width(name, SMALL) for name in row_names) + 6.0
    x_edges, y_edges = edges(columns, gap=_GAP), edges(rows, gap=_GAP)
    height = y_edges[-1] * _ROW
    width = min(WIDTH - left - MARGIN, x_edges[-1] * _ROW * 1.6)
    step = width / x_edges[-1]
    headings = _headings(grid, left=left, step=step, x_edges=x_edges)
    above = max(top for _, top, _ in headings) + 20.0 + max(text_width(name, SMALL) for name in column_names)
    frame = framed(
        theme,
        question=question,
        counted=counted(data) + _left_out(grid),
        body=above + height + _BAR_ROOM,
    )
    axes = frame.axes(left=left, top=above, width=width, height=height)
    xs = [(x_edges[slot] + x_edges[slot + 1]) / 2.0 for slot in slots(columns)]
    ys = [(y_edges[slot] + y_edges[slot + 1]) / 2.0 for slot in slots(rows)]
    cmap = _colours(theme, metric, is_difference=against is not None)
    drawn = _draw_cells(axes, table, xs, ys, theme, size=(step, _ROW), cmap=cmap, signed=against is not None)
    axes.set(xlim=(0.0, x_edges[-1]), ylim=(y_edges[-1], 0.0))
    axes.set_yticks(ys, row_names)
    shown = column_names if step >= SMALL * 1.15 else [""] * len(column_names)  # no room for names: columns speak as a whole
    axes.set_xticks(xs, shown, rotation=90)
    axes.tick_params(length=0, pad=2.0, top=False, bottom=False, labeltop=True, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.grid(visible=False)
    for x, top, word in headings:
        frame.text(x, top, word, size=SMALL, weight="bold", va="top")
    _draw_bar(
        frame.axes(left=left, top=above + height + 10.0, width=width * 0.6, height=_BAR),
        drawn,
        _bar_label(data, metric, is_difference=against is not None),
    )
    return frame.figure


def _sorted_grid(method: PlottedMethod, cells: "pd.Series[float]", metric: Column) -> Grid:
    """Cells in their rows and columns, the best first: of a metric of which less is better, the lowest."""
    if metric.higher_is_better:
        return make_grid(method.images, cells)
    grid = make_grid(method.images, -cells)
    return replace(grid, values=-grid.values)


def _headings(grid: Grid, *, left: float, step: float, x_edges: list[float]) -> list[tuple[float, float, str]]:
    """The kinds above their columns: x, top and text; one that would run into the one before stands a line lower."""
    headings: list[tuple[float, float, str]] = []
    end, top = 0.0, 0.0
    for kind in dict.fromkeys(grid.column_groups):
        word = shorten(f"{kind_label(kind)}, n = {grid.column_groups.count(kind)}", 110.0)
        x = left + step * x_edges[slots(grid.column_groups)[grid.column_groups.index(kind)]]
        top = top + SMALL * 1.4 if x < end else 0.0
        headings.append((min(x, WIDTH - MARGIN - text_width(word, SMALL, weight="bold")), top, word))
        end = x + text_width(word, SMALL, weight="bold") + 4.0
    return headings


def _with_means(grid: Grid) -> tuple[NDArray[np.float64], tuple[object, ...], tuple[object, ...]]:
    """The table with a last row and column of means, and the groups of columns and rows with "mean" as their last."""
    values = grid.values.to_numpy(dtype=float)
    by_row, by_column = grid.values.mean(axis=1).to_numpy(), grid.values.mean(axis=0).to_numpy()
    corner = np.full((1, 1), float(np.nanmean(values)))
    table = np.block([[values, by_row[:, None]], [by_column[None, :], corner]])
    return table, (*grid.column_groups, "mean"), (*grid.row_groups, "mean")


def _colours(theme: Theme, metric: Column, *, is_difference: bool) -> "Colormap | str":
    """Bright is better, whichever way is up; differences have two colours around zero."""
    from matplotlib.colors import LinearSegmentedColormap

    if is_difference:
        return LinearSegmentedColormap.from_list("difference", list(theme.diverging))
    return "cividis" if metric.higher_is_better else "cividis_r"


def _draw_cells(
    axes: "Axes",
    table: NDArray[np.float64],
    xs: Sequence[float],
    ys: Sequence[float],
    theme: Theme,
    *,
    size: tuple[float, float],
    cmap: "Colormap | str",
    signed: bool,
) -> "PathCollection":
    """Draw a table [n, m] of cells around the places xs [m], ys [n]; `size` is a cell's width and height in points.

    Cells are one square drawn again and again, and those without a value one shape with one hatch, which keeps SVG files
    small.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.colors import Normalize
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    places = np.stack(np.meshgrid(xs, ys), axis=-1)
    there = np.isfinite(table)
    values = table[there]
    extreme = float(np.abs(values).max()) or 1.0
    low, high = (-extreme, extreme) if signed else (float(values.min()), float(values.max()))
    if low == high:
        low, high = low - 0.5, high + 0.5
    square = Path.unit_rectangle().transformed(Affine2D().translate(-0.5, -0.5))
    if not there.all():
        shape = Path.make_compound_path(*(square.transformed(Affine2D().translate(*place)) for place in places[~there]))
        axes.add_patch(PathPatch(shape, fill=False, hatch="////", edgecolor=theme.grid, linewidth=0.0))
    cells = PathCollection(
        [square],
        offsets=places[there],
        offset_transform=axes.transData,
        array=values,
        cmap=cmap,
        norm=Normalize(low, high),
        linewidths=0.0,
        gid="cells",
    )
    figure = axes.figure
    cells.set_transform(Affine2D().scale((size[0] - 0.6) / 72.0, (size[1] - 0.6) / 72.0) + figure.dpi_scale_trans)
    axes.add_collection(cells)
    if signed:
        negative = places[there][values < 0.0]
        axes.plot(
            negative[:, 0],
            negative[:, 1],
            linestyle="none",
            marker="_",
            markersize=4.0,
            markeredgewidth=0.9,
            color=theme.ink,
            gid="negative",
        )
    return cells


def _draw_bar(axes: "Axes", cells: "PathCollection", label: str) -> None:
    bar = axes.figure.colorbar(cells, cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    axes.tick_params(length=2.0, labelsize=SMALL)
    axes.set_xlabel(label, size=TEXT, loc="left")


def _bar_label(data: PlotData, metric: Column, *, is_difference: bool) -> str:
    if is_difference:
        return f"{shorten(metric.label, 96.0)}, difference in {mean_of(data, metric)} (− marks the cells below zero)"
    return f"{axis_of(data, metric)}, cell by cell ({better(metric)})"


def _left_out(grid: Grid) -> str:
    prompts, subjects = grid.n_left_out
    if not prompts and not subjects:
        return ""
    return f" Shown are the worst: {subjects} subjects and {prompts} prompts with better means are left out."
