"""Plain records that reports are made from: they know nothing of models, suites or folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any


@dataclass(frozen=True)
class Column:
    """A metric as a column: its key in records, its label, and which way is up."""

    key: str
    label: str
    higher_is_better: bool


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


def row_from_metrics(label: str, metrics: Mapping[str, Mapping[str, Any]], *, is_subject: bool = True) -> Row:
    """A row from the `overall` part of a summary.json: metric key -> {"mean", "ci95": [low, high], ...}."""
    cells = {}
    for key, entry in metrics.items():
        low, high = entry.get("ci95") or (None, None)
        cells[key] = Cell(_number(entry.get("mean")), _number(low), _number(high))
    return Row(label, cells, is_subject)


def used_columns(columns: Sequence[Column], rows: Sequence[Row]) -> list[Column]:
    """The columns in which at least one row has a value."""
    return [column for column in columns if any(row.cells.get(column.key, Cell(None)).mean is not None for row in rows)]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None
