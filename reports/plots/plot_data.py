"""What plots are drawn from: scores as data frames, costs and embeddings as numbers. Nothing here knows of runs or models."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots.style import Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Cost(Protocol):
    """What a method took, as results record it."""

    @property
    def seconds(self) -> Mapping[str, float]:
        """Subject id -> seconds of training and sampling, finite."""

    @property
    def peak_memory_bytes(self) -> int | None:
        """Largest resident memory of a process that did the work; None where nobody measured it."""

    @property
    def peak_device_memory_bytes(self) -> int | None:
        """Largest memory allocated on a GPU; None without one."""

    @property
    def machine(self) -> str:
        """Processor or GPU, in a few words; costs on two machines do not compare."""


class Embeddings(Protocol):
    """Embeddings of some subjects' images, rows of length 1."""

    @property
    def encoder(self) -> str:
        """Its name, for the label."""

    @property
    def references(self) -> Mapping[str, NDArray[np.float32]]:
        """Subject id -> [n, d], the reference images."""

    @property
    def generated(self) -> Sequence[Mapping[str, NDArray[np.float32]]]:
        """For each method, in the order of PlotData.methods, subject id -> [m, d]."""

    @property
    def sample(self) -> str:
        """Which generated images these are, in words: "one image a prompt"."""


@dataclass(frozen=True)
class PlottedMethod:
    """One method's scores.

    Attributes:
        label: what readers call it; may come from a stranger.
        overall: metric key -> mean with its 95% interval over subjects.
        images: a row per generated image: subject, kind, class_noun, prompt_index, prompt, request (what the prompt asks of
            the subject), family (what sort of request that is), image_index and the metrics that images have.
        subjects: a row per subject: subject, kind and every metric.
        cost: None for images that came from elsewhere.
    """

    label: str
    overall: Mapping[str, Cell]
    images: pd.DataFrame
    subjects: pd.DataFrame
    cost: Cost | None = None


@dataclass(frozen=True)
class PlotData:
    """Everything that plots may show. The metrics were made in the same way for every method that has them.

    Attributes:
        methods: one or more, in the order that legends keep.
        metrics: in the order of tables.
        protocols: fingerprint -> name of the protocol; several where methods were scored under several.
        beside: yardstick ("real_images", "copy_reference", "impostor", "pretrained") -> metric key -> mean with its interval.
        embeddings: None where the encoders were not at hand.
        why_no_embeddings: the sentence that says so.
    """

    methods: tuple[PlottedMethod, ...]
    metrics: tuple[Column, ...]
    protocols: Mapping[str, str]
    beside: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    embeddings: Embeddings | None = None
    why_no_embeddings: str = "The images' embeddings are not at hand."

    def __post_init__(self) -> None:
        """Refuse data without a method, or embeddings of other methods."""
        if not self.methods:
            raise ValueError("plots need at least one method")
        if not self.protocols:
            raise ValueError("plots need the protocol that the scores were made under")
        if self.embeddings is not None and len(self.embeddings.generated) != len(self.methods):
            raise ValueError("there must be embeddings of every method, in the methods' order")

    def has_mean(self, column: Column) -> bool:
        """Whether some method has a mean of a metric."""
        return any(method.overall.get(column.key, Cell(None)).mean is not None for method in self.methods)

    def has_images(self, column: Column) -> bool:
        """Whether some method's images have values of a metric."""
        return any(has_values(method.images, column.key) for method in self.methods)

    def has_subjects(self, column: Column) -> bool:
        """Whether some method's subjects have values of a metric."""
        return any(has_values(method.subjects, column.key) for method in self.methods)


def has_values(table: pd.DataFrame, key: str) -> bool:
    """Whether a table has a column with at least one number in it."""
    return key in table.columns and bool(table[key].notna().any())


class NotDrawable(Exception):
    """The data lack what a plot shows; the message is one sentence for the reader."""


@dataclass(frozen=True)
class Plot:
    """A plot that can be drawn from some data.

    Attributes:
        name: a file's stem: lower-case letters, digits, "_" and "-", unique among a data set's plots.
        family: the kind of plot; several plots (one heat map a method) may share it.
        question: what a researcher asks and the plot answers; its title.
        caption: how to read it, in a sentence or two.
        draw: the drawing, to be called through reports.plots.draw or render, which set the style.
        by: the metric of a further encoder that tells it from an earlier plot of the same question; "" where there is none.
    """

    name: str
    family: str
    question: str
    caption: str
    draw: "Callable[[PlotData, Theme], Figure]"
    by: str = ""
