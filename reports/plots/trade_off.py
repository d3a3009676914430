"""A board's trade-off: subject fidelity against prompt following, a point a submission, what stands apart drawn apart.

A board may hold hundreds of submissions. Those that no other one beats in both directions are named, and the line through
them is drawn; the others are points without a name.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, Final

from dreambench.reports.plots.frame import RIGHT, framed
from dreambench.reports.plots.labels import plain, short_names
from dreambench.reports.plots.lines import level_line
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.records import NotDrawable
from dreambench.reports.plots.scales import limits
from dreambench.reports.plots.style import THEMES, WIDTH, Theme, ThemeName, styled
from dreambench.reports.records import Cell, Column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Which method keeps the subject without ignoring the prompt?"
CAPTION: Final = (
    "Up is closer to the reference images, right is closer to the prompt; bars, left out where methods are many, are 95% "
    "intervals over subjects. The line joins the methods that none beats in both; they are named first. Hollow: what has no "
    "rank. Level lines: yardsticks that answer no prompt, or lie far to the left or right."
)
_HEIGHT: Final = 330.0
_LEFT: Final = 52.0
_BELOW: Final = 34.0
_MARKER: Final = 7.0
#: More points than this get no bars, or nothing else could be seen.
_MOST_BARS: Final = 25
#: So many names fit.
_MOST_NAMES: Final = 14
_NAME_ROOM: Final = 120.0
#: Ranked points whose span is a smaller share of their values are as good as equal.
_EQUAL: Final = 0.02
#: A point without a rank that lies further out than so many times the ranked ones' span would leave them no room.
_FAR: Final = 1.5
_DASHES: Final = ((0, (6, 3)), (0, (1, 2)), (0, (6, 2, 1, 2)))


@dataclass(frozen=True)
class Contender:
    """A submission as a point.

    Attributes:
        label: its name, which may come from a stranger.
        prompt: text similarity.
        fidelity: image similarity.
        is_ranked: False for what stands apart.
    """

    label: str
    prompt: Cell
    fidelity: Cell
    is_ranked: bool


@dataclass(frozen=True)
class TradeOff:
    """What the plot shows.

    Attributes:
        prompt: the metric from left to right.
        fidelity: the metric from below.
        contenders: at least one with both; others are left out.
        levels: what has fidelity and answers no prompt, by what it is called: real images.
        scope: what was measured, in a phrase.
    """

    prompt: Column
    fidelity: Column
    contenders: tuple[Contender, ...]
    levels: Mapping[str, Cell] = field(default_factory=dict)
    scope: str = ""


@dataclass(frozen=True)
class _Point:
    """A contender with numbers; `is_front` where no ranked one beats it in both."""

    label: str
    x: float
    y: float
    cell_x: Cell
    cell_y: Cell
    is_ranked: bool
    is_front: bool


def render_trade_off(data: TradeOff, *, theme: ThemeName = "light") -> bytes:
    """The plot as an SVG file, the same bytes for the same data.

    Raises:
        NotDrawable: no contender has both metrics.
    """
    buffer = io.BytesIO()
    with styled(THEMES[theme]):
        draw_trade_off(data, THEMES[theme]).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def draw_trade_off(data: TradeOff, theme: Theme) -> "Figure":
    """The plot as a figure, 540 points wide; for a file use `render_trade_off`, which keeps the settings.

    Raises:
        NotDrawable: no contender has both metrics.
    """
    points, levels = _split(data, _points(data))
    has_bars = len(points) <= _MOST_BARS
    frame = framed(theme, question=QUESTION, counted=plain(data.scope), body=_HEIGHT + _BELOW)
    axes = frame.axes(left=_LEFT, top=0, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
    axes.set_xlabel(f"{plain(data.prompt.label)} (follows the prompt →)")
    axes.set_ylabel(f"{plain(data.fidelity.label)} (keeps the subject →)")
    shown_x = [point.cell_x if has_bars else Cell(point.x) for point in points]
    shown_y = [point.cell_y if has_bars else Cell(point.y) for point in points]
    axes.set_xlim(*limits(shown_x))
    axes.set_ylim(*limits(shown_y, [Cell(height) for height in levels.values()]))
    bars = [box for point in points for box in _draw_point(axes, theme, point, has_bars=has_bars)]
    front = sorted((point for point in points if point.is_front and point.is_ranked), key=lambda point: point.x)
    if len(front) > 1:
        axes.plot([p.x for p in front], [p.y for p in front], color=theme.colours[0], linewidth=0.8, alpha=0.6, zorder=2)
    half = _MARKER / 2.0 + 1.0
    centres = [to_points(axes, point.x, point.y) for point in points]
    occupied = [*bars, *(Box(x - half, y - half, x + half, y + half) for x, y in centres)]
    words: list[Box] = []
    lines: list[Box] = []
    for (name, height), style in zip(sorted(levels.items(), key=lambda level: -level[1]), _cycled(len(levels)), strict=True):
        word, line = level_line(axes, theme, height, name, style=style, name="level", occupied=[*occupied, *words, *lines])
        words.append(word)
        lines.append(line)
    named = _named(points)
    nameless = [box for box, point in zip(occupied[len(bars) :], points, strict=True) if point not in named]
    label_points(
        axes,
        [(point.x, point.y) for point in named],
        short_names([point.label for point in named], _NAME_ROOM),
        theme=theme,
        marker_size=_MARKER,
        keep_clear=[*words, *nameless],
        rather_clear=[*bars, *lines],
    )
    return frame.figure


def _points(data: TradeOff) -> list[_Point]:
    """The contenders that have both metrics, and which of them none beats."""
    both = [
        (contender, contender.prompt.mean, contender.fidelity.mean)
        for contender in data.contenders
        if contender.prompt.mean is not None and contender.fidelity.mean is not None
    ]
    both = [(contender, x, y) for contender, x, y in both if isfinite(x) and isfinite(y)]
    if not both:
        raise NotDrawable(f"No submission has both {data.fidelity.label} and {data.prompt.label}.")
    up = (1.0 if data.prompt.higher_is_better else -1.0, 1.0 if data.fidelity.higher_is_better else -1.0)
    front = pareto_front([(up[0] * x, up[1] * y) if contender.is_ranked else None for contender, x, y in both])
    return [
        _Point(contender.label, x, y, contender.prompt, contender.fidelity, contender.is_ranked, is_front)
        for (contender, x, y), is_front in zip(both, front, strict=True)
    ]


def _split(data: TradeOff, points: list[_Point]) -> tuple[list[_Point], dict[str, float]]:
    """What is drawn as points, and what as level lines: their words and heights."""
    levels = {f"{plain(name)}, {cell.mean:.3g}": cell.mean for name, cell in data.levels.items() if cell.mean is not None}
    ends = [end for point in points if point.is_ranked for end in _ends(point.x, point.cell_x)]
    if sum(point.is_ranked for point in points) < 2:
        return points, levels
    room = _FAR * max(max(ends) - min(ends), _EQUAL * max(map(abs, ends)))
    near = [point for point in points if point.is_ranked or min(ends) - room <= point.x <= max(ends) + room]
    far = [point for point in points if point not in near]
    across = plain(data.prompt.label)
    return near, levels | {f"{plain(point.label)}, {point.y:.3g} ({across} {point.x:.3g})": point.y for point in far}


def pareto_front(values: Sequence[tuple[float, float] | None]) -> list[bool]:
    """Which pairs none of the others is at least as good as in both and better in one; None is no pair and never among them."""
    found = [False] * len(values)
    best = float("-inf")
    pairs = sorted(((pair, index) for index, pair in enumerate(values) if pair is not None), reverse=True)
    for _, same in groupby(pairs, key=lambda item: item[0][0]):
        column = list(same)
        highest = column[0][0][1]
        if highest > best:
            best = highest
            for pair, index in column:
                found[index] = pair[1] == highest
    return found


def _named(points: Sequence[_Point]) -> list[_Point]:
    """Those whose names are written: all where they fit, else the front from one end to the other, then what stands apart."""
    if len(points) <= _MOST_NAMES:
        return list(points)
    front = sorted((point for point in points if point.is_front), key=lambda point: point.x)
    apart = [point for point in points if not point.is_ranked][: _MOST_NAMES // 3]
    room = _MOST_NAMES - len(apart)
    if len(front) > room:
        front = [front[round(step * (len(front) - 1) / (room - 1))] for step in range(room)]
    return [*front, *apart]


def _draw_point(axes: "Axes", theme: Theme, point: _Point, *, has_bars: bool) -> list[Box]:
    """Draw a point, with its bars if wanted; the boxes of these."""
    colour = theme.colours[0] if point.is_ranked else theme.quiet
    faint = point.is_ranked and not point.is_front
    axes.errorbar(
        [point.x],
        [point.y],
        xerr=_error(point.x, point.cell_x) if has_bars else None,
        yerr=_error(point.y, point.cell_y) if has_bars else None,
        color=colour,
        marker="o" if point.is_ranked else "D",
        markersize=_MARKER if point.is_ranked else _MARKER - 1.0,
        markerfacecolor=colour if point.is_ranked else theme.paper,
        elinewidth=0.9,
        capsize=2.0,
        linestyle="none",
        alpha=0.55 if faint else 1.0,
        zorder=3 if faint else 4,
    )
    if not has_bars:
        return []
    centre = to_points(axes, point.x, point.y)
    left, right = (to_points(axes, end, point.y)[0] for end in _ends(point.x, point.cell_x))
    bottom, top = (to_points(axes, point.x, end)[1] for end in _ends(point.y, point.cell_y))
    return [
        Box(left - 1, centre[1] - 2.0, right + 1, centre[1] + 2.0),
        Box(centre[0] - 2.0, bottom - 1, centre[0] + 2.0, top + 1),
    ]


def _ends(mean: float, cell: Cell) -> tuple[float, float]:
    """The interval; the mean twice where there is none."""
    return (mean if cell.low is None else cell.low, mean if cell.high is None else cell.high)


def _error(mean: float, cell: Cell) -> list[list[float]]:
    low, high = _ends(mean, cell)
    return [[max(0.0, mean - low)], [max(0.0, high - mean)]]


def _cycled(count: int) -> list[tuple[int, tuple[int, ...]]]:
    return [_DASHES[place % len(_DASHES)] for place in range(count)]
