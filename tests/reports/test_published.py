"""The literature's rows say where they come from and what is known of their protocol."""

import csv

import pytest
from repository import SHARED

from dreambench.reports.published import published_rows, read_data

SHARED = SHARED / "reference" / "published_scores.csv"


def test_every_row_has_a_source_and_a_word_on_its_protocol() -> None:
    rows = published_rows()
    assert len(rows) == 52
    for row in rows:
        assert row.source
        assert row.protocol == "unknown" or row.protocol.startswith("different: ")
        assert row.cells
        assert all(0 < (cell.mean or 0) < 1 for cell in row.cells.values())
    assert sum(row.protocol == "different: OFT's own" for row in rows) == 5


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
    if not SHARED.is_file():
        pytest.skip("the collected scores are not beside this checkout")
    with SHARED.open(newline="") as file:
        collected = list(csv.DictReader(file))
    ours = published_rows()[: len(collected)]
    for row, theirs in zip(ours, collected, strict=True):
        assert (row.method, row.source) == (theirs["method"], theirs["seen_in"])
        assert {key: cell.mean for key, cell in row.cells.items()} == {
            key: float(theirs[key]) for key in ("dino", "clip_i", "clip_t") if theirs[key]
        }
