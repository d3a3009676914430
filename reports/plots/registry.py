"""All plots by name: which can be drawn from some data, and why the others cannot."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from dreambench.reports.plots import (
    cost,
    distributions,
    embedding_map,
    fidelity_prompt,
    heat_map,
    metric_correlation,
    subject_dots,
)
from dreambench.reports.plots.plot_data import NotDrawable, Plot, PlotData

#: Family -> the plots that it makes of some data, in the order in which a page shows them.
FAMILIES: Final[Mapping[str, Callable[[PlotData], list[Plot]]]] = {
    "fidelity_prompt": fidelity_prompt.plots,
    "subject_dots": subject_dots.plots,
    "distributions": distributions.plots,
    "heat_map": heat_map.plots,
    "metric_correlation": metric_correlation.plots,
    "embedding_map": embedding_map.plots,
    "cost": cost.plots,
}


@dataclass(frozen=True)
class Drawable:
    """What can be drawn.

    Attributes:
        plots: in the order of FAMILIES.
        left_out: family -> the sentence that says why it cannot be drawn.
    """

    plots: tuple[Plot, ...]
    left_out: Mapping[str, str]

    def for_page(self, most: int = 12) -> tuple[Plot, ...]:
        """The plots for one page: families with more than `most` do without those that ask the same of a further encoder.

        A heat map of every metric and method under a panel of encoders would be most of a page's bytes.
        """
        sizes = Counter(plot.family for plot in self.plots)
        return tuple(plot for plot in self.plots if not plot.by or sizes[plot.family] <= most)


def plots_for(data: PlotData, families: Collection[str] | None = None) -> Drawable:
    """The plots of some families (None: of all) that data allow."""
    plots: list[Plot] = []
    left_out = {}
    for family, make in FAMILIES.items():
        if families is None or family in families:
            try:
                plots += make(data)
            except NotDrawable as reason:
                left_out[family] = str(reason)
    return Drawable(tuple(plots), left_out)
