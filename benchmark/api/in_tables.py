"""A result that is a few tables: for a terminal, a notebook, a paper or a program."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dreambench.reports.text_table import TextFormat, TextTable, render_tables, terminal_tables

_WIDTH: Final = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class InTables:
    """A result that prints as tables.

    Attributes:
        tables: for readers.
        values: all of it as JSON values.
    """

    tables: tuple[TextTable, ...]
    values: Mapping[str, Any]

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return dict(self.values)

    def render(self, form: TextFormat, *, width: int = _WIDTH) -> str:
        """The tables as "table", "markdown", "latex", "csv" or "json"; a terminal's are `width` characters wide."""
        if form == "json":
            return json.dumps(self.record(), indent=2, allow_nan=False) + "\n"
        return terminal_tables(self.tables, width=width) if form == "table" else render_tables(self.tables, form=form)

    def __str__(self) -> str:
        return self.render("table")

    def _repr_markdown_(self) -> str:
        return self.render("markdown")
