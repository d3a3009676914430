"""A study's curve: fidelity against prompt following, from value to value of its axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.frame import RIGHT, framed
from dreambench.reports.plots.labels import short_names
from dreambench.reports.plots.placement import Box, label_points, to_points
from dreambench.reports.plots.scales import limits
from dreambench.reports.plots.style import WIDTH, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVE_CAPTION: Final = (
    "The variants in the order of the study's axis, joined by a line; up is closer to the reference images, right is closer to "
    "the prompt. Bars are 95% intervals over subjects."
)
_HEIGHT: Final = 280.0
_BELOW: Final = 34.0
_LEFT: Final = 52.0
_MARKER: Final = 6.0


@dataclass(frozen=True)
class CurvePlot:
    """What is drawn.

    Attributes:
        question: the title.
        counted: subjects, prompts and images, as a sentence.
        across: the metric of prompt following.
        up: the metric of fidelity.
        labels: of the variants, in the axis's order.
        points: (across, up) of each; those without a mean are left out.
    """

    question: str
    counted: str
    across: Column
    up: Column
    labels: Sequence[str]
    points: Sequence[tuple[Cell, Cell]]

    def draw(self, theme: Theme) -> "Figure":
        """The figure, to be called through `render_figure`."""
        known = [(x, y, label) for (x, y), label in zip(self.points, self.labels, strict=True) if None not in (x.mean, y.mean)]
        frame = framed(theme, question=self.question, counted=self.counted, body=_HEIGHT + _BELOW)
        axes = frame.axes(left=_LEFT, top=0, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
        axes.set_xlim(*limits([x for x, _, _ in known]))
        axes.set_ylim(*limits([y for _, y, _ in known]))
        axes.set_xlabel(f"{self.across.label} →")
        axes.set_ylabel(f"{self.up.label} →")
        places = [(x.mean or 0.0, y.mean or 0.0) for x, y, _ in known]
        bars: list[Box] = []
        for (x, y, _), (across, up) in zip(known, places, strict=True):
            if x.low is not None and x.high is not None:
                (left, level), (right, _) = to_points(axes, x.low, up), to_points(axes, x.high, up)
                bars.append(Box(left, level - 2.0, right, level + 2.0))
                axes.hlines([up], [x.low], [x.high], color=theme.quiet, linewidth=0.8, zorder=2)
            if y.low is not None and y.high is not None:
                (middle, bottom), (_, top) = to_points(axes, across, y.low), to_points(axes, across, y.high)
                bars.append(Box(middle - 2.0, bottom, middle + 2.0, top))
                axes.vlines([across], [y.low], [y.high], color=theme.quiet, linewidth=0.8, zorder=2)
        colour = theme.colours[0]
        axes.plot(*zip(*places, strict=True), color=colour, linewidth=1.4, marker="o", markersize=_MARKER, zorder=3)
        names = short_names([label for _, _, label in known], 120.0)
        label_points(axes, places, names, theme=theme, marker_size=_MARKER, rather_clear=bars)
        return frame.figure
