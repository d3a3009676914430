"""A study along one setting: every metric against the setting's value, and against what the value costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.frame import RIGHT, framed
from dreambench.reports.plots.scales import limits, spanning
from dreambench.reports.plots.style import SMALL, WIDTH, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXIS_CAPTION: Final = (
    "Each metric against the setting (left) and against the cost of a subject (right), the same points joined in the setting's "
    "order. Bars are 95% intervals over subjects; the dashed line is the variant that the others are tested against. Further "
    "left is cheaper."
)
_HEIGHT: Final = 104.0
_BETWEEN: Final = 12.0
_BELOW: Final = 34.0
_LEFT: Final = 56.0
_GAP: Final = 22.0
#: From this ratio of the largest to the smallest on, values are drawn on a logarithmic scale.
_LOG_FROM: Final = 12.0


@dataclass(frozen=True)
class AxisPlot:
    """What is drawn.

    Attributes:
        question: the title.
        counted: subjects, prompts and images, as a sentence.
        axis: the setting's name.
        cost: what the cost is counted in; empty where no cost is known.
        columns: the metrics, a line of panels each.
        values: of the setting, a variant each, rising.
        costs: of the variants; empty where they are not known.
        cells: the variants' means, metric key -> cell.
        reference: the number of the variant that the others are tested against.
    """

    question: str
    counted: str
    axis: str
    cost: str
    columns: Sequence[Column]
    values: Sequence[float]
    costs: Sequence[float]
    cells: Sequence[dict[str, Cell]]
    reference: int

    def draw(self, theme: Theme) -> "Figure":
        """The figure, to be called through `render_figure`."""
        across = [(self.axis, self.values), *([(f"{self.cost} (← cheaper)", self.costs)] if self.costs else [])]
        lines = len(self.columns)
        body = lines * _HEIGHT + (lines - 1) * _BETWEEN + _BELOW
        frame = framed(theme, question=self.question, counted=self.counted, body=body)
        width = (WIDTH - _LEFT - RIGHT - _GAP * (len(across) - 1)) / len(across)
        for line, column in enumerate(self.columns):
            cells = [cells.get(column.key, Cell(None)) for cells in self.cells]
            span = limits([cell for cell in cells if cell.mean is not None])
            for place, (name, numbers) in enumerate(across):
                axes = frame.axes(
                    left=_LEFT + place * (width + _GAP), top=line * (_HEIGHT + _BETWEEN), width=width, height=_HEIGHT
                )
                _set_across(axes, numbers, exact=place == 0)
                axes.set_ylim(*span)
                axes.locator_params(axis="y", nbins=5)
                if place == 0:
                    axes.set_ylabel(f"{column.label} {'→' if column.higher_is_better else '←'}")
                axes.tick_params(labelleft=place == 0, labelbottom=line == lines - 1)
                if line == lines - 1:
                    axes.set_xlabel(name)
                self._draw_points(axes, numbers, cells, theme)
        return frame.figure

    def _draw_points(self, axes: "Axes", numbers: Sequence[float], cells: Sequence[Cell], theme: Theme) -> None:
        first = cells[self.reference].mean
        if first is not None:
            axes.axhline(first, color=theme.quiet, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        known = [(x, cell) for x, cell in zip(numbers, cells, strict=True) if cell.mean is not None]
        colour = theme.colours[0]
        for x, cell in known:
            if cell.low is not None and cell.high is not None:
                axes.vlines([x], [cell.low], [cell.high], color=colour, linewidth=1.0, zorder=2)
        means = [cell.mean or 0.0 for _, cell in known]
        axes.plot([x for x, _ in known], means, color=colour, linewidth=1.2, marker="o", markersize=5.0, zorder=3)


def _set_across(axes: "Axes", numbers: Sequence[float], *, exact: bool) -> None:
    """The scale of a panel's numbers: ticks at the very values of a setting, at round ones of a cost."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    is_wide = min(numbers) > 0 and max(numbers) / min(numbers) > _LOG_FROM
    if is_wide:
        axes.set_xscale("log")
        axes.set_xlim(min(numbers) / 1.4, max(numbers) * 1.4)
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.set_xlim(*spanning(numbers if exact else [0.0, *numbers], room=0.06))
        axes.locator_params(axis="x", nbins=5)
    if exact:
        axes.xaxis.set_major_locator(FixedLocator(list(numbers)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
    axes.tick_params(axis="x", labelsize=SMALL)
