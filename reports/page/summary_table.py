"""The page's summary table: a comparison's numbers as text, and where each interval lies on its column's scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dreambench.reports.cells import Cell, Column, Row, known
from dreambench.reports.comparison import Score, stars
from dreambench.reports.page.contents import ReportPage
from dreambench.reports.table import decimals_of, number

Standing = Literal["best", "second", ""]
_STANDINGS: Final[Mapping[int | None, Standing]] = {1: "best", 2: "second"}


@dataclass(frozen=True)
class TableCell:
    """A cell as the template writes it.

    Attributes:
        column: of the cell.
        text: the mean.
        interval: "0.872 – 0.922", or nothing.
        sort: what the column is sorted by; empty without a value.
        standing: among the runs.
        tied: whether it cannot be told from the best.
        difference: to the run held against, with stars ("−0.120***"), or nothing.
        whisker: low, mean and high on the column's scale, 0 to 100; None without an interval.
    """

    column: Column
    text: str
    interval: str
    sort: str
    standing: Standing
    tied: bool
    difference: str
    whisker: tuple[float, float, float] | None


@dataclass(frozen=True)
class TableRow:
    """A row: its label, and its cells in the columns' order."""

    label: str
    cells: tuple[TableCell, ...]


@dataclass(frozen=True)
class TableView:
    """The table over a part of the benchmark: its columns, the runs, and the rows that stand apart from them."""

    name: str
    title: str
    columns: tuple[Column, ...]
    runs: tuple[TableRow, ...]
    beside: tuple[TableRow, ...]


@dataclass(frozen=True)
class _Scale:
    """How a column is written: its decimals, and the reach of all its intervals (None where there is none)."""

    decimals: int
    reach: tuple[float, float] | None


def table_views(page: ReportPage) -> list[TableView]:
    """The table as the template writes it, part by part; only the first has the rows that stand apart."""
    views = []
    for index, block in enumerate(page.table.blocks):
        columns = tuple(block.columns(page.table.columns))
        apart = page.beside if index == 0 else ()
        cells = {
            column.key: [row.score(column).cell for row in block.rows] + [_cell_of(row, column) for row in apart]
            for column in columns
        }
        scales = {key: _Scale(decimals_of(cell.mean for cell in column), _reach(column)) for key, column in cells.items()}
        views.append(
            TableView(
                block.name[:1].upper() + block.name[1:],
                block.title,
                columns,
                tuple(
                    TableRow(row.label, _cells({c.key: row.score(c) for c in columns}, columns, scales)) for row in block.rows
                ),
                tuple(
                    TableRow(row.label, _cells({c.key: Score(_cell_of(row, c)) for c in columns}, columns, scales))
                    for row in apart
                ),
            )
        )
    return views


def _cell_of(row: Row, column: Column) -> Cell:
    return row.cells.get(column.key, Cell(None))


def _cells(scores: Mapping[str, Score], columns: Sequence[Column], scales: Mapping[str, _Scale]) -> tuple[TableCell, ...]:
    return tuple(_written(scores[column.key], column, scales[column.key]) for column in columns)


def _reach(cells: Sequence[Cell]) -> tuple[float, float] | None:
    ends = [end for cell in cells for end in (cell.low, cell.mean, cell.high) if end is not None]
    return (min(ends), max(ends)) if ends and max(ends) > min(ends) else None


def _written(score: Score, column: Column, scale: _Scale) -> TableCell:
    cell = score.cell
    if cell.mean is None:
        return TableCell(column, "–", "", "", "", tied=False, difference="", whisker=None)
    interval, whisker = "", None
    if cell.low is not None and cell.high is not None:
        interval = f"{_decimal(cell.low, scale)} – {_decimal(cell.high, scale)}"
        if scale.reach is not None:
            low, high = scale.reach
            first, mid, last = (round(100 * (end - low) / (high - low), 2) for end in (cell.low, cell.mean, cell.high))
            whisker = (first, mid, last)
    return TableCell(
        column,
        _decimal(cell.mean, scale),
        interval,
        repr(cell.mean),
        _STANDINGS.get(score.rank, ""),
        tied=score.tied,
        difference=_difference(score, scale),
        whisker=whisker,
    )


def _difference(score: Score, scale: _Scale) -> str:
    if score.against is None or known(score.against.difference) is None:
        return ""
    text = _decimal(score.against.difference, scale)
    return f"{'' if text.startswith('−') else '+'}{text}{stars(score)}"


def _decimal(value: float, scale: _Scale) -> str:
    """With a true minus sign."""
    return number(value, decimals=scale.decimals).replace("-", "−")
