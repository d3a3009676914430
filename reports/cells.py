"""Plain records that reports are made from: they know nothing of models, suites or folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Protocol


@dataclass(frozen=True)
class Column:
    """A metric as a column.

    Attributes:
        key: in records.
        label: what readers call it.
        higher_is_better: which way is up.
        formula: what it asks, by the formula's name ("image_similarity", "text_similarity", ...); "" where nobody says.
        measures: one phrase for a legend.
        level: "image" if every image has a value, "subject" if only a subject has one.
    """

    key: str
    label: str
    higher_is_better: bool
    formula: str = ""
    measures: str = ""
    level: str = "image"


@dataclass(frozen=True)
class Cell:
    """A mean with its 95% interval; None where there is no value (or, for the interval, too few subjects)."""

    mean: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Row:
    """A run, or something to compare runs with, as a row.

    Attributes:
        label: what the row is called.
        cells: metric key -> value; a metric that is missing has none.
        is_subject: the row that the table is about, as opposed to one that stands beside it.
    """

    label: str
    cells: Mapping[str, Cell] = field(default_factory=dict)
    is_subject: bool = True


class Mean(Protocol):
    """A metric's mean over subjects, as results record it."""

    @property
    def mean(self) -> float | None:
        """None where no subject has a value."""

    @property
    def ci95(self) -> tuple[float | None, float | None]:
        """The ends of the 95% interval; None from fewer than two subjects."""


class Metric(Protocol):
    """A metric, as results describe it."""

    @property
    def key(self) -> str:
        """In records."""

    @property
    def label(self) -> str:
        """What readers call it."""

    @property
    def higher_is_better(self) -> bool:
        """Which way is up."""

    @property
    def formula(self) -> str:
        """What it asks, by the formula's name."""

    @property
    def measures(self) -> str:
        """One phrase for a legend."""

    @property
    def level(self) -> str:
        """ "image" or "subject"."""


def column_of(metric: Metric) -> Column:
    """A metric as a column."""
    return Column(metric.key, metric.label, metric.higher_is_better, metric.formula, metric.measures, metric.level)


def row_of(label: str, means: Mapping[str, Mean], *, is_subject: bool = True) -> Row:
    """A row from metrics' means by key."""
    cells = {key: Cell(known(mean.mean), known(mean.ci95[0]), known(mean.ci95[1])) for key, mean in means.items()}
    return Row(label, cells, is_subject)


def known(value: float | None) -> float | None:
    """A number, or None where there is none: statistics say NaN, pages and JSON say nothing."""
    return float(value) if value is not None and isfinite(value) else None


def used_columns(columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
    """The columns in which at least one row has a value."""
    return [column for column in columns if any(row.cells.get(column.key, Cell(None)).mean is not None for row in rows)]
