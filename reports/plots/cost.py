"""What a better score costs: seconds and memory of a subject against its fidelity."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.choice import main_metric
from dreambench.reports.plots.frame import NO_BREAK, RIGHT, counted, framed
from dreambench.reports.plots.labels import plain, short_names, shorten
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData
from dreambench.reports.plots.scales import limits, spanning
from dreambench.reports.plots.style import WIDTH, MethodStyle, Theme, method_styles
from dreambench.reports.plots.wording import axis_of, words_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUESTION: Final = "What does a better score cost?"
CAPTION: Final = (
    "Left: seconds of training and sampling a subject, the mean and the middle half of the subjects. Right: the largest memory "
    "of a process that did the work. Left is cheaper; vertical bars are 95% intervals over subjects."
)
_HEIGHT: Final = 250.0
_BELOW: Final = 34.0
_LEFT: Final = 48.0
_BETWEEN: Final = 28.0
_MARKER: Final = 8.0
#: From this ratio of the largest to the smallest on, seconds are drawn on a logarithmic scale.
_LOG_FROM: Final = 12.0


@dataclass(frozen=True)
class _Costed:
    number: int
    name: str
    score: Cell
    seconds: NDArray[np.float64]
    memory: float | None


def plots(data: PlotData) -> list[Plot]:
    """The one plot of this family: it sets costs against the first metric of subject fidelity.

    Raises:
        NotDrawable: no method's seconds are known, or none has a score.
    """
    _costed(data, main_metric(data))
    return [Plot("cost", "cost", QUESTION, CAPTION, draw_cost)]


def _costed(data: PlotData, metric: Column) -> list[_Costed]:
    on_gpu = _on_gpu(data)
    names = short_names([method.label for method in data.methods], 96.0)
    found = []
    for number, method in enumerate(data.methods):
        score, cost = method.overall.get(metric.key), method.cost
        if score is None or score.mean is None or cost is None or not cost.seconds:
            continue
        memory = cost.peak_device_memory_bytes if on_gpu else cost.peak_memory_bytes
        seconds = np.array(list(cost.seconds.values()), dtype=float)
        found.append(_Costed(number, names[number], score, seconds, None if memory is None else memory / 1e9))
    if not found:
        raise NotDrawable("No method's seconds are known; only runs of bench record them.")
    return found


def _on_gpu(data: PlotData) -> bool:
    """Whether all that is known was measured on a GPU; then its memory is what runs out."""
    costs = [method.cost for method in data.methods if method.cost is not None]
    return bool(costs) and all(cost.peak_device_memory_bytes is not None for cost in costs)


def draw_cost(data: PlotData, theme: Theme) -> "Figure":
    """Draw it: the score over seconds a subject and over peak memory."""
    metric = main_metric(data)
    found = _costed(data, metric)
    frame = framed(theme, question=QUESTION, counted=f"{counted(data)} {_machines(data, len(found))}", body=_HEIGHT + _BELOW)
    with_memory = [method for method in found if method.memory is not None]
    panels = 2 if with_memory else 1
    width = (WIDTH - _LEFT - RIGHT - _BETWEEN * (panels - 1)) / panels
    span = limits([method.score for method in found])
    styles = method_styles(len(data.methods), theme)
    for panel in range(panels):
        axes = frame.axes(left=_LEFT + panel * (width + _BETWEEN), top=0, width=width, height=_HEIGHT)
        axes.set_ylim(*span)
        if panel == 0:
            axes.set_ylabel(_score_axis(data, metric))
            quartiles = [tuple(float(v) for v in np.quantile(method.seconds, [0.25, 0.75])) for method in found]
            _set_seconds(axes, [float(method.seconds.mean()) for method in found], quartiles)
            axes.set_xlabel("seconds a subject, training and sampling (← cheaper)")
            _draw_points(axes, found, [float(method.seconds.mean()) for method in found], quartiles, styles, theme)
        else:
            memory = [method.memory for method in with_memory if method.memory is not None]
            axes.set_xlim(*spanning([0.0, *memory], room=0.08))
            axes.tick_params(labelleft=False)
            where = "GPU memory" if _on_gpu(data) else "memory of a process"
            axes.set_xlabel(f"peak {where}, GB (← cheaper)")
            _draw_points(axes, with_memory, memory, None, styles, theme)
    return frame.figure


def _set_seconds(axes: "Axes", means: list[float], quartiles: list[tuple[float, ...]]) -> None:
    values = [value for pair in quartiles for value in pair] + means
    positive = [value for value in values if value > 0.0]
    if positive and len(positive) == len(values) and max(values) / min(values) > _LOG_FROM:
        from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(min(values) / 1.6, max(values) * 1.6)
    else:
        axes.set_xlim(*spanning([0.0, *values], room=0.08))


def _draw_points(
    axes: "Axes",
    found: list[_Costed],
    across: list[float],
    spread: list[tuple[float, ...]] | None,
    styles: list[MethodStyle],
    theme: Theme,
) -> None:
    bars: list[Box] = []
    points = []
    for index, (method, x) in enumerate(zip(found, across, strict=True)):
        y, style = _mean(method.score), styles[method.number]
        low = y if method.score.low is None else method.score.low
        high = y if method.score.high is None else method.score.high
        first, third = (x, x) if spread is None else spread[index]
        axes.vlines([x], [low], [high], color=style.colour, linewidth=1.1, zorder=3)
        axes.hlines([y], [first], [third], color=style.colour, linewidth=1.1, zorder=3)
        axes.plot(
            [x],
            [y],
            marker=style.marker,
            markersize=_MARKER,
            color=style.colour,
            markerfacecolor=style.face(theme),
            linestyle="none",
            zorder=4,
            gid=f"method-{method.number}",
        )
        centre = to_points(axes, x, y)
        ends = to_points(axes, first, low), to_points(axes, third, high)
        bars += [
            Box(centre[0] - 2, ends[0][1] - 1, centre[0] + 2, ends[1][1] + 1),
            Box(ends[0][0] - 1, centre[1] - 2, ends[1][0] + 1, centre[1] + 2),
        ]
        points.append((x, y))
    label_points(axes, points, [method.name for method in found], theme=theme, marker_size=_MARKER, rather_clear=bars)


def _score_axis(data: PlotData, metric: Column) -> str:
    end = words_of(metric).good_end
    return f"{axis_of(data, metric)} ({f'{end} →' if metric.higher_is_better else f'← {end}'})"


def _mean(cell: Cell) -> float:
    if cell.mean is None:
        raise ValueError("a point needs a mean")
    return cell.mean


def _machines(data: PlotData, n_found: int) -> str:
    machines = list(dict.fromkeys(plain(method.cost.machine) for method in data.methods if method.cost is not None))
    # A machine stays on one line.
    machines = [shorten(machine, 200.0).replace(" ", NO_BREAK) for machine in machines]
    text = f"Measured on {machines[0]}." if len(machines) == 1 else f"Measured on different machines: {'; '.join(machines)}."
    missing = len(data.methods) - n_found
    return f"{text} {missing} without recorded cost." if missing else text
