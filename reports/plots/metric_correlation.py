"""Rank correlations between metrics: which of them say the same thing, and which pull against each other."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from dreambench.reports.cells import Column
from dreambench.reports.plots.frame import MARGIN, NO_BREAK, framed, protocol_of
from dreambench.reports.plots.labels import short_names, text_width
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData, PlottedMethod
from dreambench.reports.plots.scales import share
from dreambench.reports.plots.style import SMALL, TEXT, WIDTH, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

QUESTION: Final = "Which metrics say the same thing?"
CAPTION: Final = (
    "Spearman's rank correlation within a method, so that differences between methods do not count; with several methods the "
    "mean, and below it, where there is room, the lowest and the highest. Metrics of images are correlated over subject × "
    "prompt cells, metrics that only a subject has (†) over subjects."
)
#: What stands in a cell.
Numbers = Literal["mean and range", "mean", "none"]
_WIDEST: Final = 90.0
#: Heights of a cell with a mean and a range, and of one with less.
_HIGH: Final = 34.0
_LOW: Final = 20.0
_SCALE_ROOM: Final = 46.0
_FEWEST: Final = 3


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family.

    Raises:
        NotDrawable: there are fewer than two metrics, or too few cells to rank.
    """
    if not any(correlations(data, _shown(data)).values()):
        raise NotDrawable("A correlation needs two metrics and at least three subjects or prompts.")
    return [Plot("metric_correlation", "metric_correlation", QUESTION, CAPTION, draw_metric_correlation)]


def _shown(data: PlotData) -> list[Column]:
    """Metrics that some subject has: those of images first."""
    return sorted(filter(data.has_subjects, data.metrics), key=lambda column: not data.has_images(column))


def correlations(data: PlotData, metrics: Sequence[Column]) -> dict[tuple[Column, Column], list[float]]:
    """Spearman's correlation of every pair of metrics within each method that has both, the later metric first.

    Two metrics of images are correlated over the means of subjects and prompts, others over subjects. A method in which one
    of the two does not vary is left out of the pair.
    """
    of_images = [column for column in metrics if data.has_images(column)]
    tables = [_tables(method, of_images, metrics) for method in data.methods]
    found = {}
    for number, row in enumerate(metrics):
        for column in metrics[:number]:
            by_cell = row in of_images and column in of_images
            pair = [_spearman(cells if by_cell else subjects, row.key, column.key) for cells, subjects in tables]
            found[row, column] = [value for value in pair if value is not None]
    return found


def _tables(method: PlottedMethod, of_images: Sequence[Column], metrics: Sequence[Column]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A method's means by subject and prompt, and by subject; a metric that it lacks is NaN."""
    keys = [column.key for column in of_images]
    images = method.images.reindex(columns=["subject", "prompt_index", *keys])
    return images.groupby(["subject", "prompt_index"]).mean(), method.subjects.reindex(columns=[c.key for c in metrics])


def _spearman(table: pd.DataFrame, first: str, second: str) -> float | None:
    pair = table[[first, second]].dropna().rank().to_numpy()
    if len(pair) < _FEWEST or not pair.std(axis=0).all():
        return None
    return float(np.corrcoef(pair[:, 0], pair[:, 1])[0, 1])


def draw_metric_correlation(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: the triangle below the diagonal, numbers in its cells as far as they fit."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    metrics = _shown(data)
    pairs = correlations(data, metrics)
    names = short_names([metric.label for metric in metrics], 100.0)
    # Metrics of subjects come last, so that a row is marked as a whole.
    names = [name if data.has_images(metric) else f"{name}{NO_BREAK}†" for name, metric in zip(names, metrics, strict=True)]
    n = len(metrics)
    left = MARGIN + max(text_width(name, TEXT) for name in names) + 8.0
    width = min(_WIDEST * (n - 1), WIDTH - left - MARGIN)
    room = width / (n - 1) - 4.0
    numbers = _numbers_that_fit(pairs.values(), room)
    cell = _HIGH if numbers == "mean and range" else _LOW
    height = (n - 1) * cell
    is_upright = any(text_width(name, SMALL) > room for name in names[:-1])
    below = max(text_width(name, SMALL) for name in names[:-1]) + 8.0 if is_upright else 20.0
    frame = framed(theme, question=QUESTION, counted=_counted(data, numbers), body=height + below + _SCALE_ROOM)
    axes = frame.axes(left=left, top=0, width=width, height=height)
    axes.set(xlim=(0, n - 1), ylim=(n - 1, 0))
    axes.grid(visible=False)
    axes.set_yticks([row + 0.5 for row in range(n - 1)], names[1:], size=TEXT)
    axes.set_xticks([column + 0.5 for column in range(n - 1)], names[:-1], size=SMALL, rotation=90 if is_upright else 0)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    colours = LinearSegmentedColormap.from_list("correlation", list(theme.diverging))
    for (one, other), found in pairs.items():
        row, column = metrics.index(one), metrics.index(other)
        colour = colours((float(np.mean(found)) + 1.0) / 2.0) if found else theme.paper
        box = Rectangle((column, row - 1), 1, 1, facecolor=colour, edgecolor=theme.paper, linewidth=2.0)
        box.set_gid(f"{one.key}-{other.key}")
        axes.add_patch(box)
        _write_cell(axes, column + 0.5, row - 0.5, found, _ink_on(colour), numbers)
    scale_width = min(200.0, WIDTH - left - MARGIN)
    _draw_scale(frame.axes(left=left, top=height + below + 12.0, width=scale_width, height=8.0), colours)
    return frame.figure


def _numbers_that_fit(correlations: Iterable[list[float]], room: float) -> Numbers:
    """What a cell of so many points has room for."""
    several = [found for found in correlations if len(found) > 1]
    if all(text_width(_range(found), SMALL) <= room for found in several):
        return "mean and range"
    return "mean" if text_width("−.00", SMALL) <= room else "none"


def _range(found: list[float]) -> str:
    return f"{share(min(found))} to {share(max(found))}"


def _write_cell(axes: "Axes", x: float, y: float, found: list[float], ink: str, numbers: Numbers) -> None:
    if not found:
        axes.text(x, y, "–", ha="center", va="center", size=TEXT)
        return
    if numbers == "none":
        return
    with_range = len(found) > 1 and numbers == "mean and range"
    size = 10.0 if numbers == "mean and range" else SMALL
    axes.text(
        x, y - (0.16 if with_range else 0.0), share(float(np.mean(found))), ha="center", va="center", size=size, color=ink
    )
    if with_range:
        axes.text(x, y + 0.24, _range(found), ha="center", va="center", size=SMALL, color=ink)


def _draw_scale(axes: "Axes", colours: "Colormap") -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = axes.figure.colorbar(ScalarMappable(Normalize(-1, 1), colours), cax=axes, orientation="horizontal")
    bar.outline.set_visible(False)
    bar.set_ticks([-1, -0.5, 0, 0.5, 1])
    axes.tick_params(length=2.0, labelsize=SMALL)
    axes.set_xlabel("Spearman's rank correlation", size=TEXT, loc="left")


def _counted(data: PlotData, numbers: Numbers) -> str:
    images = data.methods[0].images
    n_cells, n_subjects = len(images.drop_duplicates(["subject", "prompt_index"])), images["subject"].nunique()
    several = "Over"
    if len(data.methods) > 1:
        ends = ", lowest to highest below it" if numbers == "mean and range" else ""
        several = f"Mean of {len(data.methods)} methods{ends}; over"
    subjects = ""
    if not all(data.has_images(metric) for metric in _shown(data)):
        subjects = f", † over {n_subjects}{NO_BREAK}subjects"
    return f"{several} {n_cells:,}{NO_BREAK}subject × prompt cells{subjects}. {protocol_of(data)}"


def _ink_on(colour: object) -> str:
    """Black or white, whichever is easier to read on a colour."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)  # type: ignore[arg-type]
    return "#000000" if 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2 > 0.18 else "#ffffff"
