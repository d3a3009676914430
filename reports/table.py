"""The table in the terminal: a row a method, a column a metric, means with their 95% intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.records import Cell, Column, Row, used_columns

if TYPE_CHECKING:
    from rich.table import Table

NO_VALUE = "-"


def number(value: float | None) -> str:
    """Three decimals: more would lie within the interval of any run."""
    return NO_VALUE if value is None else f"{value:.3f}"


def interval(cell: Cell) -> str:
    """ "[0.701, 0.742]", or nothing for too few subjects."""
    return "" if cell.low is None or cell.high is None else f"[{cell.low:.3f}, {cell.high:.3f}]"


def narrow_interval(cell: Cell) -> str:
    """ ".701-.742", or nothing: five metrics beside a label then fit into 80 columns."""
    if cell.low is None or cell.high is None:
        return ""
    return "–".join(f"{bound:.3f}".replace("0.", ".", 1) for bound in (cell.low, cell.high))


def heading(column: Column) -> str:
    """The metric's label with an arrow to the better side."""
    return f"{column.label} {'↑' if column.higher_is_better else '↓'}"


def terminal_table(rows: Sequence[Row], columns: Sequence[Column], *, title: str, caption: str) -> "Table":
    """A rich table of rows with values and intervals; columns without a value in any row are left out.

    Args:
        rows: in the order to show; rows with `is_subject` are bold, the others dim.
        columns: metrics in the order to show.
        title: what was run.
        caption: what the numbers mean and under which protocol.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title, style="bold"),
        caption=Text(caption, style="dim"),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("", no_wrap=True)
    shown = used_columns(columns, rows)
    for column in shown:
        table.add_column(Text(heading(column)), justify="right", no_wrap=True)  # Text: brackets in a label are no markup
    for row in rows:
        cells = []
        for column in shown:
            cell = row.cells.get(column.key, Cell(None))
            text = Text(number(cell.mean), style="bold" if row.is_subject else "")
            if narrow_interval(cell):
                text.append(f"\n{narrow_interval(cell)}", style="dim")
            cells.append(text)
        table.add_row(Text(row.label, style="bold" if row.is_subject else ""), *cells)
    return table
