"""The page's summary table: numbers, standings, differences, and where intervals lie."""

from pathlib import Path

import pytest
from speed.report_sample import make_page

from dreambench.reports.page.summary_table import TableCell, table_views


def cells(column: int) -> list[TableCell]:
    views = table_views(make_page([Path("a.png")]))
    return [row.cells[column] for row in (*views[0].runs, *views[0].beside)]


def test_numbers_have_three_decimals_and_true_minus_signs() -> None:
    pres = cells(2)
    assert [cell.text for cell in pres] == ["0.300", "0.200", "0.100", "–"]
    assert pres[0].interval == "−0.100 – 0.400"
    assert [cell.difference for cell in pres] == ["", "−0.100**", "−0.200**", ""]
    assert [cell.sort for cell in pres[2:]] == ["0.09999999999999998", ""]


def test_best_and_second_are_those_that_were_ranked_so() -> None:
    assert [cell.standing for cell in cells(0)] == ["", "second", "best", ""]
    assert [cell.tied for cell in cells(1)] == [False, True, True, False]


def test_intervals_share_one_scale_in_a_column() -> None:
    # DINO runs from .45 (low of the first run) to .98 (high of the yardstick), a reach of .53.
    dino = cells(0)
    assert dino[0].whisker == pytest.approx((0, 100 * 0.05 / 0.53, 100 * 0.10 / 0.53), abs=0.01)
    assert dino[3].whisker == pytest.approx((100 * 0.51 / 0.53, 100 * 0.52 / 0.53, 100), abs=0.01)


def test_a_part_without_a_metric_has_no_column_of_it_and_no_yardsticks() -> None:
    part = table_views(make_page([Path("a.png")]))[1]
    assert [column.key for column in part.columns] == ["dino", "clip_t"]
    assert [len(row.cells) for row in part.runs] == [2] * 3
    assert part.beside == ()
