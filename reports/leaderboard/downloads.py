"""The leaderboard as data: CSV for spreadsheets, JSON for programs."""

import csv
import io
from collections.abc import Mapping
from typing import Any, Final

from dreambench.reports.cells import Cell
from dreambench.reports.escaping import escape_csv
from dreambench.reports.leaderboard.boards import BoardPage, Entry, Leaderboard, RankedCell

_NONE: Final = RankedCell(Cell(None))


def board_csv(board: BoardPage) -> str:
    """A row a submission, those without ranks last; of each metric the mean, the interval, and the rank with its interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    parts = ("", "_low", "_high", "_rank", "_rank_low", "_rank_high")
    keys = [column.key for column in board.columns]
    about = ("name", "authors", "url", "method", "suite", "base_model", "training", "day", "apart")
    scores = [f"{key}{part}" for key in keys for part in parts]
    writer.writerow([*about, "same_images_as", "n_same_images", "fingerprint", *scores])
    for entry in board.all_entries:
        row: list[Any] = [escape_csv(str(getattr(entry, name) or "")) for name in about]
        row += [escape_csv("; ".join(entry.same_images)), entry.n_same_images, board.protocol.fingerprint]
        for key in keys:
            found = entry.cells.get(key, _NONE)
            ranks = (None, None, None) if found.ranks is None else (found.ranks.rank, found.ranks.low, found.ranks.high)
            row += [found.cell.mean, found.cell.low, found.cell.high, *ranks]
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
            column.key: {"label": column.label, "higher_is_better": column.higher_is_better, "formula": column.formula}
            for column in board.columns
        },
        "submissions": [_about(entry) | {"scores": _cells(entry.cells)} for entry in board.all_entries],
        "yardsticks": {name: {key: _interval(cell) for key, cell in cells.items()} for name, cells in board.beside.items()},
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
            name: {
                "kind": subject.kind,
                "class_noun": subject.class_noun,
                "n_images": subject.n_images,
                "scores": dict(subject.scores),
            }
            for name, subject in entry.subjects.items()
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
                "ran_by": row.ran_by or None,
                "note": row.note,
                "scores": {key: cell.mean for key, cell in row.cells.items()},
            }
            for row in leaderboard.published
        ],
        "refused": [{"file": refusal.file, "reason": refusal.reason} for refusal in leaderboard.refused],
    }


def _about(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "authors": entry.authors,
        "url": entry.url,
        "method": entry.method,
        "suite": entry.suite,
        "base_model": entry.base_model or None,
        "training": entry.training or None,
        "day": entry.day or None,
        "apart": entry.apart or None,
        "same_images_as": list(entry.same_images),
        "n_same_images": entry.n_same_images,
        "page": f"methods/{entry.slug}.html",
    }


def _cells(cells: Mapping[str, RankedCell]) -> dict[str, Any]:
    found = {}
    for key, ranked in cells.items():
        ranks = ranked.ranks
        low, high = (None, None) if ranks is None else (ranks.low, ranks.high)
        found[key] = _interval(ranked.cell) | {"rank": None if ranks is None else ranks.rank, "rank_interval": [low, high]}
    return found


def _interval(cell: Cell) -> dict[str, Any]:
    return {"mean": cell.mean, "ci95": [cell.low, cell.high]}
