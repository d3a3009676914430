"""Labels beside points: each next to its point where there is room, farther off on a thin line where there is not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.plots.labels import text_width
from dreambench.reports.plots.style import SMALL, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Distances from the point tried one after the other, in points; beyond the second a line leads back.
_REACHES: Final = (8.0, 13.0, 22.0, 34.0, 48.0, 66.0, 88.0, 112.0, 140.0, 170.0, 205.0)
_ANGLES: Final = (0.0, 60.0, -60.0, 180.0, 120.0, -120.0, 30.0, -30.0, 150.0, -150.0, 90.0, -90.0)
_LEADER_FROM: Final = 16.0
_LINE_HEIGHT: Final = SMALL * 1.35


@dataclass(frozen=True)
class Box:
    """A rectangle in points from the figure's lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "Box") -> float:
        """The area that two rectangles share, in square points."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, width) * max(0.0, height)

    def distance(self, point: tuple[float, float]) -> float:
        """From a point to the nearest place of the rectangle; 0 inside."""
        across = max(self.left - point[0], 0.0, point[0] - self.right)
        up = max(self.bottom - point[1], 0.0, point[1] - self.top)
        return math.hypot(across, up)

    def within(self, other: "Box") -> bool:
        """Whether this rectangle lies inside the other."""
        return self.left >= other.left and self.right <= other.right and self.bottom >= other.bottom and self.top <= other.top


@dataclass(frozen=True)
class _Place:
    box: Box
    end: tuple[float, float]
    has_leader: bool
    leader: tuple[Box, ...] = ()


def to_points(axes: "Axes", x: float, y: float) -> tuple[float, float]:
    """Where a point of the axes lies, in points from the figure's lower left corner."""
    scale = 72.0 / axes.figure.dpi
    pixels = axes.transData.transform((x, y))
    return float(pixels[0] * scale), float(pixels[1] * scale)


def label_points(
    axes: "Axes",
    points: Sequence[tuple[float, float]],
    labels: Sequence[str],
    *,
    theme: Theme,
    marker_size: float,
    quiet: int = 0,
    keep_clear: Sequence[Box] = (),
    rather_clear: Sequence[Box] = (),
) -> None:
    """Write each point's label near it, over no other label and no marker.

    Args:
        axes: with their final limits and place.
        points: in data coordinates.
        labels: one a point, short already.
        theme: for the colours.
        marker_size: diameter of the markers, in points.
        quiet: so many labels, the last ones, are text of second rank.
        keep_clear: boxes that labels never cover.
        rather_clear: boxes (error bars) that labels cover only where there is no other place.
    """
    scale = 72.0 / axes.figure.dpi
    window = axes.get_window_extent()
    inside = Box(*(float(value) * scale for value in window.extents))
    centres = [to_points(axes, x, y) for x, y in points]
    half = marker_size / 2.0 + 1.0
    markers = [Box(x - half, y - half, x + half, y + half) for x, y in centres]
    taken: list[Box] = []
    leaders: list[Box] = []
    for place in _crowded_first(centres):
        # A line that begins under another marker cannot help crossing it.
        others = [box for box in markers if not box.overlap(markers[place])]
        chosen = _choose(
            centres[place],
            text_width(labels[place], SMALL),
            inside,
            hard=[*keep_clear, *markers, *taken],
            lines=[*keep_clear, *others, *taken],
            soft=[*rather_clear, *leaders],
            rivals=[centre for index, centre in enumerate(centres) if index != place],
        )
        taken.append(chosen.box)
        leaders += chosen.leader
        colour = theme.quiet if place >= len(labels) - quiet else theme.ink
        _write(axes, centres[place], chosen, labels[place], theme, colour)


def _choose(
    centre: tuple[float, float],
    width: float,
    inside: Box,
    *,
    hard: list[Box],
    lines: list[Box],
    soft: list[Box],
    rivals: list[tuple[float, float]],
) -> _Place:
    """The nearest place for a label.

    Args:
        centre: of its point.
        width: of the label, in points.
        inside: what it must lie in.
        hard: what the label covers only where there is nothing else.
        lines: what the line to its point must not cross.
        soft: what the label should not cover.
        rivals: other points: a label without a line lies nearer to its own point than to any of them.
    """
    candidates = [_candidate(centre, width, reach, angle) for reach in _REACHES for angle in _ANGLES]
    blocked = _overlaps([place.box for place in candidates], hard)
    free: _Place | None = None
    limit = len(candidates)
    for rank, place in enumerate(candidates):
        if rank > limit:
            break  # the clear places that are left lie too far off
        if blocked[rank] or not place.box.within(inside):
            continue
        leader = _line(centre, place.end) if place.has_leader else ()
        near_other = not leader and any(place.box.distance(rival) < place.box.distance(centre) for rival in rivals)
        if near_other or _overlaps(leader, lines).any():
            continue
        if not _overlaps([place.box], soft)[0]:
            return replace(place, leader=leader)
        if free is None:
            # A label somewhat farther off is easier to read than one over an error bar, but not one far away.
            free, limit = replace(place, leader=leader), rank + 5 * len(_ANGLES)
    return free if free is not None else _anywhere(centre, width, inside, hard)


def _overlaps(boxes: Sequence[Box], others: Sequence[Box]) -> NDArray[np.bool_]:
    """For each box, whether it shares an area with any of the others."""
    first = np.array([(box.left, box.bottom, box.right, box.top) for box in boxes]).reshape(-1, 1, 4)
    second = np.array([(box.left, box.bottom, box.right, box.top) for box in others]).reshape(1, -1, 4)
    low, high = np.maximum(first[..., :2], second[..., :2]), np.minimum(first[..., 2:], second[..., 2:])
    shared: NDArray[np.bool_] = (high > low).all(axis=2).any(axis=1)
    return shared


def _anywhere(centre: tuple[float, float], width: float, inside: Box, hard: list[Box]) -> _Place:
    """The nearest place where a label covers nothing, else where it covers least: a last resort in a crowd."""
    half = width / 2.0 + 1.0
    xs = np.arange(inside.left + half, max(inside.right - half, inside.left + half) + 0.1, 5.0)
    ys = np.arange(inside.bottom + _LINE_HEIGHT, inside.top - _LINE_HEIGHT, 3.0)
    places = sorted(((float(x), float(y)) for x in xs for y in ys), key=lambda place: math.dist(place, centre))
    boxes = [Box(x - half, y - _LINE_HEIGHT / 2.0, x + half, y + _LINE_HEIGHT / 2.0) for x, y in places]
    empty = np.flatnonzero(~_overlaps(boxes, hard))
    best = (
        int(empty[0])
        if len(empty)
        else min(range(len(boxes)), key=lambda place: sum(boxes[place].overlap(box) for box in hard))
    )
    return _Place(boxes[best], places[best], has_leader=True, leader=_line(centre, places[best]))


def _candidate(centre: tuple[float, float], width: float, reach: float, angle: float) -> _Place:
    across, up = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = centre[0] + reach * across, centre[1] + reach * up
    left = x - width / 2.0 if abs(across) < 0.1 else x if across > 0 else x - width
    box = Box(left - 1.0, y - _LINE_HEIGHT / 2.0, left + width + 1.0, y + _LINE_HEIGHT / 2.0)
    return _Place(box, (x, y), has_leader=reach >= _LEADER_FROM)


def _line(start: tuple[float, float], end: tuple[float, float]) -> tuple[Box, ...]:
    """A line as a row of small boxes: overlap is then one question for everything."""
    steps = max(2, int(math.dist(start, end) // 3.0))
    shares = [step / steps for step in range(steps)]
    dots = [(start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share) for share in shares]
    return tuple(Box(x - 0.5, y - 0.5, x + 0.5, y + 0.5) for x, y in dots)


def _write(axes: "Axes", centre: tuple[float, float], place: _Place, label: str, theme: Theme, colour: str) -> None:
    box = place.box
    middle = (box.bottom + box.top) / 2.0
    axes.annotate(
        label,
        xy=(box.left + 1.0, middle),
        xycoords="figure points",
        size=SMALL,
        va="center",
        ha="left",
        color=colour,
        annotation_clip=False,
        zorder=6,
    ).set_gid("label")
    if place.leader:
        end_x = min(max(centre[0], box.left), box.right)
        target = (end_x, min(max(centre[1], box.bottom), box.top))
        axes.annotate(
            "",
            xy=centre,
            xytext=target,
            xycoords="figure points",
            textcoords="figure points",
            arrowprops={"arrowstyle": "-", "color": theme.quiet, "linewidth": 0.6, "shrinkA": 1.0, "shrinkB": 3.0},
            annotation_clip=False,
            zorder=2,
        )


def _crowded_first(centres: Sequence[tuple[float, float]]) -> list[int]:
    """Points in the order of how near their neighbours are, so that those with least choice choose first."""

    def room(index: int) -> float:
        return min((math.dist(centres[index], other) for number, other in enumerate(centres) if number != index), default=0.0)

    return sorted(range(len(centres)), key=lambda index: (round(room(index), 3), index))
