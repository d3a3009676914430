"""Subject fidelity against prompt fidelity: every method a point with its intervals, among the yardsticks."""

from functools import partial
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.choice import Member, fidelity_and_prompt
from dreambench.reports.plots.frame import RIGHT, counted, framed
from dreambench.reports.plots.labels import short_names
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import limits
from dreambench.reports.plots.style import WIDTH, Theme, method_styles
from dreambench.reports.plots.wording import axis_of, words_of
from dreambench.reports.plots.yardsticks import draw_crosses, draw_lines, explained, yardsticks_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "Which method keeps the subject without ignoring the prompt?"
CAPTION: Final = "Up is closer to the reference images, right is closer to the prompt; bars are 95% intervals over subjects."
_FAMILY: Final = "fidelity_prompt"
_HEIGHT: Final = 330.0
_LEFT: Final = 52.0
_BELOW: Final = 34.0
_MARKER: Final = 8.0
_NAME: Final = 120.0


def plots(data: PlotData) -> list[Plot]:
    """A plot for the first encoders of subject and of prompt fidelity, and one for every further encoder.

    Raises:
        NotDrawable: the protocol lacks one of the two, or no method has both.
    """
    members = [member for member in fidelity_and_prompt(data) if _points(data, member)]
    if not members:
        raise NotDrawable("No method has both a score for subject fidelity and one for prompt fidelity.")
    return [_plot(data, member) for member in members]


def _plot(data: PlotData, member: Member) -> Plot:
    fidelity, prompt = member.metrics
    question = member.question(QUESTION)
    caption = CAPTION + explained(yardsticks_of(data, across=prompt, up=fidelity))
    return Plot(member.name(_FAMILY), _FAMILY, question, caption, partial(_draw, member=member, question=question), member.by)


def _draw(data: PlotData, theme: Theme, *, member: Member, question: str) -> "Figure":
    """x is prompt fidelity, y is subject fidelity, both in the protocol's scale."""
    fidelity, prompt = member.metrics
    found = _points(data, member)
    yardsticks = yardsticks_of(data, across=prompt, up=fidelity)
    crosses = [(yardstick, yardstick.x) for yardstick in yardsticks if yardstick.x is not None]
    frame = framed(theme, question=question, counted=counted(data), body=_HEIGHT + _BELOW)
    axes = frame.axes(left=_LEFT, top=0, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
    axes.set_xlabel(_axis(data, prompt))
    axes.set_ylabel(_axis(data, fidelity))
    axes.set_xlim(*limits([x for x, _, _ in found], [Cell(x) for _, x in crosses]))
    axes.set_ylim(*limits([y for _, y, _ in found], [Cell(yardstick.y) for yardstick in yardsticks]))
    styles = method_styles(len(data.methods), theme)
    bars: list[Box] = []
    for x, y, number in found:
        style = styles[number]
        axes.errorbar(
            [_mean(x)],
            [_mean(y)],
            xerr=_error(x),
            yerr=_error(y),
            color=style.colour,
            marker=style.marker,
            markersize=_MARKER,
            markerfacecolor=style.face(theme),
            elinewidth=1.1,
            capsize=2.5,
            linestyle="none",
            label=data.methods[number].label,
            zorder=4,
        )
        bars += _bar_boxes(axes, x, y)
    draw_crosses(axes, yardsticks, theme, size=_MARKER * 0.8)
    points = [(_mean(x), _mean(y)) for x, y, _ in found] + [(x, yardstick.y) for yardstick, x in crosses]
    half = _MARKER / 2.0 + 1.0
    centres = [to_points(axes, x, y) for x, y in points]
    markers = [Box(x - half, y - half, x + half, y + half) for x, y in centres]
    words, lines = draw_lines(axes, yardsticks, theme, [*markers, *bars])
    label_points(
        axes,
        points,
        [*short_names([data.methods[number].label for _, _, number in found], _NAME), *(cross.label for cross, _ in crosses)],
        theme=theme,
        marker_size=_MARKER,
        quiet=len(crosses),
        keep_clear=words,
        rather_clear=[*bars, *lines],
    )
    return frame.figure


def _axis(data: PlotData, column: Column) -> str:
    words = words_of(column)
    return f"{axis_of(data, column)}{words.between} ({words.good_end} →)"


def _points(data: PlotData, member: Member) -> list[tuple[Cell, Cell, int]]:
    """Prompt fidelity, subject fidelity and the number of every method that has both."""
    fidelity, prompt = member.metrics
    cells = [
        (method.overall.get(prompt.key), method.overall.get(fidelity.key), number) for number, method in enumerate(data.methods)
    ]
    return [(x, y, n) for x, y, n in cells if x is not None and y is not None and None not in (x.mean, y.mean)]


def _bar_boxes(axes: "Axes", x: Cell, y: Cell) -> list[Box]:
    centre = to_points(axes, _mean(x), _mean(y))
    left, right = (to_points(axes, end, _mean(y))[0] for end in _ends(x))
    bottom, top = (to_points(axes, _mean(x), end)[1] for end in _ends(y))
    across = Box(left - 1, centre[1] - 2.0, right + 1, centre[1] + 2.0)
    return [across, Box(centre[0] - 2.0, bottom - 1, centre[0] + 2.0, top + 1)]


def _mean(cell: Cell) -> float:
    if cell.mean is None:
        raise ValueError("a point needs a mean")
    return cell.mean


def _ends(cell: Cell) -> tuple[float, float]:
    """The interval; the mean twice where there is none."""
    mean = _mean(cell)
    return (mean if cell.low is None else cell.low, mean if cell.high is None else cell.high)


def _error(cell: Cell) -> list[list[float]]:
    low, high = _ends(cell)
    return [[max(0.0, _mean(cell) - low)], [max(0.0, high - _mean(cell))]]
