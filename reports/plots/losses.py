"""Loss against steps: a line for every variant of a study, with a band over its subjects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Cell
from dreambench.reports.plots.frame import RIGHT, draw_legend, framed, plan_legend
from dreambench.reports.plots.scales import limits, spanning
from dreambench.reports.plots.style import WIDTH, Theme, method_styles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOSS_CAPTION: Final = (
    "The loss of the reference images, without what else is trained on: means over steps that lie side by side, and over "
    "subjects; bands are 95% intervals over subjects. It depends most on how much noise a step drew, which variants of one "
    "seed may share: peaks that all have say nothing. A lower loss is no better image."
)
_HEIGHT: Final = 220.0
_BELOW: Final = 34.0
_LEFT: Final = 52.0


@dataclass(frozen=True)
class LossCurve:
    """A variant's line.

    Attributes:
        label: of the variant.
        steps: of the points, rising.
        losses: at these, means with their intervals.
    """

    label: str
    steps: Sequence[float]
    losses: Sequence[Cell]


@dataclass(frozen=True)
class LossPlot:
    """What is drawn.

    Attributes:
        question: the title.
        counted: subjects, as a sentence.
        curves: the variants.
    """

    question: str
    counted: str
    curves: Sequence[LossCurve]

    def draw(self, theme: Theme) -> "Figure":
        """The figure, to be called through `render_figure`."""
        legend = plan_legend([curve.label for curve in self.curves])
        frame = framed(theme, question=self.question, counted=self.counted, body=legend.height + _HEIGHT + _BELOW)
        styles = method_styles(len(self.curves), theme)
        draw_legend(frame, legend, styles)
        axes = frame.axes(left=_LEFT, top=legend.height, width=WIDTH - _LEFT - RIGHT, height=_HEIGHT)
        axes.set_xlim(*spanning([0.0, *(step for curve in self.curves for step in curve.steps)], room=0.02))
        axes.set_ylim(*limits([cell for curve in self.curves for cell in curve.losses]))
        axes.set_xlabel("training step")
        axes.set_ylabel("loss of the reference images")
        for curve, style in zip(self.curves, styles, strict=True):
            known = [(step, cell) for step, cell in zip(curve.steps, curve.losses, strict=True) if cell.mean is not None]
            steps, means = [step for step, _ in known], [cell.mean or 0.0 for _, cell in known]
            band = [(step, cell.low, cell.high) for step, cell in known if cell.low is not None and cell.high is not None]
            if band:
                at, low, high = zip(*band, strict=True)
                axes.fill_between(at, low, high, color=style.colour, alpha=0.16, linewidth=0, zorder=2)
            axes.plot(
                steps,
                means,
                color=style.colour,
                linewidth=1.4,
                marker=style.marker,
                markerfacecolor=style.face(theme),
                markersize=3.5,
                zorder=3,
            )
        return frame.figure
