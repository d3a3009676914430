"""A board's numbers as text, with as many decimals as its columns need and where each interval lies on its column's scale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dreambench.dataset.kinds import heading, kind_label
from dreambench.reports.comparison.records import PUBLISHED_COLUMNS, PublishedRow
from dreambench.reports.leaderboard.records import BoardPage, Entry, RankedCell
from dreambench.reports.records import Cell, Column
from dreambench.reports.table import decimals_of, number

#: More rows than this get no bars: a browser would draw thousands of them before the first screen.
_MOST_BARS: Final = 100
_NONE: Final = RankedCell(Cell(None))


@dataclass(frozen=True)
class TextCell:
    """A cell as the templates write it.

    Attributes:
        column: of the cell.
        text: the mean.
        interval: "0.872 – 0.922", or nothing.
        sort: what the column is sorted by; empty without a value.
        ranks: "2" or "1–3"; "–" for none.
        best: whether its rank may be the first.
        whisker: low, mean and high on the column's scale, 0 to 100; None for no bar.
    """

    column: Column
    text: str
    interval: str = ""
    sort: str = ""
    ranks: str = "–"
    best: bool = False
    whisker: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class EntryRow:
    """An entry with its cells in the columns' order."""

    entry: Entry
    search: str
    cells: tuple[TextCell, ...]


@dataclass(frozen=True)
class NamedRow:
    """A part of an entry's scores, or a row from the literature."""

    label: str
    cells: tuple[TextCell, ...]
    remarks: tuple[str, ...] = ()


def board_rows(board: BoardPage) -> list[EntryRow]:
    """The rows of a board's table."""
    decimals, reaches = _scales(_Same(board))
    bars = len(board.entries) <= _MOST_BARS
    rows = []
    for entry in board.entries:
        cells = tuple(
            _ranked(each.column, entry.cells.get(each.column.key, _NONE), decimals, reaches[each.column.key] if bars else None)
            for each in board.columns
        )
        search = " ".join((entry.name, entry.authors, entry.method, entry.suite)).casefold()
        rows.append(EntryRow(entry, search, cells))
    return rows


def part_rows(board: BoardPage, entry: Entry) -> list[NamedRow]:
    """An entry's scores over all subjects, ranked, and over each kind."""
    decimals, reaches = _scales(_Same(board))
    columns = [each.column for each in board.columns]
    whole = tuple(_ranked(each, entry.cells.get(each.key, _NONE), decimals, reaches[each.key]) for each in columns)
    rows = [NamedRow("All subjects", whole)]
    for kind, cells in entry.per_kind.items():
        found = tuple(_plain(column, cells.get(column.key, Cell(None)), decimals) for column in columns)
        rows.append(NamedRow(heading(kind_label(kind)), found))
    return rows


def subject_rows(board: BoardPage, entry: Entry) -> list[NamedRow]:
    """An entry's scores by subject."""
    decimals, _ = _scales(_Same(board))
    return [
        NamedRow(
            each.id,
            tuple(_plain(column.column, Cell(each.scores.get(column.column.key)), decimals) for column in board.columns),
            (f"{each.class_noun}, {each.n_images} images",),
        )
        for each in entry.subjects
    ]


def published_rows(rows: Sequence[PublishedRow]) -> list[NamedRow]:
    """Rows from the literature, in their own columns."""
    decimals = {column.key: 3 for column in PUBLISHED_COLUMNS}
    return [
        NamedRow(
            f"{row.method}{f' ({row.backbone})' if row.backbone else ''}",
            tuple(_plain(column, row.cells.get(column.key, Cell(None)), decimals) for column in PUBLISHED_COLUMNS),
            tuple(part for part in (row.source, f"protocol: {row.protocol}", row.note) if part),
        )
        for row in rows
    ]


@lru_cache(maxsize=8)
def _scales(board: "_Same") -> tuple[dict[str, int], dict[str, tuple[float, float] | None]]:
    """Decimals and reach of each column: hundreds of pages ask for those of one board."""
    page = board.page
    return _decimals(page), {each.column.key: _reach(page, each.column.key) for each in page.columns}


class _Same:
    """A board that is equal to itself alone, so that looking it up compares no submissions."""

    def __init__(self, page: BoardPage) -> None:
        self.page = page

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.page is other.page

    def __hash__(self) -> int:
        return id(self.page)


def _decimals(board: BoardPage) -> dict[str, int]:
    def means(key: str) -> Iterable[float | None]:
        return (entry.cells.get(key, _NONE).cell.mean for entry in board.entries)

    return {each.column.key: decimals_of(means(each.column.key)) for each in board.columns}


def _ranked(column: Column, found: RankedCell, decimals: Mapping[str, int], reach: tuple[float, float] | None) -> TextCell:
    plain = _plain(column, found.cell, decimals)
    whisker = None
    cell = found.cell
    if reach is not None and cell.mean is not None and cell.low is not None and cell.high is not None:
        low, high = reach
        width = (high - low) or 1.0
        at = [round(100 * (value - low) / width, 1) for value in (cell.low, cell.mean, cell.high)]
        whisker = (at[0], at[1], at[2])
    return TextCell(column, plain.text, plain.interval, plain.sort, found.ranks, found.low == 1, whisker)


def _plain(column: Column, cell: Cell, decimals: Mapping[str, int]) -> TextCell:
    if cell.mean is None:
        return TextCell(column, "–")
    places = decimals[column.key]
    interval = ""
    if cell.low is not None and cell.high is not None:
        interval = f"{_number(cell.low, places)} – {_number(cell.high, places)}"
    return TextCell(column, _number(cell.mean, places), interval, repr(cell.mean))


def _reach(board: BoardPage, key: str) -> tuple[float, float] | None:
    cells = [entry.cells.get(key, _NONE).cell for entry in board.entries]
    lows = [cell.low for cell in cells if cell.low is not None]
    highs = [cell.high for cell in cells if cell.high is not None]
    return (min(lows), max(highs)) if lows and highs else None


def _number(value: float, decimals: int) -> str:
    return number(value, decimals=decimals).replace("-", "−")
