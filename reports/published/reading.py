"""The files of numbers from the literature: what papers print for DreamBench, and its first one for its ablations."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

from dreambench.reports.cells import Cell
from dreambench.reports.published.row import PUBLISHED_COLUMNS, PublishedRow

_WHOLE: Final = "30"


@cache
def published_rows() -> tuple[PublishedRow, ...]:
    """Scores on the 30 photo subjects, and the DreamBooth paper's ablations on 15 and 5 of them, in the file's order.

    A protocol is "unknown" where the source does not say which CLIP, transform, pooling or references it used: that is
    so for nearly all. The same method appears more than once where several groups ran it.
    """
    return tuple(_row(record) for record in read_data("published_scores.csv"))


def read_data(name: str) -> list[dict[str, str]]:
    """A CSV file of reports/data, a dictionary a row.

    Args:
        name: "published_scores.csv", or "paper_tables.csv" for the DreamBooth paper's other numbers (user preference,
            input images, correlation with people), a number a row.
    """
    text = files("dreambench.reports").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _row(record: dict[str, str]) -> PublishedRow:
    subjects = "" if record["subjects"] == _WHOLE else f"{record['subjects']} subjects"
    return PublishedRow(
        method=record["method"],
        backbone=record["backbone"],
        cells={column.key: Cell(float(record[column.key])) for column in PUBLISHED_COLUMNS if record[column.key]},
        source=record["source"],
        protocol=record["protocol"],
        note="; ".join(part for part in (subjects, record["note"]) if part),
        ran_by=record["ran_by"],
    )
