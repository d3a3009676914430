"""What the report page is made from: plain records of runs, subjects, prompts, images and plots."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dreambench.reports.cells import Column, Row
from dreambench.reports.comparison import ComparisonTable


@dataclass(frozen=True)
class PageColumn:
    """A metric of the page.

    Attributes:
        column: its key, label and better direction.
        measures: one phrase for the legend.
        has_image_scores: every image has a value, so that images can be sorted by it.
    """

    column: Column
    measures: str
    has_image_scores: bool


@dataclass(frozen=True)
class PageSubject:
    """A subject with its reference images, as paths of files that are re-encoded into the page's folder."""

    id: str
    class_noun: str
    kind: str
    references: tuple[Path, ...] = ()


@dataclass(frozen=True)
class PagePrompt:
    """A prompt of a kind's list.

    Attributes:
        request: what is asked of the subject ("in the snow").
        family: what sort of request it is; prompts are grouped by it.
    """

    kind: str
    index: int
    request: str
    family: str


@dataclass(frozen=True)
class PageImage:
    """A generated image: whose it is, the prompt in full, the file, and metric key -> score (None where there is none)."""

    subject: str
    prompt_index: int
    image_index: int
    prompt: str
    path: Path
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class PageRun:
    """A run as the page shows it.

    Attributes:
        label: what the page calls it; labels differ.
        images: every generated image.
        settings: what the method was told, name -> value as text.
        facts: how the run was made (seed, time, memory, versions, hardware), name -> value as text.
        commands: lines for a shell that make the run again.
        suite_file: the suite as a TOML file, if it is recorded.
    """

    label: str
    images: Sequence[PageImage]
    settings: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    suite_file: str | None = None


@dataclass(frozen=True)
class PagePlot:
    """A plot in both themes, as whole picture files.

    Attributes:
        title: the question it answers, for those who cannot see the picture.
        caption: how to read it.
        light, dark: the files' bytes.
        media_type: of both.
        family: plots of one family share a place, where a reader chooses between them.
    """

    title: str
    caption: str
    light: bytes
    dark: bytes
    media_type: Literal["image/svg+xml", "image/png"]
    family: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in the picture's own unit, by which a page keeps its place free until it is drawn."""
        if self.media_type == "image/png":
            return int.from_bytes(self.light[16:20]), int.from_bytes(self.light[20:24])
        box = re.search(rb'viewBox="0 0 ([0-9.]+) ([0-9.]+)"', self.light[:4096])
        if box is None:
            raise ValueError(f"the plot '{self.title}' is an SVG without a view box")
        return round(float(box[1])), round(float(box[2]))


@dataclass(frozen=True)
class PageProtocol:
    """The one protocol behind all numbers: name, fingerprint, and what it does in sentences."""

    name: str
    fingerprint: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class ReportPage:
    """Everything that the page shows.

    Attributes:
        title: the page's heading.
        scope: subjects, prompts and images in a phrase.
        dataset: the reference images' name and checksum in a phrase.
        columns: metrics in the order to show.
        runs: at least one; labels differ.
        table: the runs compared, over everything and part by part; its rows are the runs in the same order.
        beside: rows that stand apart from the runs in the first part (real images, the copier).
        subjects: in the order to show.
        prompts: of every kind that occurs.
        remarks: what a reader must know before believing a number.
        commands: lines for a shell that make this page again.
        made_with: name and version of the program.
    """

    title: str
    scope: str
    dataset: str
    columns: Sequence[PageColumn]
    runs: Sequence[PageRun]
    table: ComparisonTable
    beside: Sequence[Row]
    subjects: Sequence[PageSubject]
    prompts: Sequence[PagePrompt]
    protocol: PageProtocol
    plots: Sequence[PagePlot] = ()
    remarks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    made_with: str = "dreambench"
