"""The table in the terminal: a row a method, a column a metric, means with their 95% intervals."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dreambench.reports.cells import Cell, Column, Row, used_columns

if TYPE_CHECKING:
    from rich.table import Table

NO_VALUE = "-"


def decimals_of(values: Iterable[float | None]) -> int:
    """How many decimals a column needs: 3 for cosines, 1 for scores of 0 to 100. More would lie within any run's interval."""
    return 3 if max((abs(value) for value in values if value is not None), default=0.0) < 5 else 1


def number(value: float | None, *, decimals: int = 3) -> str:
    """ "0.731", or a dash for no value."""
    if value is None:
        return NO_VALUE
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def interval(cell: Cell, *, decimals: int = 3) -> str:
    """ "[0.701, 0.742]", or nothing for too few subjects."""
    if cell.low is None or cell.high is None:
        return ""
    return f"[{number(cell.low, decimals=decimals)}, {number(cell.high, decimals=decimals)}]"


def narrow_interval(cell: Cell, *, decimals: int = 3) -> str:
    """ ".701–.742", or nothing: five metrics beside a label then fit into 80 columns."""
    if cell.low is None or cell.high is None:
        return ""
    return "–".join(re.sub(r"^(-?)0\.", r"\1.", number(bound, decimals=decimals)) for bound in (cell.low, cell.high))


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
    decimals = {column.key: decimals_of(row.cells.get(column.key, Cell(None)).mean for row in rows) for column in shown}
    for column in shown:
        table.add_column(Text(heading(column)), justify="right", no_wrap=True)  # Text: brackets in a label are no markup
    for row in rows:
        cells = []
        for column in shown:
            cell = row.cells.get(column.key, Cell(None))
            text = Text(number(cell.mean, decimals=decimals[column.key]), style="bold" if row.is_subject else "")
            if narrow_interval(cell):
                text.append(f"\n{narrow_interval(cell, decimals=decimals[column.key])}", style="dim")
            cells.append(text)
        table.add_row(Text(row.label, style="bold" if row.is_subject else ""), *cells)
    return table
