"""The folder that pages are written to: free, or an earlier one of their kind; made aside, then renamed into place."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.errors import UserError
from dreambench.dataset.files import make_folder, sync_folder, sync_tree
from dreambench.dataset.leftovers import aside_name, clear_leftovers_of
from dreambench.dataset.os_errors import in_words, writing
from dreambench.dataset.reading import NotRead, read_json

#: Says that a folder is a report, which may be replaced by another one.
MARKER: Final = "report.json"
KIND: Final = "dreambench report"


@dataclass(frozen=True)
class FolderKind:
    """What a folder of pages is known by.

    Attributes:
        noun: what messages call it.
        marker: the file in it that says that it may be replaced by another one.
        kind: what the marker's "kind" is.
        entries: all that may lie in it.
    """

    noun: str
    marker: str
    kind: str
    entries: frozenset[str]


REPORT: Final = FolderKind("report", MARKER, KIND, frozenset({MARKER, "index.html", "images"}))


def check_target_folder(out: Path, *, of: FolderKind = REPORT) -> None:
    """Refuse a folder that pages must not be written to. Touches nothing.

    Raises:
        UserError: it is a file, belongs to a run, holds other things than an earlier one of its kind, or cannot be written.
    """
    with writing(out):
        _check(out.resolve(), of)


def _check(out: Path, of: FolderKind) -> None:
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; name a folder.")
    for folder in (out, *out.parents):
        if (folder / "run.json").is_file():
            where = "is" if folder == out else "lies in"
            raise UserError(f"--out {out} {where} a run's folder, which is never rewritten; choose another folder.")
    if out.is_dir():
        others = sorted(path.name for path in out.iterdir() if path.name not in of.entries)
        there = any(out.iterdir())
        if others or (there and not _is_marked(out, of)):
            raise UserError(
                f"--out {out} holds {f'{others[0]!r}, which is' if others else 'files that are'} not of a {of.noun}; "
                "choose an empty folder or a new one."
            )
    above = next(folder for folder in out.parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UserError(f"--out {out} cannot be written; choose another folder.")


@contextmanager
def written_aside(out: Path, about: dict[str, Any], *, of: FolderKind = REPORT) -> Iterator[Path]:
    """A new folder beside `out` to write pages into; renamed to `out` at the end, removed if anything fails.

    Args:
        out: as `check_target_folder` allows it, which is asked again; an earlier one of its kind there is replaced.
        about: JSON values for the marker.
        of: what is written.
    """
    out = out.resolve()
    check_target_folder(out, of=of)
    make_folder(out.parent)
    clear_leftovers_of(out)
    aside = out.with_name(aside_name(out.name))
    with writing(out):
        aside.mkdir()
    try:
        yield aside
        marker = json.dumps({"kind": of.kind, **about}, indent=2, allow_nan=False)
        (aside / of.marker).write_text(f"{marker}\n", encoding="utf-8")
        sync_tree(aside)
        _put(aside, out, of)
        sync_folder(out.parent)
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if isinstance(error, OSError):
            name = error.filename  # of something else that the block read, unless it lies in what is written
            raise in_words(error, path=name if name and aside.name not in str(name) else out, verb="written") from error
        raise


def _put(aside: Path, out: Path, of: FolderKind) -> None:
    check_target_folder(out, of=of)
    if not out.exists():
        aside.rename(out)
        return
    old = out.with_name(aside_name(out.name, ending="old"))
    out.rename(old)
    try:
        aside.rename(out)
    except OSError:
        old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _is_marked(folder: Path, of: FolderKind) -> bool:
    try:
        record = read_json(folder / of.marker, mend="choose another folder.")
    except NotRead:
        return False
    return isinstance(record, dict) and record.get("kind") == of.kind
