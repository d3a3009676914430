"""A comparison for programs: JSON and CSV, numbers unrounded."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from dreambench.reports.cells import Cell, Column, known
from dreambench.reports.comparison.comparison_table import (
    Block,
    ComparedRow,
    ComparisonTable,
    Order,
    Score,
    Significance,
)
from dreambench.reports.escaping import escape_csv
from dreambench.reports.published.row import PublishedRow

_PARTS: Final = ("", "_low", "_high", "_rank", "_tied", "_difference", "_p", "_p_holm")


def comparison_json(table: ComparisonTable) -> str:
    """An object: columns, fingerprints, blocks of runs with their metrics, published rows. None is null, never NaN."""
    record = {
        "columns": [asdict(column) for column in table.columns],
        "fingerprints": table.protocols,
        "mixed": bool(table.apart),
        "made_in_different_ways": [column.key for column in table.apart],
        "against": table.reference,
        "blocks": [_block(block, table.columns) for block in table.blocks],
        "published": [_published(row) for row in table.published],
        "remarks": list(table.remarks),
        "orders": [_order(order) for order in table.orders],
    }
    return json.dumps(record, indent=2, allow_nan=False) + "\n"


def comparison_csv(table: ComparisonTable) -> str:
    """A row a run and part, then the published rows; eight columns a metric."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    about = ["breakdown", "part", "method", "folder", "protocol", "fingerprint", "source"]
    others = [column for column in table.published_columns if column not in table.columns]
    columns = [*table.columns, *others]
    names = {column: f"{column.key}:{column.label}" if column in others else column.key for column in columns}
    writer.writerow([*about, *(f"{names[column]}{part}" for column in columns for part in _PARTS)])
    for block in table.blocks:
        for row in block.rows:
            texts = [block.breakdown, block.name, row.label, row.folder, row.protocol, row.fingerprint, ""]
            values = [value for column in columns for value in _values(_score(row, column, others))]
            writer.writerow([*map(escape_csv, texts), *values])
    for published in table.published:
        about_row = "; ".join(fact for fact in published.facts if not fact.startswith("protocol "))
        texts = ["published", "", published.label, "", published.protocol, "", about_row]
        values = [value for column in columns for value in (published.mean(column), *[None] * (len(_PARTS) - 1))]
        writer.writerow([*map(escape_csv, texts), *values])
    return buffer.getvalue()


def _score(row: ComparedRow, column: Column, others: Sequence[Column]) -> Score:
    return Score(Cell(None)) if column in others else row.score(column)


def _values(score: Score) -> list[Any]:
    cell, other = score.cell, score.against
    differences = (
        [None] * 3 if other is None else [known(other.difference), known(other.p_value), known(other.adjusted_p_value)]
    )
    return [cell.mean, cell.low, cell.high, score.rank, int(score.tied) if cell.mean is not None else None, *differences]


def _block(block: Block, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {
        "breakdown": block.breakdown,
        "part": block.name,
        "n_subjects": block.n_subjects,
        "prompts_per_subject": list(block.prompts),
        "runs": [_run(row, columns) for row in block.rows],
    }


def _run(row: ComparedRow, columns: tuple[Column, ...]) -> dict[str, Any]:
    metrics = {}
    for column in columns:
        score = row.score(column)
        metrics[column.key] = {
            "mean": score.cell.mean,
            "ci95": [score.cell.low, score.cell.high],
            "higher_is_better": column.higher_is_better,
            "rank": score.rank,
            "within_noise_of_best": score.tied,
            "against": None if score.against is None else _significance(score.against),
        }
    return {
        "run": row.label,
        "folder": row.folder,
        "protocol": row.protocol,
        "fingerprint": row.fingerprint,
        "metrics": metrics,
    }


def _significance(found: Significance) -> dict[str, Any]:
    numbers = ("difference", "low", "high", "p_value", "adjusted_p_value")
    return {name: known(getattr(found, name)) for name in numbers} | {
        "n_subjects": found.n_subjects,
        "n_cells": found.n_cells,
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "run": order.run,
        "against": order.against,
        "formula": order.formula,
        "holds": order.holds,
        "encoders": [
            {
                "metric": verdict.key,
                "label": verdict.label,
                "better": verdict.better,
                "difference": known(verdict.difference),
                "p_holm": known(verdict.p_holm),
            }
            for verdict in order.verdicts
        ],
    }


def _published(row: PublishedRow) -> dict[str, Any]:
    return {
        "method": row.method,
        "backbone": row.backbone,
        "metrics": {key: cell.mean for key, cell in row.cells.items()},
        "source": row.source,
        "ran_by": row.ran_by or None,
        "protocol": row.protocol,
        "note": row.note,
    }
