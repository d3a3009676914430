"""What stands beside the methods on a plot: rows that no method made, in plain words, as lines and as points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.labels import shorten, text_width
from dreambench.reports.plots.placement import Box, to_points
from dreambench.reports.plots.plot_data import PlotData
from dreambench.reports.plots.style import SMALL, WIDTH, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a reader calls a yardstick, and what it is.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "real_images": ("real images of the subject", "real images of a subject, each against its other reference images"),
    "copy_reference": ("copies of the references", "reference images handed in whatever the prompt asks"),
    "impostor": (
        "other subjects of the class",
        "reference images of the other subjects of the class, as if they were generated",
    ),
    "pretrained": ("the base model, not tuned", "the base model as it is, told only the class noun"),
}
_DASHES: Final = ((0, (6, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)))
#: Where a word may begin or end, as shares of the axes' width.
_ALONG: Final = (0.99, 0.01, 0.16, 0.3, 0.45, 0.6)


@dataclass(frozen=True)
class Yardstick:
    """A yardstick on a plane of two metrics.

    Attributes:
        name: in records.
        label: what readers call it.
        explained: what it is, for a caption.
        x: its value across; None for one that answers no prompt, which is then a line and not a point.
        y: its value upwards.
    """

    name: str
    label: str
    explained: str
    x: float | None
    y: float


def yardstick_in_words(name: str) -> tuple[str, str]:
    """What readers call a yardstick, and what it is; of one that nobody here knows, its name."""
    return _WORDS.get(name, (name, name))


def yardsticks_of(data: PlotData, *, across: Column, up: Column) -> list[Yardstick]:
    """Those that have a value upwards, in the order of the data."""
    return yardsticks_among(data.beside, across=across, up=up)


def yardsticks_among(beside: Mapping[str, Mapping[str, Cell]], *, across: Column, up: Column) -> list[Yardstick]:
    """Those that have a value upwards, in their order.

    Args:
        beside: yardstick -> metric's key -> mean.
        across: the metric from left to right.
        up: the metric from below.
    """
    found = []
    for name, cells in beside.items():
        label, explained = _WORDS.get(name, (shorten(name, 120.0), shorten(name, 120.0)))
        y = cells.get(up.key, Cell(None)).mean
        if y is not None:
            found.append(Yardstick(name, label, explained, cells.get(across.key, Cell(None)).mean, y))
    return found


def explained(yardsticks: Sequence[Yardstick]) -> str:
    """Sentences for a caption: what the lines and crosses in grey are."""
    lines = [yardstick.explained for yardstick in yardsticks if yardstick.x is None]
    points = [yardstick.explained for yardstick in yardsticks if yardstick.x is not None]
    said = [f"Grey lines: {'; '.join(lines)}."] if lines else []
    return "".join(f" {sentence}" for sentence in [*said, *([f"Grey crosses: {'; '.join(points)}."] if points else [])])


def draw_crosses(axes: "Axes", yardsticks: Sequence[Yardstick], theme: Theme, *, size: float) -> None:
    """Mark those that are points."""
    for yardstick in yardsticks:
        if yardstick.x is not None:
            axes.plot(
                [yardstick.x],
                [yardstick.y],
                linestyle="none",
                marker="x",
                markersize=size,
                markeredgewidth=1.6,
                color=theme.quiet,
                zorder=3.5,
                gid=yardstick.name,
            )


def draw_lines(
    axes: "Axes", yardsticks: Sequence[Yardstick], theme: Theme, occupied: Sequence[Box]
) -> tuple[list[Box], list[Box]]:
    """Draw those that are lines, each with a word where it covers none of `occupied`; the boxes of words and of lines."""
    level = sorted((yardstick for yardstick in yardsticks if yardstick.x is None), key=lambda yardstick: -yardstick.y)
    line: dict[str, Any] = {"color": theme.quiet, "linewidth": 1.0, "zorder": 1.5}
    lines: list[Box] = []
    for number, yardstick in enumerate(level):
        axes.axhline(yardstick.y, linestyle=_DASHES[number % len(_DASHES)], gid=yardstick.name, **line)
        middle = to_points(axes, 0.0, yardstick.y)[1]
        lines.append(Box(0.0, middle - 1.5, WIDTH, middle + 1.5))
    words: list[Box] = []
    for yardstick in level:
        middle = to_points(axes, 0.0, yardstick.y)[1]
        # Above its own line or below it, and over no other line.
        places = [(along, middle + side) for side in (7.0, -7.0) for along in _ALONG]
        words.append(_write(axes, f"{yardstick.label}, {yardstick.y:.3g}", places, [*occupied, *lines, *words], theme))
    return words, lines


def _write(axes: "Axes", text: str, places: list[tuple[float, float]], occupied: list[Box], theme: Theme) -> Box:
    """Write a line's word at the first place that is free and inside, else at the one that covers least.

    Args:
        places: (share of the axes' width, points from the figure's bottom); from 0.5 on the text ends there, else it begins.
    """
    scale = 72.0 / axes.figure.dpi
    inside = Box(*(float(value) * scale for value in axes.get_window_extent().extents))
    width, half = text_width(text, SMALL), SMALL * 0.6
    boxes = []
    for along, y in places:
        left = inside.left + along * (inside.right - inside.left) - (width if along > 0.5 else 0.0)
        boxes.append(Box(left, y - half, left + width, y + half))
    covered = [sum(box.overlap(other) for other in occupied) + (0.0 if box.within(inside) else width * half) for box in boxes]
    box = boxes[covered.index(min(covered))]
    axes.annotate(
        text,
        ((box.left + box.right) / 2.0, (box.bottom + box.top) / 2.0),
        xycoords="figure points",
        size=SMALL,
        color=theme.quiet,
        ha="center",
        va="center",
        annotation_clip=False,
    )
    return box
