"""The leaderboard as data: CSV for spreadsheets, JSON for programs."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from dreambench.reports.escaping import escape_csv
from dreambench.reports.leaderboard.records import BoardPage, Entry, Leaderboard, RankedCell
from dreambench.reports.records import Cell

_NONE: Final = RankedCell(Cell(None))


def board_csv(board: BoardPage) -> str:
    """A row a submission; of each metric the mean, the interval, and the rank with its interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("", "_low", "_high", "_rank", "_rank_low", "_rank_high")
    keys = [each.column.key for each in board.columns]
    writer.writerow(
        ["name", "authors", "url", "method", "suite", "fingerprint", *(f"{key}{part}" for key in keys for part in parts)]
    )
    for entry in board.entries:
        about = (entry.name, entry.authors, entry.url or "", entry.method, entry.suite)
        row: list[Any] = [*(escape_csv(text) for text in about), board.protocol.fingerprint]
        for key in keys:
            found = entry.cells.get(key, _NONE)
            row += [found.cell.mean, found.cell.low, found.cell.high, found.rank, found.low, found.high]
        writer.writerow(row)
    return out.getvalue()


def board_record(board: BoardPage) -> dict[str, Any]:
    """A board as JSON values."""
    return {
        "title": board.title,
        "protocol": board.protocol.name,
        "fingerprint": board.protocol.fingerprint,
        "protocol_in_words": list(board.protocol.sentences),
        "dataset": board.dataset,
        "scope": board.scope,
        "metrics": {
            each.column.key: {"label": each.column.label, "higher_is_better": each.column.higher_is_better}
            for each in board.columns
        },
        "submissions": [_about(entry) | {"scores": _cells(entry.cells)} for entry in board.entries],
    }


def entry_record(board: BoardPage, entry: Entry) -> dict[str, Any]:
    """A submission with all its scores as JSON values."""
    return {
        **_about(entry),
        "protocol": board.protocol.name,
        "fingerprint": board.protocol.fingerprint,
        "dataset": board.dataset,
        "scores": _cells(entry.cells),
        "per_kind": {kind: {key: _interval(cell) for key, cell in cells.items()} for kind, cells in entry.per_kind.items()},
        "subjects": {
            each.id: {"kind": each.kind, "class_noun": each.class_noun, "n_images": each.n_images, "scores": dict(each.scores)}
            for each in entry.subjects
        },
        "settings": dict(entry.settings),
        "made_with": dict(entry.facts),
        "commands": list(entry.commands),
    }


def leaderboard_record(leaderboard: Leaderboard) -> dict[str, Any]:
    """All boards, the literature's rows and what was refused, as JSON values."""
    return {
        "title": leaderboard.title,
        "made_with": leaderboard.made_with,
        "boards": [board_record(board) for board in leaderboard.boards],
        "published": [
            {
                "method": row.method,
                "backbone": row.backbone,
                "protocol": row.protocol,
                "source": row.source,
                "note": row.note,
                "scores": {key: cell.mean for key, cell in row.cells.items()},
            }
            for row in leaderboard.published
        ],
        "refused": [{"file": each.file, "reason": each.reason} for each in leaderboard.refused],
    }


def _about(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "authors": entry.authors,
        "url": entry.url,
        "method": entry.method,
        "suite": entry.suite,
        "page": f"methods/{entry.slug}.html",
    }


def _cells(cells: Mapping[str, RankedCell]) -> dict[str, Any]:
    return {
        key: _interval(found.cell) | {"rank": found.rank, "rank_interval": [found.low, found.high]}
        for key, found in cells.items()
    }


def _interval(cell: Cell) -> dict[str, Any]:
    return {"mean": cell.mean, "ci95": [cell.low, cell.high]}
