"""The table of one run: its numbers are whole and right, its labels are text."""

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from dreambench.reports.cells import Cell, Column, Row, column_of, known, row_of
from dreambench.reports.escaping import escape_csv
from dreambench.reports.table import decimals_of, interval, narrow_interval, number, terminal_table


def entry(mean: float | None, low: float | None, high: float | None) -> SimpleNamespace:
    """A mean as results record it."""
    return SimpleNamespace(mean=mean, ci95=(low, high))


def printed(table: object, *, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_a_row_from_a_summary_has_its_numbers() -> None:
    assert row_of("a", {"dino": entry(0.7312, 0.7001, 0.7599)}).cells["dino"] == Cell(0.7312, 0.7001, 0.7599)
    assert row_of("b", {"pres": entry(None, None, None)}).cells["pres"] == Cell(None, None, None)
    assert row_of("x", {"dino": entry(float("nan"), None, None)}).cells["dino"].mean is None


def test_a_column_says_what_its_metric_is() -> None:
    metric = SimpleNamespace(
        key="mine", label="Mine", higher_is_better=False, formula="copy_index", measures="copying", level="subject"
    )
    assert column_of(metric) == Column("mine", "Mine", False, "copy_index", "copying", "subject")
    assert (known(0.5), known(None), known(float("inf"))) == (0.5, None, None)


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(0.101, 0.444, ".101–.444"), (-0.043, 0.325, "-.043–.325"), (-0.0001, 1.0, ".000–1.000"), (None, None, "")],
)
def test_intervals_leave_out_the_zero_and_nothing_else(low: float | None, high: float | None, text: str) -> None:
    assert narrow_interval(Cell(0.2, low, high)) == text


def test_scores_of_0_to_100_are_whole_numbers_with_one_decimal() -> None:
    assert decimals_of([0.7, 0.8, None]) == 3
    assert decimals_of([70.1, None]) == 1
    assert narrow_interval(Cell(70.12, 60.04, 80.5), decimals=1) == "60.0–80.5"
    assert interval(Cell(70.12, 60.04, 80.5), decimals=1) == "[60.0, 80.5]"
    assert number(-0.00001) == "0.000"
    table = terminal_table([Row("a", {"dino": Cell(70.123, 60.0, 80.0)})], [Column("dino", "DINO", True)], title="", caption="")
    assert "70.1" in printed(table, width=80)
    assert "60.0–80.0" in printed(table, width=80)


def test_labels_are_shown_as_they_are_and_never_read_as_markup() -> None:
    table = terminal_table(
        [row_of("[bold]me[/bold]", {"dino": entry(0.5, 0.4, 0.6)})],
        [Column("dino", "[red]DINO[/red]", True)],
        title="[link=x]t[/link]",
        caption="[/nonsense]",
    )
    text = printed(table, width=120)
    for word in ("[bold]me[/bold]", "[red]DINO[/red]", "[link=x]t[/link]", "[/nonsense]"):
        assert word in text


def test_five_metrics_with_intervals_fit_into_80_columns() -> None:
    keys = ("DINO", "CLIP-I", "CLIP-T", "PRES", "DIV (DINO)")
    columns = [Column(key, key, True) for key in keys]
    row = Row("textual_inversion", {key: Cell(0.712, 0.689, 0.741) for key in keys})
    text = printed(
        terminal_table([row, Row("copy_reference", {}, is_subject=False)], columns, title="t", caption="c"), width=80
    )
    assert text.count("0.712") == 5
    assert text.count(".689–.741") == 5
    assert "textual_inversion" in text
    assert "…" not in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe63", "\u207a", "\u2212"])
def test_no_name_is_a_formula_to_a_spreadsheet_in_whatever_width_it_is_typed(start: str) -> None:
    assert escape_csv(f"{start}1+cmd|x") == f"'{start}1+cmd|x"
    assert escape_csv(f" {start}1") == f"'{start}1"
    assert escape_csv(f"a{start}1") == f"a{start}1"
