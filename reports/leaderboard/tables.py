"""A board's numbers as text, with as many decimals as its columns need and where each interval lies on its column's scale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from dreambench.dataset.kinds import heading, kind_label
from dreambench.dataset.words import counted
from dreambench.reports.cells import Cell, Column
from dreambench.reports.leaderboard.boards import BoardPage, Entry, RankedCell
from dreambench.reports.plots.yardsticks import yardstick_in_words
from dreambench.reports.published import PUBLISHED_COLUMNS, PublishedRow, spreads
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
class AboutCell:
    """A cell that says something of a submission besides its scores.

    Attributes:
        key: of its column.
        label: of its column.
        text: what it says; "–" for nothing.
        sort: what the column is sorted by, as text; empty for nothing.
        href: an address to link to; None for none.
    """

    key: str
    label: str
    text: str = "–"
    sort: str = ""
    href: str | None = None


@dataclass(frozen=True)
class EntryRow:
    """An entry with its cells in the columns' order."""

    entry: Entry
    search: str
    about: tuple[AboutCell, ...]
    cells: tuple[TextCell, ...]


@dataclass(frozen=True)
class NamedRow:
    """A part of an entry's scores, a yardstick, or a row from the literature."""

    label: str
    cells: tuple[TextCell, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class BoardTable:
    """A board's table.

    Attributes:
        board: the board.
        about: the columns that say something besides scores: those in which a submission of the board does.
        ranked, apart: its submissions.
        yardsticks: rows that no submission made.
    """

    board: BoardPage
    about: tuple[AboutCell, ...]
    ranked: tuple[EntryRow, ...]
    apart: tuple[EntryRow, ...]
    yardsticks: tuple[NamedRow, ...]


def board_table(board: BoardPage) -> BoardTable:
    """The table of a board."""
    decimals, reaches = _scales(_Same(board))
    if len(board.all_entries) > _MOST_BARS:
        reaches = dict.fromkeys(reaches)
    about = [_about(entry) for entry in board.all_entries]
    used = {cell.key for cells in about for cell in cells if cell.sort}
    rows = [
        EntryRow(
            entry,
            " ".join((entry.name, entry.authors, entry.method, entry.suite, entry.base_model, entry.training)).casefold(),
            tuple(cell for cell in cells if cell.key in used),
            tuple(
                _ranked(column, entry.cells.get(column.key, _NONE), decimals, reaches[column.key]) for column in board.columns
            ),
        )
        for entry, cells in zip(board.all_entries, about, strict=True)
    ]
    yardsticks = tuple(_yardstick(board, name, decimals, reaches) for name in board.beside)
    n_ranked = len(board.entries)
    return BoardTable(board, rows[0].about if rows else (), tuple(rows[:n_ranked]), tuple(rows[n_ranked:]), yardsticks)


def _yardstick(
    board: BoardPage, name: str, decimals: Mapping[str, int], reaches: Mapping[str, tuple[float, float] | None]
) -> NamedRow:
    """A row that no submission made."""
    label, explained = yardstick_in_words(name)
    cells = {column.key: RankedCell(board.beside[name].get(column.key, Cell(None))) for column in board.columns}
    return NamedRow(
        heading(label),
        tuple(_ranked(column, cells[column.key], decimals, reaches[column.key]) for column in board.columns),
        (f"yardstick: {explained}",),
    )


def part_rows(board: BoardPage, entry: Entry) -> list[NamedRow]:
    """An entry's scores over all subjects, ranked, and over each kind."""
    decimals, reaches = _scales(_Same(board))
    whole = tuple(
        _ranked(column, entry.cells.get(column.key, _NONE), decimals, reaches[column.key]) for column in board.columns
    )
    rows = [NamedRow("All subjects", whole)]
    for kind, cells in entry.per_kind.items():
        found = tuple(_plain(column, cells.get(column.key, Cell(None)), decimals) for column in board.columns)
        rows.append(NamedRow(heading(kind_label(kind)), found))
    return rows


def subject_rows(board: BoardPage, entry: Entry) -> list[NamedRow]:
    """An entry's scores by subject."""
    decimals, _ = _scales(_Same(board))
    return [
        NamedRow(
            name,
            tuple(_plain(column, Cell(subject.scores.get(column.key)), decimals) for column in board.columns),
            (f"{subject.class_noun}, {counted(subject.n_images, 'image')}",),
        )
        for name, subject in entry.subjects.items()
    ]


def published_rows(rows: Sequence[PublishedRow]) -> list[NamedRow]:
    """Rows from the literature, in their own columns."""
    return [
        NamedRow(_named(row), _published_cells({key: cell.mean for key, cell in row.cells.items()}), row.facts) for row in rows
    ]


def spread_rows(rows: Sequence[PublishedRow]) -> list[NamedRow]:
    """The methods that several papers print, with the distance between the lowest and the highest value in every metric."""
    named = []
    for spread in spreads(rows):
        said = tuple(f"{row.mean(PUBLISHED_COLUMNS[0]):.3f} in {row.source}" for row in spread.rows)
        named.append(NamedRow(spread.label, _published_cells({key: spread.width(key) for key in spread.ranges}), said))
    return named


def _named(row: PublishedRow) -> str:
    return f"{row.method} ({row.backbone})" if row.backbone else row.method


def _published_cells(means: Mapping[str, float | None]) -> tuple[TextCell, ...]:
    decimals = {column.key: 3 for column in PUBLISHED_COLUMNS}
    return tuple(_plain(column, Cell(means.get(column.key)), decimals) for column in PUBLISHED_COLUMNS)


def _about(entry: Entry) -> tuple[AboutCell, ...]:
    """What a submission says besides its scores, in the order of the columns."""
    texts = (
        ("base_model", "Base model", entry.base_model),
        ("training", "Training", entry.training),
        ("day", "Date", entry.day),
    )
    cells = [AboutCell(key, label, text or "–", text) for key, label, text in texts]
    host = (urlsplit(entry.url).hostname or "").removeprefix("www.") if entry.url else ""
    return (*cells, AboutCell("link", "Link", "↗" if host else "–", host, entry.url))


@lru_cache(maxsize=8)
def _scales(board: "_Same") -> tuple[dict[str, int], dict[str, tuple[float, float] | None]]:
    """Decimals and reach of each column: hundreds of pages ask for those of one board."""
    cells = {column.key: _cells(board.page, column.key) for column in board.page.columns}
    return (
        {key: decimals_of(cell.mean for cell in found) for key, found in cells.items()},
        {key: _reach(found) for key, found in cells.items()},
    )


class _Same:
    """A board that is equal to itself alone, so that looking it up compares no submissions."""

    def __init__(self, page: BoardPage) -> None:
        self.page = page

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.page is other.page

    def __hash__(self) -> int:
        return id(self.page)


def _cells(board: BoardPage, key: str) -> list[Cell]:
    """A column's cells, of every row of the table."""
    rows = [cells.get(key, Cell(None)) for cells in board.beside.values()]
    return [*(entry.cells.get(key, _NONE).cell for entry in board.all_entries), *rows]


def _ranked(column: Column, found: RankedCell, decimals: Mapping[str, int], reach: tuple[float, float] | None) -> TextCell:
    plain = _plain(column, found.cell, decimals)
    whisker = None
    cell = found.cell
    if reach is not None and cell.mean is not None and cell.low is not None and cell.high is not None:
        low, high = reach
        width = (high - low) or 1.0
        at = [round(100 * (value - low) / width, 1) for value in (cell.low, cell.mean, cell.high)]
        whisker = (at[0], at[1], at[2])
    is_best = found.ranks is not None and found.ranks.low == 1
    return TextCell(column, plain.text, plain.interval, plain.sort, found.ranks_text, is_best, whisker)


def _plain(column: Column, cell: Cell, decimals: Mapping[str, int]) -> TextCell:
    if cell.mean is None:
        return TextCell(column, "–")
    places = decimals[column.key]
    interval = ""
    if cell.low is not None and cell.high is not None:
        interval = f"{_number(cell.low, places)} – {_number(cell.high, places)}"
    return TextCell(column, _number(cell.mean, places), interval, repr(cell.mean))


def _reach(cells: Sequence[Cell]) -> tuple[float, float] | None:
    lows = [cell.low for cell in cells if cell.low is not None]
    highs = [cell.high for cell in cells if cell.high is not None]
    return (min(lows), max(highs)) if lows and highs else None


def _number(value: float, decimals: int) -> str:
    return number(value, decimals=decimals).replace("-", "−")
