"""Words on lines that run through axes, each where it covers nothing that is drawn."""

from typing import TYPE_CHECKING

from dreambench.reports.plots.labels import text_width
from dreambench.reports.plots.placement import Box, to_points
from dreambench.reports.plots.style import SMALL, Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

#: Where along a line its word may stand, as a share of the axes' width; from 0.5 on it ends there, else it begins there.
_ALONG = (0.99, 0.01, 0.16, 0.3, 0.45, 0.6)


def level_line(
    axes: "Axes", theme: Theme, height: float, word: str, *, style: object, name: str, occupied: "Sequence[Box]"
) -> tuple[Box, Box]:
    """A level line with a word above or below it.

    Args:
        axes: with their final limits and place.
        theme: for the colours.
        height: in data coordinates.
        word: what the line is, a plain short line.
        style: matplotlib's line style.
        name: of the line in the file.
        occupied: boxes in points that the word should not cover.

    Returns:
        The boxes of the word and of the line.
    """
    axes.axhline(height, linestyle=style, gid=name, color=theme.quiet, linewidth=1.0, zorder=1.5)
    middle = to_points(axes, 0.0, height)[1]
    inside = window(axes)
    places = [(along, middle + side, 0.0) for side in (7.0, -7.0) for along in _ALONG]
    return write_word(axes, theme, word, places, occupied), Box(inside.left, middle - 1.5, inside.right, middle + 1.5)


def write_word(
    axes: "Axes", theme: Theme, text: str, places: "Sequence[tuple[float, float, float]]", occupied: "Sequence[Box]"
) -> Box:
    """Write a line's word at the first place that is free, else at the one that covers least.

    Args:
        axes: that it stands in.
        theme: for its colour.
        text: the word.
        places: for level text (share of the axes' width, points from below, 0), for upright text (points from the left,
            share of the axes' height, 90); from 0.5 on the text ends there, else it begins there.
        occupied: boxes that it should not cover.
    """
    inside = window(axes)
    width, half = text_width(text, SMALL), SMALL * 0.6
    boxes = []
    for first, second, angle in places:
        share, start, end = (second, inside.bottom, inside.top) if angle else (first, inside.left, inside.right)
        at = start + share * (end - start) - (width if share > 0.5 else 0.0)
        across = first if angle else second
        boxes.append(
            Box(across - half, at, across + half, at + width) if angle else Box(at, across - half, at + width, across + half)
        )
    best = min(range(len(boxes)), key=lambda index: (sum(boxes[index].overlap(other) for other in occupied), index))
    box = boxes[best]
    axes.annotate(
        text,
        ((box.left + box.right) / 2.0, (box.bottom + box.top) / 2.0),
        xycoords="figure points",
        size=SMALL,
        color=theme.quiet,
        rotation=places[best][2],
        ha="center",
        va="center",
        annotation_clip=False,
    )
    return box


def window(axes: "Axes") -> Box:
    """The axes' rectangle in points."""
    scale = 72.0 / axes.figure.dpi
    return Box(*(float(value) * scale for value in axes.get_window_extent().extents))
