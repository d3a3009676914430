"""Small tables as text in every format that commands print: terminal, Markdown, LaTeX, CSV.

Comparisons of runs have tables of their own (`reports.comparison`), with ranks and tests.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from dreambench.reports.cells import Cell
from dreambench.reports.escaping import escape_csv, escape_latex, escape_markdown, plain
from dreambench.reports.table import NO_VALUE, narrow_interval, number

TextFormat = Literal["table", "markdown", "latex", "csv", "json"]
TEXT_FORMATS: Final[tuple[TextFormat, ...]] = ("table", "markdown", "latex", "csv", "json")

#: A word, or a number with its interval.
TextCell = str | Cell


@dataclass(frozen=True)
class TextTable:
    """A table.

    Attributes:
        title: above it.
        head: a heading a column.
        rows: of as many cells as there are headings.
        apart: rows that are set apart below the others: what somebody else published.
        notes: sentences below it.
        decimals: of its numbers.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[TextCell, ...], ...]
    apart: tuple[tuple[TextCell, ...], ...] = ()
    notes: tuple[str, ...] = ()
    decimals: int = 3


def render_tables(tables: Sequence[TextTable], *, form: Literal["markdown", "latex", "csv"]) -> str:
    """Tables one below the other, as text that ends in a line end."""
    render = {"markdown": _markdown, "latex": _latex, "csv": _csv}[form]
    return "\n".join(render(table) for table in tables)


def terminal_tables(tables: Sequence[TextTable], *, width: int) -> str:
    """The tables for a terminal, without colours, lines of notes wrapped to its width; no number is cut off."""
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    from dreambench.reports.console import make_console

    buffer = io.StringIO()
    console = make_console(file=buffer, width=width, record=True)
    wide = make_console(file=io.StringIO(), width=1000)
    for position, table in enumerate(tables):
        shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        for column, heading in enumerate(table.head):
            shown.add_column(Text(plain(heading)), justify="right" if _is_numeric(table, column) else "left", no_wrap=True)
        for row in table.rows:
            shown.add_row(*(Text(_text(cell, table.decimals)) for cell in row))
        if table.apart:
            shown.add_section()
            for row in table.apart:
                shown.add_row(*(Text(_text(cell, table.decimals)) for cell in row))
        console.width = max(width, Measurement.get(wide, wide.options, shown).maximum)
        console.print(Text(("\n" if position else "") + plain(table.title)))
        console.print(shown)
        console.width = width
        for note in table.notes:
            console.print(Text(plain(note)))
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _is_numeric(table: TextTable, column: int) -> bool:
    cells = [row[column] for row in (*table.rows, *table.apart)]
    return any(isinstance(cell, Cell) or cell.isdecimal() for cell in cells)


def _text(cell: TextCell, decimals: int) -> str:
    if isinstance(cell, str):
        return plain(cell)
    below = narrow_interval(cell, decimals=decimals)
    return number(cell.mean, decimals=decimals) + (f" [{below}]" if below else "")


def _markdown(table: TextTable) -> str:
    lines = [f"**{escape_markdown(table.title)}**", "", _line([escape_markdown(heading) for heading in table.head])]
    lines.append("|" + "".join("---:|" if _is_numeric(table, column) else "---|" for column in range(len(table.head))))
    lines += [_line([escape_markdown(_text(cell, table.decimals)) for cell in row]) for row in (*table.rows, *table.apart)]
    return "\n".join([*lines, "", *(f"{escape_markdown(note)}  " for note in table.notes), ""])


def _latex(table: TextTable) -> str:
    columns = "".join("r" if _is_numeric(table, column) else "l" for column in range(len(table.head)))
    lines = [f"% {escape_latex(table.title)}", "% In the preamble: \\usepackage{booktabs}", f"\\begin{{tabular}}{{{columns}}}"]
    lines += ["\\toprule", _latex_row(table.head, table.decimals), "\\midrule"]
    lines += [_latex_row(row, table.decimals) for row in table.rows]
    if table.apart:
        lines += ["\\midrule", *(_latex_row(row, table.decimals) for row in table.apart)]
    lines += ["\\bottomrule", "\\end{tabular}"]
    if table.notes:
        below = " ".join(escape_latex(note) for note in table.notes)
        lines += ["\\par\\smallskip\\noindent", f"\\parbox{{\\linewidth}}{{\\raggedright\\scriptsize {below}}}"]
    return "\n".join([*lines, ""])


def _latex_row(cells: Sequence[TextCell], decimals: int) -> str:
    return " & ".join(escape_latex(_text(cell, decimals)) for cell in cells) + " \\\\"


def _csv(table: TextTable) -> str:
    """Numbers unrounded; a column of numbers with intervals becomes three."""
    rows = (*table.rows, *table.apart)
    spread = [any(isinstance(row[column], Cell) for row in rows) for column in range(len(table.head))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    head = [
        [heading, f"{heading} low", f"{heading} high"] if wide else [heading]
        for heading, wide in zip(table.head, spread, strict=True)
    ]
    writer.writerow(["table", *(escape_csv(name) for names in head for name in names)])
    for row in rows:
        cells: list[str | float | None] = [escape_csv(table.title)]
        for cell, wide in zip(row, spread, strict=True):
            if isinstance(cell, Cell):
                cells += [cell.mean, cell.low, cell.high]
            else:
                cells += [escape_csv("" if wide and cell == NO_VALUE else cell), *([None, None] if wide else [])]
        writer.writerow(cells)
    return buffer.getvalue()


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
