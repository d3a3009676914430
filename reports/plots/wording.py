"""What plots say of a metric: words by its formula, so that one declared tomorrow is asked about like those of today."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.reports.cells import Column
from dreambench.reports.plots.labels import shorten
from dreambench.reports.plots.plot_data import PlotData

#: The formulas of subject fidelity, of prompt fidelity, and of whether the nearest reference is the subject's own.
IMAGE_SIMILARITY: Final = "image_similarity"
TEXT_SIMILARITY: Final = "text_similarity"
IDENTIFICATION: Final = "subject_identification"
#: Of a metric's label on an axis; upright, there is room for no more.
_LABEL_ROOM: Final = 96.0


@dataclass(frozen=True)
class Words:
    """What is said of the metrics of a formula.

    Attributes:
        bad: what images with bad values do: "images that ...", "does the method ... ?".
        more: what a method with larger values does, held against another: "Where does it ... the other?".
        good_end: what the better end of an axis means.
        between: what is measured between what.
        quantity: what a value is.
        mean: what a mean of values is.
    """

    bad: str
    more: str
    good_end: str
    between: str = ""
    quantity: str = "cosine"
    mean: str = "mean cosine"


_FORMULAS: Final[dict[str, Words]] = {
    IMAGE_SIMILARITY: Words("lose the subject", "keep the subject better than", "keeps the subject", " with the references"),
    TEXT_SIMILARITY: Words("ignore the prompt", "follow the prompt better than", "follows the prompt", " of image and prompt"),
    IDENTIFICATION: Words(
        bad="draw another subject",
        more="draw the right subject more often than",
        good_end="is this subject",
        quantity="1 or 0",
        mean="share of images",
    ),
    "copy_index": Words(
        bad="copy the references",
        more="copy the references more than",
        good_end="copies nothing",
        quantity="0 to 1",
        mean="mean index",
    ),
    "prior_similarity": Words(
        "turn the class into the subject", "turn the class into the subject more than", "keeps the class"
    ),
    "diversity": Words(
        bad="repeat themselves", more="vary more than", good_end="varies", quantity="distance", mean="mean distance"
    ),
}


def words_of(column: Column) -> Words:
    """What is said of a metric; of a formula that nobody here knows, only which values are better."""
    known = _FORMULAS.get(column.formula)
    if known is not None:
        return known
    label = shorten(column.label, _LABEL_ROOM)
    good_end = "higher is better" if column.higher_is_better else "lower is better"
    return Words(f"do badly in {label}", f"score higher in {label} than", good_end, quantity="", mean="mean")


def asked_alike(column: Column) -> str:
    """What metrics have in common of which a plot asks the same: the formula; a metric of an unknown one stands alone."""
    return column.formula if column.formula in _FORMULAS else column.key


def quantity_of(data: PlotData, column: Column) -> str:
    """What an image's value is: "cosine", or "score" under a protocol that multiplies it by 100 or 2.5."""
    usual = words_of(column).quantity
    return "score" if usual == "cosine" and _is_scaled(data, column) else usual


def mean_of(data: PlotData, column: Column) -> str:
    """What a mean of values is: "mean cosine", "mean score", "share of images"."""
    usual = words_of(column).mean
    return "mean score" if usual == "mean cosine" and _is_scaled(data, column) else usual


def axis_of(data: PlotData, column: Column) -> str:
    """A metric's mean as an axis names it: "DINO, mean cosine"."""
    return f"{shorten(column.label, _LABEL_ROOM)}, {mean_of(data, column)}"


def better(column: Column) -> str:
    """Which way is up: "higher is better"."""
    return "higher is better" if column.higher_is_better else "lower is better"


def by(question: str, columns: Sequence[Column]) -> str:
    """A question that says which metrics answer it, for the further plots of a family that asks the same of several."""
    names = " and ".join(shorten(column.label, _LABEL_ROOM) for column in columns)
    return f"{question.removesuffix('?')}, by {names}?"


def _is_scaled(data: PlotData, column: Column) -> bool:
    tables = [method.images if column.key in method.images else method.subjects for method in data.methods]
    return any(bool((table[column.key].abs() > 1.0 + 1e-4).any()) for table in tables if column.key in table)
