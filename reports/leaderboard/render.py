"""From records to the leaderboard's files.

index.html, a page a method in methods/, tables to download in data/, plots in plots/, small pictures in thumbnails/; for a
Space, README.md.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.reports.leaderboard.boards import BoardPage, Entry, Leaderboard
from dreambench.reports.leaderboard.downloads import board_csv, board_record, entry_record, leaderboard_record
from dreambench.reports.leaderboard.space import README, space_readme
from dreambench.reports.leaderboard.tables import BoardTable, board_table, part_rows, published_rows, spread_rows, subject_rows
from dreambench.reports.page.document import environment, policy, script_of, static_text
from dreambench.reports.page.target_folder import FolderKind, written_aside
from dreambench.reports.published import PUBLISHED_COLUMNS

if TYPE_CHECKING:
    from jinja2 import Template

LEADERBOARD: Final = FolderKind(
    "leaderboard",
    "leaderboard.json",
    "dreambench leaderboard",
    frozenset({"leaderboard.json", "index.html", "methods", "data", "plots", "thumbnails"}),
)
_STATIC: Final = Path(__file__).parent / "static"
_STYLES: Final = ("base.css", "plots.css", _STATIC / "leaderboard.css")
_HEAD_SCRIPT: Final = ("theme.js",)
_SCRIPTS: Final[tuple[str | Path, ...]] = (
    "elements.js",
    "table.js",
    *(_STATIC / name for name in ("ranks.js", "filters.js", "view.js")),
)


def render_index(leaderboard: Leaderboard) -> str:
    """The HTML of the page with the boards."""
    entries = leaderboard.entries
    tables = [board_table(board) for board in leaderboard.boards]
    return _template("index.html.j2").render(
        **_frame(),
        leaderboard=leaderboard,
        tables=tables,
        published=published_rows([row for row in leaderboard.published if not row.differs]),
        published_apart=published_rows([row for row in leaderboard.published if row.differs]),
        published_spread=spread_rows(leaderboard.published),
        published_columns=PUBLISHED_COLUMNS,
        n_entries=len(entries),
        filters={
            "method": ("Method", _choices(entry.method for entry in entries)),
            "suite": ("Suite", _choices(entry.suite for entry in entries)),
            "base_model": ("Base model", _choices(entry.base_model for entry in entries)),
            "training": ("Training", _choices(entry.training for entry in entries)),
        },
        has_days=any(entry.day for entry in entries),
        has_links=any(entry.url for entry in entries),
        column_names=_column_names(tables),
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


def write_leaderboard(leaderboard: Leaderboard, out: Path, *, of: FolderKind = LEADERBOARD) -> Path:
    """Write a leaderboard's folder, whole or not at all; an earlier leaderboard there is replaced.

    Args:
        leaderboard: what to show.
        out: a folder that is not there, empty, or an earlier leaderboard's.
        of: what is written; a kind with a README.md makes the folder a Space.

    Returns:
        The page with the boards.

    Raises:
        UserError: `out` cannot be used.
    """
    with written_aside(out, leaderboard_record(leaderboard), of=of) as folder:
        for name in ("methods", "data", "plots", "thumbnails"):
            (folder / name).mkdir()
        _write(folder / "index.html", render_index(leaderboard))
        if README in of.entries:
            (folder / README).write_bytes(space_readme(leaderboard, out))
        for board in leaderboard.boards:
            _write(folder / "data" / f"{board.slug}.csv", board_csv(board))
            _write(folder / "data" / f"{board.slug}.json", _json(board_record(board)))
            if board.plot is not None:
                for theme, picture in (("light", board.plot.light), ("dark", board.plot.dark)):
                    (folder / "plots" / f"{board.slug}-{theme}.svg").write_bytes(picture)
            for entry in board.all_entries:
                _write(folder / "methods" / f"{entry.slug}.html", render_method(leaderboard, board, entry))
                _write(folder / "methods" / f"{entry.slug}.json", _json(entry_record(board, entry)))
                for number, thumbnail in enumerate(entry.thumbnails):
                    (folder / "thumbnails" / f"{entry.slug}-{number}.webp").write_bytes(thumbnail.webp)
        for name in ("plots", "thumbnails"):
            if not any((folder / name).iterdir()):
                (folder / name).rmdir()
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


def _column_names(tables: Sequence[BoardTable]) -> dict[str, str]:
    """Key -> label of every column that a board has; a label that several boards use for other metrics stands for all."""
    about = {cell.key: cell.label for table in tables for cell in table.about}
    return about | {column.key: column.label for table in tables for column in table.board.columns}


def _choices(values: Iterable[str]) -> Sequence[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
