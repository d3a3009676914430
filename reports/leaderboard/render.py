"""From records to the leaderboard's files: index.html, a page a method in methods/, tables to download in data/."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.reports.comparison.records import PUBLISHED_COLUMNS
from dreambench.reports.leaderboard.downloads import board_csv, board_record, entry_record, leaderboard_record
from dreambench.reports.leaderboard.records import BoardPage, Entry, Leaderboard
from dreambench.reports.leaderboard.tables import board_rows, part_rows, published_rows, subject_rows
from dreambench.reports.page.document import environment, policy, script_of, static_text
from dreambench.reports.page.place import FolderKind, written_aside

if TYPE_CHECKING:
    from jinja2 import Template

LEADERBOARD: Final = FolderKind(
    "leaderboard",
    "leaderboard.json",
    "dreambench leaderboard",
    frozenset({"leaderboard.json", "index.html", "methods", "data"}),
)
_STATIC: Final = Path(__file__).parent / "static"
_STYLES: Final = ("base.css", _STATIC / "leaderboard.css")
_HEAD_SCRIPT: Final = ("theme.js",)
_SCRIPTS: Final = ("elements.js", "table.js", _STATIC / "leaderboard.js")


def render_index(leaderboard: Leaderboard) -> str:
    """The HTML of the page with the boards."""
    entries = [entry for board in leaderboard.boards for entry in board.entries]
    return _template("index.html.j2").render(
        **_frame(),
        leaderboard=leaderboard,
        boards=[(board, board_rows(board)) for board in leaderboard.boards],
        published=published_rows(leaderboard.published),
        published_columns=PUBLISHED_COLUMNS,
        n_entries=len(entries),
        methods=_choices(entry.method for entry in entries),
        suites=_choices(entry.suite for entry in entries),
    )


def render_method(leaderboard: Leaderboard, board: BoardPage, entry: Entry) -> str:
    """The HTML of one submission's page."""
    return _template("method.html.j2").render(
        **_frame(),
        leaderboard=leaderboard,
        board=board,
        entry=entry,
        parts=part_rows(board, entry),
        subjects=subject_rows(board, entry),
    )


def write_leaderboard(leaderboard: Leaderboard, out: Path) -> Path:
    """Write a leaderboard's folder, whole or not at all; an earlier leaderboard there is replaced.

    Args:
        leaderboard: what to show.
        out: a folder that is not there, empty, or an earlier leaderboard's.

    Returns:
        The page with the boards.

    Raises:
        UserError: `out` cannot be used.
    """
    with written_aside(out, leaderboard_record(leaderboard), of=LEADERBOARD) as folder:
        for name in ("methods", "data"):
            (folder / name).mkdir()
        _write(folder / "index.html", render_index(leaderboard))
        for board in leaderboard.boards:
            _write(folder / "data" / f"{board.slug}.csv", board_csv(board))
            _write(folder / "data" / f"{board.slug}.json", _json(board_record(board)))
            for entry in board.entries:
                _write(folder / "methods" / f"{entry.slug}.html", render_method(leaderboard, board, entry))
                _write(folder / "methods" / f"{entry.slug}.json", _json(entry_record(board, entry)))
    return out / "index.html"


@lru_cache
def _template(name: str) -> "Template":
    return environment("dreambench.reports.leaderboard").get_template(name)


@lru_cache
def _frame() -> dict[str, Any]:
    """Styles, scripts and the policy that allows just these."""
    from markupsafe import Markup

    style, early, script = static_text(*_STYLES), script_of(*_HEAD_SCRIPT), script_of(*_SCRIPTS)
    return {
        "policy": policy([style], [early, script]),
        "style": Markup(style),
        "early": Markup(early),
        "script": Markup(script),
    }


def _choices(values: Any) -> Sequence[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
