"""A comparison for the terminal: as wide as the terminal is, numbers whole, columns stacked where they do not fit."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from dreambench.reports.cells import Column
from dreambench.reports.comparison.comparison_table import TIED, Block, ComparedRow, ComparisonTable, Score, stars
from dreambench.reports.comparison.legend import legend
from dreambench.reports.escaping import plain
from dreambench.reports.published.row import PublishedRow
from dreambench.reports.table import heading, narrow_interval, number

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

#: Bold and underline are lost in a pipe; these stay.
_RANKS: Final = {1: "¹", 2: "²"}
_STYLES: Final = {1: "bold", 2: "underline"}
_GAP: Final = 2
_LEAST_LABEL: Final = 12


def comparison_view(table: ComparisonTable, *, width: int) -> "list[RenderableType]":
    """What a rich console prints for a comparison.

    Args:
        table: the comparison.
        width: of the console, in columns. Long labels are folded; metrics that do not fit beside each other come below.
    """
    from rich.text import Text

    view: list[RenderableType] = []
    for block in table.blocks:
        view += [Text(block.title, style="bold"), *_block(table, block, width), Text("")]
    for title, rows in table.published_groups:
        view += [Text(title, style="bold"), *_published(table, rows, width), Text("")]
    lines = legend(table, best="bold and ¹", second="underlined and ²")
    return [*view, *(Text(line, style="dim") for line in lines)]


def terminal_text(table: ComparisonTable, *, width: int) -> str:
    """The same as text without colours."""
    from dreambench.reports.console import make_console

    console = make_console(width=width, file=io.StringIO(), record=True)
    console.print(*comparison_view(table, width=width), sep="\n")
    return "\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n"


def _block(table: ComparisonTable, block: Block, width: int) -> "list[RenderableType]":
    from rich.text import Text

    columns = block.columns(table.columns)
    cells = {column.key: _cells(block, column) for column in columns}
    widths = {column.key: max(len(heading(column)), *(_width(text) for text in cells[column.key])) for column in columns}
    labels = [_label(table, row) for row in block.rows]
    label_width = _label_width(labels, [widths[column.key] for column in columns], width)
    tables: list[RenderableType] = []
    for chunk in _chunks(columns, widths, width - label_width):
        part = _empty_table(label_width)
        for column in chunk:
            part.add_column(Text(heading(column).rjust(widths[column.key])), no_wrap=True, width=widths[column.key])
        for index, label in enumerate(labels):
            part.add_row(Text(label), *(_flush_right(cells[column.key][index], widths[column.key]) for column in chunk))
        tables += [part, Text("")]
    return tables[:-1]


def _published(table: ComparisonTable, rows: Sequence[PublishedRow], width: int) -> "list[Table]":
    """A line for the values, below it where they come from."""
    from rich.text import Text

    columns = table.published_columns
    widths = {column.key: max(len(heading(column)), len(number(0.0))) for column in columns}
    label_width = max(_LEAST_LABEL, width - sum(column_width + _GAP for column_width in widths.values()))
    tables = []
    for chunk in _chunks(columns, widths, width - label_width):
        part = _empty_table(label_width)
        for column in chunk:
            part.add_column(Text(heading(column).rjust(widths[column.key])), no_wrap=True, width=widths[column.key])
        for row in rows:
            label = Text.assemble(plain(row.label), (f"\n  {plain(row.provenance)}", "dim"))
            part.add_row(label, *(Text(number(row.mean(column)).rjust(widths[column.key])) for column in chunk))
        tables.append(part)
    return tables


def _empty_table(label_width: int) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)  # 1 is the box's divider
    table.add_column("", overflow="fold", width=label_width)
    return table


def _cells(block: Block, column: Column) -> "list[Text]":
    """A column's means with their marks, the intervals below; marks have a field of their own, so that numbers line up."""
    from rich.text import Text

    scores = [row.score(column) for row in block.rows]
    decimals, field = block.decimals([column])[column.key], max(len(_marks(score)) for score in scores)
    cells = []
    for score in scores:
        value = number(score.cell.mean, decimals=decimals)
        text = Text.assemble((value, _STYLES.get(score.rank or 0, "")), _marks(score).ljust(field))
        below = narrow_interval(score.cell, decimals=decimals)
        cells.append(Text.assemble(text, (f"\n{below}", "dim")) if below else text)
    return cells


def _marks(score: Score) -> str:
    return _RANKS.get(score.rank or 0, "") + (TIED if score.tied else "") + stars(score)


def _label(table: ComparisonTable, row: ComparedRow) -> str:
    letter = table.letter(row)
    return f"{plain(row.label)} ({letter})" if letter else plain(row.label)


def _label_width(labels: Sequence[str], widths: Sequence[int], width: int) -> int:
    """Wide enough for the longest label, but no wider than leaves room for the widest column, and not most of the line."""
    from rich.cells import cell_len

    longest = max(cell_len(label) for label in labels)
    beside_all = width - sum(column_width + _GAP for column_width in widths)
    beside_widest = width - max(widths, default=0) - _GAP
    return max(_LEAST_LABEL, min(longest, beside_widest, max(width // 3, beside_all)))


def _chunks(columns: Sequence[Column], widths: dict[str, int], room: int) -> list[list[Column]]:
    """The columns in groups that fit beside the label."""
    chunks: list[list[Column]] = [[]]
    used = 0
    for column in columns:
        need = _GAP + widths[column.key]
        if chunks[-1] and used + need > room:
            chunks.append([])
            used = 0
        chunks[-1].append(column)
        used += need
    return chunks


def _flush_right(text: "Text", width: int) -> "Text":
    """Lines of exactly a width. Not rich's own justification, which drops the spaces that stand for missing marks."""
    from rich.text import Text

    lines = text.split("\n")
    for line in lines:
        line.pad_left(width - line.cell_len)
    return Text("\n").join(lines)


def _width(text: "Text") -> int:
    return max((line.cell_len for line in text.split("\n")), default=0)
