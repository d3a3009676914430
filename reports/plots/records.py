"""What plots are drawn from: scores as data frames, costs and embeddings as numbers. Nothing here knows of runs or models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.reports.plots.style import Theme
from dreambench.reports.records import Cell, Column

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Cost:
    """What a method took.

    Attributes:
        seconds: subject id -> seconds of training and sampling.
        peak_memory_bytes: largest resident memory of a process that did the work; None where nobody measured it.
        peak_device_memory_bytes: largest memory allocated on a GPU; None without one.
        machine: processor or GPU, in a few words; costs on two machines do not compare.
    """

    seconds: Mapping[str, float]
    peak_memory_bytes: int | None
    peak_device_memory_bytes: int | None
    machine: str


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
class Embeddings:
    """Embeddings of some subjects' images, rows of length 1.

    Attributes:
        encoder: its name, for the label.
        references: subject id -> [n, d], the reference images.
        generated: for each method, in the order of PlotData.methods, subject id -> [m, d].
        sample: which generated images these are, in words: "one image a prompt".
    """

    encoder: str
    references: Mapping[str, NDArray[np.float32]]
    generated: tuple[Mapping[str, NDArray[np.float32]], ...]
    sample: str


@dataclass(frozen=True)
class PlotData:
    """Everything that plots may show, under one protocol.

    Attributes:
        methods: one or more, in the order that legends keep.
        metrics: what the metric keys are called and which way is up, in the order of tables.
        beside: anchor ("real_images", "copy_reference") -> metric key -> mean with its interval.
        protocol: its name.
        fingerprint: its fingerprint.
        embeddings: None where the encoders were not at hand.
        why_no_embeddings: the sentence that says so.
    """

    methods: tuple[PlottedMethod, ...]
    metrics: tuple[Column, ...]
    protocol: str
    fingerprint: str
    beside: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    embeddings: Embeddings | None = None
    why_no_embeddings: str = "The images' embeddings are not at hand."

    def __post_init__(self) -> None:
        """Refuse data without a method, or embeddings of other methods."""
        if not self.methods:
            raise ValueError("plots need at least one method")
        if self.embeddings is not None and len(self.embeddings.generated) != len(self.methods):
            raise ValueError("there must be embeddings of every method, in the methods' order")

    def metric(self, key: str) -> Column:
        """A metric by its key.

        Raises:
            NotDrawable: no method has it.
        """
        for column in self.metrics:
            if column.key == key and any(method.overall.get(key, Cell(None)).mean is not None for method in self.methods):
                return column
        raise NotDrawable(f"No method has a score for {key}.")


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
    """

    name: str
    family: str
    question: str
    caption: str
    draw: "Callable[[PlotData, Theme], Figure]"
