"""Tables and comparisons: every format carries the same numbers, and JSON and CSV can be read back."""

import csv
import io
import json
from typing import Any

import pytest
from rich.console import Console

from reports.compare import FORMATS, ComparedRun, Format, Significance, mark, render_comparison
from reports.records import Cell, Column, Row, row_from_metrics
from reports.table import terminal_table

COLUMNS = [Column("dino", "DINO", True), Column("pres", "PRES", False), Column("div", "DIV", True)]


def entry(mean: float | None, low: float | None, high: float | None) -> dict[str, Any]:
    return {"mean": mean, "ci95": [low, high]}


ROW_A = row_from_metrics("dream_booth", {"dino": entry(0.7312, 0.7001, 0.7599), "pres": entry(0.5, None, None)})
ROW_B = row_from_metrics("other|run", {"dino": entry(0.6, 0.5, 0.7), "pres": entry(None, None, None)})


def significance(p: float | None) -> Significance:
    return Significance(-0.1312, -0.2, -0.05, p, p, 6, 30)


RUNS = [
    ComparedRun(ROW_A, "runs/a", "abc123"),
    ComparedRun(ROW_B, "runs/b", "abc123", {"dino": significance(0.004), "pres": significance(None)}),
]


def test_a_row_from_a_summary_has_its_numbers() -> None:
    assert ROW_A.cells["dino"] == Cell(0.7312, 0.7001, 0.7599)
    assert ROW_B.cells["pres"] == Cell(None, None, None)
    assert row_from_metrics("x", {"dino": entry(float("nan"), None, None)}).cells["dino"].mean is None


@pytest.mark.parametrize(("p", "stars"), [(None, ""), (0.2, ""), (0.05, "*"), (0.01, "**"), (0.0011, "**"), (0.001, "***")])
def test_stars_follow_the_adjusted_p_value(p: float | None, stars: str) -> None:
    assert mark(significance(p)) == stars
    assert mark(None) == ""


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_values_and_the_fingerprint(form: Format) -> None:
    text = render_comparison(RUNS, COLUMNS, protocol="miniature", form=form)
    assert "0.731" in text
    assert "abc123" in text
    assert "DIV" not in text  # no run has it
    assert text.endswith("\n")


def test_labels_are_shown_as_they_are_and_never_read_as_markup() -> None:
    table = terminal_table(
        [row_from_metrics("[bold]me[/bold]", {"dino": entry(0.5, 0.4, 0.6)})],
        [Column("dino", "[red]DINO[/red]", True)],
        title="[link=x]t[/link]",
        caption="[/nonsense]",
    )
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table)
    text = console.export_text()
    for word in ("[bold]me[/bold]", "[red]DINO[/red]", "[link=x]t[/link]", "[/nonsense]"):
        assert word in text


def test_json_reads_back() -> None:
    records = json.loads(render_comparison(RUNS, COLUMNS, protocol="miniature", form="json"))
    assert records[0]["metrics"]["dino"] == {"mean": 0.7312, "ci95": [0.7001, 0.7599], "higher_is_better": True}
    assert records[1]["metrics"]["dino"]["against"]["adjusted_p_value"] == 0.004


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(render_comparison(RUNS, COLUMNS, protocol="miniature", form="csv"))))
    assert [row["run"] for row in rows] == ["dream_booth", "other|run"]
    assert float(rows[1]["dino_difference"]) == -0.1312
    assert rows[0]["dino_p_holm"] == ""


def test_labels_are_escaped_where_the_format_needs_it() -> None:
    assert r"dream\_booth &" in render_comparison(RUNS, COLUMNS, protocol="p", form="latex")
    assert r"| other\|run |" in render_comparison(RUNS, COLUMNS, protocol="p", form="markdown")


def test_markdown_has_as_many_cells_in_every_row() -> None:
    lines = [
        line for line in render_comparison(RUNS, COLUMNS, protocol="p", form="markdown").splitlines() if line.startswith("|")
    ]
    assert {line.replace(r"\|", "").count("|") for line in lines} == {4}


def test_five_metrics_with_intervals_fit_into_80_columns() -> None:
    keys = ("DINO", "CLIP-I", "CLIP-T", "PRES", "DIV (DINO)")
    columns = [Column(key, key, True) for key in keys]
    row = Row("textual_inversion", {key: Cell(0.712, 0.689, 0.741) for key in keys})
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(terminal_table([row, Row("copy_reference", {}, is_subject=False)], columns, title="t", caption="c"))
    text = console.export_text()
    assert text.count("0.712") == 5
    assert text.count(".689–.741") == 5
    assert "textual_inversion" in text
    assert "…" not in text
