"""The literature's rows say where they come from and what is known of their protocol."""

import csv

import pytest
from repository import SHARED

from dreambench.reports.cells import Cell
from dreambench.reports.published import PublishedRow, published_rows, read_data, spread_sentence, spreads

COLLECTED = ("published_scores.csv", "published_2025.csv")
ABLATIONS = 5


def test_every_row_has_a_source_and_a_word_on_its_protocol() -> None:
    rows = published_rows()
    assert len(rows) == 80
    for row in rows:
        assert row.source
        assert row.protocol == "unknown" or row.protocol.startswith("different: ")
        assert row.cells
        assert all(0 < (cell.mean or 0) < 1 for cell in row.cells.values())
    assert sum(row.protocol == "different: OFT's own" for row in rows) == 5
    assert {row.method for row in rows if "SAM" in row.protocol} == {"DisCo", "UNO"}
    assert all(row.differs for row in rows if "SAM" in row.protocol)


def test_the_papers_own_rows() -> None:
    by_label = {row.label: row for row in published_rows() if row.source.startswith("DreamBooth paper")}
    values = {key: cell.mean for key, cell in by_label["DreamBooth, Stable Diffusion"].cells.items()}
    assert values == {"dino": 0.668, "clip_i": 0.803, "clip_t": 0.305}
    # Table 3: the loss keeps the prior apart (lower PRES) and images diverse (higher DIV)
    with_loss = by_label["DreamBooth, with prior-preservation loss, Imagen"]
    assert (with_loss.cells["pres"].mean, with_loss.cells["div"].mean, with_loss.note) == (0.493, 0.391, "15 subjects")
    assert by_label["DreamBooth, without prior-preservation loss, Imagen"].cells["pres"].mean == 0.664


def test_user_preferences_add_up() -> None:
    preferences = [row for row in read_data("paper_tables.csv") if row["source"].endswith("Table 2")]
    for question in ("subject", "prompt"):
        shares = [float(row["value"]) for row in preferences if f"{question} fidelity" in row["measure"]]
        assert len(shares) == 3
        assert sum(shares) == pytest.approx(1.0)


def test_the_file_is_the_collected_one() -> None:
    if not (SHARED / "reference" / COLLECTED[1]).is_file():
        pytest.skip("the collected scores are not beside this checkout")
    collected = []
    for name in COLLECTED:
        with (SHARED / "reference" / name).open(newline="") as file:
            collected.append(list(csv.DictReader(file)))
    rows = published_rows()
    ours = [*rows[: len(collected[0])], *rows[len(collected[0]) + ABLATIONS :]]
    for row, theirs in zip(ours, [*collected[0], *collected[1]], strict=True):
        assert (row.method, row.source) == (theirs["method"], theirs["seen_in"])
        assert {key: cell.mean for key, cell in row.cells.items()} == {
            key: float(theirs[key]) for key in ("dino", "clip_i", "clip_t") if theirs[key]
        }
        if theirs.get("source_read") == "digest":
            assert "check before quoting" in row.note


def row(method: str, dino: float, *, protocol: str = "unknown", clip_t: float | None = None) -> PublishedRow:
    cells = {"dino": Cell(dino)} | ({} if clip_t is None else {"clip_t": Cell(clip_t)})
    return PublishedRow(method, "SD", cells, "a table", protocol)


def test_the_spread_of_a_method_is_its_highest_minus_its_lowest_row() -> None:
    rows = [row("A", 0.5, clip_t=0.3), row("B", 0.9), row("A", 0.7), row("C", 0.1), row("C", 0.15), row("A", 0.6)]
    wide, narrow = spreads(rows)
    assert (wide.label, len(wide.rows), wide.ranges) == ("A, SD", 3, {"dino": (0.5, 0.7)})
    assert wide.width("dino") == pytest.approx(0.2)
    assert wide.width("clip_t") is None
    assert narrow.label == "C, SD"
    assert spread_sentence(rows).startswith("Papers that print the same method differ in DINO: A, SD by 0.200, C, SD by 0.050;")


def test_a_row_under_a_mask_is_no_part_of_a_spread() -> None:
    rows = [row("A", 0.5), row("A", 0.9, protocol="different: subject cut out")]
    assert spreads(rows) == ()
    assert spread_sentence(rows) == ""


def test_omnigen_is_printed_three_ways() -> None:
    (omnigen,) = [spread for spread in spreads(published_rows()) if spread.label == "OmniGen"]
    assert omnigen.width("dino") == pytest.approx(0.801 - 0.693)
    assert len(omnigen.rows) == 3
