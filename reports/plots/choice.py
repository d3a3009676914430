"""Which of the declared metrics a plot shows: by their formulas, in the order of tables, and never by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from dreambench.reports.cells import Column
from dreambench.reports.plots.plot_data import NotDrawable, PlotData
from dreambench.reports.plots.wording import IMAGE_SIMILARITY, TEXT_SIMILARITY, by


@dataclass(frozen=True)
class Member:
    """One plot of a family whose plots differ in their metrics.

    Attributes:
        metrics: that it shows.
        further: the metric that tells it from the family's first plot; None for that one.
    """

    metrics: tuple[Column, ...]
    further: Column | None = None

    @property
    def by(self) -> str:
        """The further metric's key; "" for the family's first plot."""
        return "" if self.further is None else self.further.key

    def name(self, family: str) -> str:
        """The plot's name: the family's own for its first plot, with the further metric's key for the others."""
        return f"{family}-{self.by}" if self.by else family

    def question(self, asked: str) -> str:
        """What the plot asks: the family's question, with the metrics' names for all but its first plot."""
        return asked if self.further is None else by(asked, self.metrics)


def of_formula(data: PlotData, formula: str) -> list[Column]:
    """The metrics of a formula that some method has a mean of; one for every encoder that the protocol measures it with."""
    return [column for column in data.metrics if column.formula == formula and data.has_mean(column)]


def of_images(data: PlotData) -> list[Column]:
    """The metrics that images have, as opposed to those that only subjects have."""
    return [column for column in data.metrics if column.level == "image" and data.has_images(column)]


def fidelity_and_prompt(data: PlotData) -> list[Member]:
    """Subject fidelity beside prompt fidelity: the first of both, then every further encoder's beside the first of the other.

    Raises:
        NotDrawable: no metric measures one of the two.
    """
    fidelity, prompt = of_formula(data, IMAGE_SIMILARITY), of_formula(data, TEXT_SIMILARITY)
    for found, what in ((fidelity, "subject fidelity (image similarity)"), (prompt, "prompt fidelity (text similarity)")):
        if not found:
            raise NotDrawable(f"No method has a score for {what}.")
    pairs = [Member((fidelity[0], prompt[0]))]
    pairs += [Member((column, prompt[0]), column) for column in fidelity[1:]]
    return pairs + [Member((fidelity[0], column), column) for column in prompt[1:]]


def fidelity_if_there(data: PlotData) -> list[Member]:
    """As `fidelity_and_prompt`; where one of the two is missing the other alone, and where both are, the first metric.

    Raises:
        NotDrawable: there is no metric.
    """
    try:
        return fidelity_and_prompt(data)
    except NotDrawable:
        alone = of_formula(data, IMAGE_SIMILARITY) or of_formula(data, TEXT_SIMILARITY) or _first(data)
    return [Member((column,), column if number else None) for number, column in enumerate(alone)]


def main_metric(data: PlotData) -> Column:
    """The metric to set something else against: the first of subject fidelity, else the first there is.

    Raises:
        NotDrawable: there is none.
    """
    return fidelity_if_there(data)[0].metrics[0]


def _first(data: PlotData) -> Sequence[Column]:
    found = [column for column in data.metrics if data.has_mean(column)]
    if not found:
        raise NotDrawable("No method has a score.")
    return found[:1]
