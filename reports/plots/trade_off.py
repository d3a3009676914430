"""A board's trade-off: subject fidelity against prompt fidelity, a point a submission, what stands apart drawn apart.

A board may hold hundreds of submissions. Those that no other one beats in both are named, and the line through them is drawn;
the others are points without a name.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from math import isfinite
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.frame import RIGHT, framed
from dreambench.reports.plots.labels import plain, short_names, shorten
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.plot_data import NotDrawable
from dreambench.reports.plots.scales import limits
from dreambench.reports.plots.style import THEMES, WIDTH, Theme, ThemeName, styled
from dreambench.reports.plots.wording import IMAGE_SIMILARITY, TEXT_SIMILARITY, words_of
from dreambench.reports.plots.yardsticks import Yardstick, draw_crosses, draw_lines, explained, yardsticks_among

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Which method keeps the subject without ignoring the prompt?"
_CAPTION: Final = (
    "Up is closer to the reference images, right is closer to the prompt; bars, left out where methods are many, are 95% "
    "intervals over subjects. The line joins the methods that none beats in both; they are named first. Hollow: submissions "
    "without a rank."
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
_LABEL_ROOM: Final = 96.0
#: What lies further out than so many times the ranked ones' span would leave these no room; it becomes a level line.
_FAR: Final = 1.5
#: Ranked points whose span is a smaller share of their values are as good as equal.
_EQUAL: Final = 0.02


@dataclass(frozen=True)
class Contender:
    """A submission.

    Attributes:
        label: its name, which may come from a stranger.
        cells: metric's key -> mean with its interval.
        is_ranked: False for what stands apart.
    """

    label: str
    cells: Mapping[str, Cell]
    is_ranked: bool


@dataclass(frozen=True)
class TradeOff:
    """What the plot is made of.

    Attributes:
        columns: the board's metrics, in the order of tables; the first of subject and the first of prompt fidelity are shown.
        contenders: the board's submissions.
        beside: yardstick -> metric's key -> mean.
        scope: what was measured, in a phrase.
    """

    columns: tuple[Column, ...]
    contenders: tuple[Contender, ...]
    beside: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    scope: str = ""

    @property
    def prompt(self) -> Column:
        """The metric from left to right."""
        return self._first(TEXT_SIMILARITY)

    @property
    def fidelity(self) -> Column:
        """The metric from below."""
        return self._first(IMAGE_SIMILARITY)

    def caption(self) -> str:
        """How to read the plot."""
        return _CAPTION + explained(self.yardsticks())

    def yardsticks(self) -> list[Yardstick]:
        """Those that can be drawn; one that lies far to the left or right is a line that says where it is."""
        points = _points(self)
        found = yardsticks_among(self.beside, across=self.prompt, up=self.fidelity)
        return [self._as_line(one) if _is_far(one.x, points) else one for one in found]

    def _as_line(self, yardstick: Yardstick) -> Yardstick:
        return replace(yardstick, label=f"{yardstick.label} ({plain(self.prompt.label)} {yardstick.x:.3g})", x=None)

    def _first(self, formula: str) -> Column:
        for column in self.columns:
            if column.formula == formula:
                return column
        raise NotDrawable("The board has not both a metric of subject fidelity and one of prompt fidelity.")


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
        NotDrawable: the board lacks one of the two metrics, or no contender has both.
    """
    buffer = io.BytesIO()
    with styled(THEMES[theme]):
        draw_trade_off(data, THEMES[theme]).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def draw_trade_off(data: TradeOff, theme: Theme) -> "Figure":
    """The plot as a figure, 540 points wide; for a file use `render_trade_off`, which keeps the settings.

    Raises:
        NotDrawable: the board lacks one of the two metrics, or no contender has both.
    """
    points, yardsticks = _points(data), data.yardsticks()
    shown = [point for point in points if point.is_ranked or not _is_far(point.x, points)]
    far = [Yardstick("apart", _told(point, data), "", None, point.y) for point in points if point not in shown]
    crosses = [(yardstick, yardstick.x) for yardstick in yardsticks if yardstick.x is not None]
    has_bars = len(shown) <= _MOST_BARS
    frame = framed(theme, question=QUESTION, counted=plain(data.scope), body=_HEIGHT + _BELOW)
    axes = frame.axes(left=_LEFT, top=0, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
    axes.set_xlabel(_axis(data.prompt))
    axes.set_ylabel(_axis(data.fidelity))
    xs = [point.cell_x if has_bars else Cell(point.x) for point in shown]
    ys = [point.cell_y if has_bars else Cell(point.y) for point in shown]
    axes.set_xlim(*limits(xs, [Cell(x) for _, x in crosses]))
    axes.set_ylim(*limits(ys, [Cell(yardstick.y) for yardstick in (*yardsticks, *far)]))
    bars = _draw_points(axes, theme, shown, has_bars=has_bars)
    front = sorted((point for point in shown if point.is_front), key=lambda point: point.x)
    if len(front) > 1:
        axes.plot([p.x for p in front], [p.y for p in front], color=theme.colours[0], linewidth=0.8, alpha=0.6, zorder=2)
    draw_crosses(axes, yardsticks, theme, size=_MARKER * 0.8)
    markers = [_marker(axes, point.x, point.y) for point in shown] + [_marker(axes, x, one.y) for one, x in crosses]
    words, lines = draw_lines(axes, [*yardsticks, *far], theme, [*markers, *bars])
    named = _named(shown)
    nameless = [box for box, point in zip(markers, shown, strict=False) if point not in named]
    label_points(
        axes,
        [*((point.x, point.y) for point in named), *((x, one.y) for one, x in crosses)],
        [*short_names([point.label for point in named], _NAME_ROOM), *(one.label for one, _ in crosses)],
        theme=theme,
        marker_size=_MARKER,
        quiet=len(crosses),
        keep_clear=[*words, *nameless],
        rather_clear=[*bars, *lines],
    )
    return frame.figure


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


def _points(data: TradeOff) -> list[_Point]:
    """The contenders that have both metrics, and which of the ranked ones none beats."""
    prompt, fidelity = data.prompt, data.fidelity
    both = []
    for contender in data.contenders:
        across, up = contender.cells.get(prompt.key, Cell(None)), contender.cells.get(fidelity.key, Cell(None))
        if across.mean is not None and up.mean is not None and isfinite(across.mean) and isfinite(up.mean):
            both.append((contender, across, up, across.mean, up.mean))
    if not both:
        raise NotDrawable(f"No submission has both {fidelity.label} and {prompt.label}.")
    front = pareto_front([(x, y) if contender.is_ranked else None for contender, _, _, x, y in both])
    return [
        _Point(contender.label, x, y, across, up, contender.is_ranked, is_front)
        for (contender, across, up, x, y), is_front in zip(both, front, strict=True)
    ]


def _is_far(x: float | None, points: Sequence[_Point]) -> bool:
    """Whether something lies so far to the left or right of the ranked points that these would share a corner."""
    ends = [end for point in points if point.is_ranked for end in _ends(point.x, point.cell_x)]
    if x is None or sum(point.is_ranked for point in points) < 2:
        return False
    room = _FAR * max(max(ends) - min(ends), _EQUAL * max(map(abs, ends)))
    return not min(ends) - room <= x <= max(ends) + room


def _told(point: _Point, data: TradeOff) -> str:
    """A point that became a line."""
    return f"{shorten(point.label, _NAME_ROOM)} ({plain(data.prompt.label)} {point.x:.3g})"


def _axis(column: Column) -> str:
    words = words_of(column)
    return f"{shorten(column.label, _LABEL_ROOM)}{words.between} ({words.good_end} →)"


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


def _draw_points(axes: "Axes", theme: Theme, points: Sequence[_Point], *, has_bars: bool) -> list[Box]:
    """Draw the points, with their bars if wanted; the boxes of these."""
    for is_ranked, is_front in ((True, True), (True, False), (False, False)):
        group = [point for point in points if (point.is_ranked, point.is_front) == (is_ranked, is_front)]
        colour = theme.colours[0] if is_ranked else theme.quiet
        is_faint = is_ranked and not is_front
        axes.errorbar(
            [point.x for point in group],
            [point.y for point in group],
            xerr=_errors([(point.x, point.cell_x) for point in group]) if has_bars else None,
            yerr=_errors([(point.y, point.cell_y) for point in group]) if has_bars else None,
            color=colour,
            marker="o" if is_ranked else "D",
            markersize=_MARKER if is_ranked else _MARKER - 1.0,
            markerfacecolor=colour if is_ranked else theme.paper,
            elinewidth=0.9,
            capsize=2.0,
            linestyle="none",
            alpha=0.55 if is_faint else 1.0,
            zorder=3 if is_faint else 4,
        )
    return [box for point in points for box in _bars(axes, point)] if has_bars else []


def _bars(axes: "Axes", point: _Point) -> tuple[Box, Box]:
    """The boxes of a point's bars."""
    across, up = to_points(axes, point.x, point.y)
    left, right = (to_points(axes, end, point.y)[0] for end in _ends(point.x, point.cell_x))
    bottom, top = (to_points(axes, point.x, end)[1] for end in _ends(point.y, point.cell_y))
    return Box(left - 1, up - 2.0, right + 1, up + 2.0), Box(across - 2.0, bottom - 1, across + 2.0, top + 1)


def _marker(axes: "Axes", x: float, y: float) -> Box:
    half = _MARKER / 2.0 + 1.0
    across, up = to_points(axes, x, y)
    return Box(across - half, up - half, across + half, up + half)


def _ends(mean: float, cell: Cell) -> tuple[float, float]:
    """The interval; the mean twice where there is none."""
    return (mean if cell.low is None else cell.low, mean if cell.high is None else cell.high)


def _errors(values: Sequence[tuple[float, Cell]]) -> list[list[float]]:
    """How far the bars reach below and above."""
    ends = [(mean, *_ends(mean, cell)) for mean, cell in values]
    return [[max(0.0, mean - low) for mean, low, _ in ends], [max(0.0, high - mean) for mean, _, high in ends]]
