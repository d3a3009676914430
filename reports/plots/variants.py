"""A study's plot: every variant a row, every metric a panel, means with their intervals and the first variant's as a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.frame import MARGIN, RIGHT, framed
from dreambench.reports.plots.labels import short_names
from dreambench.reports.plots.scales import limits
from dreambench.reports.plots.style import SMALL, WIDTH, Theme, method_styles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CAPTION: Final = (
    "A row for every variant; points are means, bars 95% intervals over subjects, the dashed line is the variant that the "
    "others are tested against. Intervals of two variants may overlap although their paired difference is significant."
)
_NAMES: Final = 128.0
_ROW: Final = 20.0
_BELOW: Final = 34.0
_GAP: Final = 14.0
_PER_LINE: Final = 3


@dataclass(frozen=True)
class VariantPlot:
    """What is drawn.

    Attributes:
        question: the title.
        counted: subjects, prompts and images, as a sentence.
        columns: a panel each.
        labels: of the variants, from top to bottom.
        cells: the variants' means, metric key -> cell.
        reference: the number of the variant that the others are tested against.
    """

    question: str
    counted: str
    columns: Sequence[Column]
    labels: Sequence[str]
    cells: Sequence[dict[str, Cell]]
    reference: int

    def draw(self, theme: Theme) -> "Figure":
        """The figure, to be called through `render_figure`."""
        lines = -(-len(self.columns) // _PER_LINE)
        height = _ROW * len(self.labels)
        frame = framed(theme, question=self.question, counted=self.counted, body=lines * (height + _BELOW))
        width = (WIDTH - MARGIN - _NAMES - RIGHT - (_PER_LINE - 1) * _GAP) / _PER_LINE
        names = short_names(list(self.labels), _NAMES - 10.0)
        for number, column in enumerate(self.columns):
            line, place = divmod(number, _PER_LINE)
            left = MARGIN + _NAMES + place * (width + _GAP)
            axes = frame.axes(left=left, top=line * (height + _BELOW), width=width, height=height)
            cells = [cells.get(column.key, Cell(None)) for cells in self.cells]
            axes.set_ylim(len(names) - 0.4, -0.6)
            axes.set_xlim(*limits([cell for cell in cells if cell.mean is not None]))
            axes.set_yticks(range(len(names)), names if place == 0 else [""] * len(names), size=SMALL)
            axes.locator_params(axis="x", nbins=4)
            axes.set_xlabel(f"{column.label} {'→' if column.higher_is_better else '←'}")
            first = cells[self.reference].mean
            if first is not None:
                axes.axvline(first, color=theme.quiet, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
            for row, (cell, style) in enumerate(zip(cells, method_styles(len(cells), theme), strict=True)):
                if cell.mean is None:
                    continue
                if cell.low is not None and cell.high is not None:
                    axes.plot([cell.low, cell.high], [row, row], color=style.colour, linewidth=1.4, zorder=2)
                axes.plot(
                    [cell.mean],
                    [row],
                    marker=style.marker,
                    color=style.colour,
                    markerfacecolor=style.face(theme),
                    markersize=6.0,
                    linestyle="none",
                    zorder=3,
                )
        return frame.figure
