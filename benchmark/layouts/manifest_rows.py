"""The rows of a manifest from anyone, CSV or JSON lines: bounded, in any Unicode, each mistake named with its line."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import NotRead, parse_json, read_text

#: A row for each of the most images that a submission may have, 500 characters each.
MAX_ROWS: Final = 200_000
MAX_BYTES: Final = 100_000_000
_MAX_COLUMNS: Final = 200
_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True)
class Row:
    """A row: its values by column, in lower case, and where it stands."""

    values: Mapping[str, Any]
    where: str


def read_rows(path: Path) -> list[Row]:
    """All rows, one or more.

    Raises:
        UserError: the file is missing, too large, or neither CSV nor JSON lines.
    """
    name, text = printable(str(path)), _text(path)
    first = text.lstrip()[:1]
    if first == "[":
        raise UserError(f"{name} is a JSON list; write one object a line instead, as JSON lines.")
    rows: list[Row] = []
    for row in _json_lines(text, name) if first == "{" else _csv_rows(text, name):
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise UserError(f"{name} has more than {MAX_ROWS:,} rows; score the images in parts.")
    if not rows:
        raise UserError(f"{name} lists no image; give a row for each, with path, subject, prompt and index.")
    return rows


def _text(path: Path) -> str:
    name = printable(str(path))
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
        raise UserError(f"--manifest {name} {what}; give a CSV file or JSON lines.")
    return read_text(path, mend="save it as UTF-8, and list many images in parts.", max_bytes=MAX_BYTES)


def _json_lines(text: str, name: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        where = f"line {number} of {name}"
        try:
            values = parse_json(line)
        except NotRead as error:
            raise error.about(where, "write one object a line.") from error.__cause__
        if not isinstance(values, dict):
            raise UserError(f"{where} is no JSON object; write one object a line.")
        yield Row(_lower(values, where), where)


def _csv_rows(text: str, name: str) -> Iterator[Row]:
    head = text.lstrip("\r\n").splitlines()[0] if text.strip() else ""
    delimiter = max(_DELIMITERS, key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for cells in lines:
            where = f"line {lines.line_num} of {name}"
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                _lower(dict.fromkeys(header), where)
                if len(set(header)) < len(header) or len(header) > _MAX_COLUMNS:
                    raise UserError(f"{where}, the header, names a column twice or more than {_MAX_COLUMNS}; mend it.")
                continue
            if len(cells) > len(header):
                raise UserError(
                    f"{where} has {len(cells)} values, but the header {len(header)} columns; put quotes around values with "
                    f"'{delimiter}' in them."
                )
            yield Row(_lower(dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True)), where), where)
    except csv.Error as error:
        raise UserError(f"line {lines.line_num} of {name} is not CSV ({error}); mend it.") from error


def _lower(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    lowered = {str(key).strip().casefold(): value for key, value in values.items()}
    if len(lowered) < len(values):
        raise UserError(f"{where} names a column twice; keep one of them.")
    return lowered
