"""Figures for a person (a table) and for a program (JSON)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from .timing import Figure


def figures_table(figures: Sequence[Figure], *, title: str) -> Table:
    """A row a figure; the ratio says how many times longer the plain way takes."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for heading in ("benchmark", "our way", "plain way", "unit"):
        table.add_column(heading)
    table.add_column("ours", justify="right")
    table.add_column("plain", justify="right")
    table.add_column("ratio", justify="right", style="bold")
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}x"
        plain = "" if figure.plain_value is None else _number(figure.plain_value)
        table.add_row(figure.benchmark, figure.way, figure.plain_way or "", figure.unit, _number(figure.value), plain, ratio)
    return table


def figures_record(figures: Sequence[Figure], about: Mapping[str, Any]) -> dict[str, Any]:
    """The same as JSON values, with what was measured on."""
    return {**about, "figures": [{**asdict(figure), "ratio": figure.ratio} for figure in figures]}


def _number(value: float) -> str:
    """Three significant digits."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
