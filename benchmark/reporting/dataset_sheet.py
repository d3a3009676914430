"""The contact sheet of a dataset: every reference image of every subject, to look at before anything is measured."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_bytes

if TYPE_CHECKING:
    from PIL import Image

    from dreambench.dataset.collection import Dataset

CELL: Final = 128
#: More subjects than this stand in two columns.
ONE_COLUMN: Final = 12
#: More references of one subject are not drawn.
MOST: Final = 12
_FORMATS: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}


def check_sheet_file(path: Path) -> None:
    """Refuse a file that no sheet can be written to, before any picture is read.

    Raises:
        UserError: it is neither PNG nor JPEG by its name, or a folder.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UserError(f"--sheet cannot be {path}; name a file that ends in .png or .jpg.")
    if path.is_dir():
        raise UserError(f"--sheet cannot be {path}, which is a folder; name a file.")


def write_dataset_sheet(dataset: "Dataset", path: Path) -> None:
    """Write the sheet as PNG or JPEG, whichever the file's name says.

    Raises:
        UserError: a reference image cannot be read.
    """
    check_sheet_file(path)
    buffer = io.BytesIO()
    dataset_sheet(dataset).save(buffer, format=_FORMATS[path.suffix.lower()], quality=90)
    atomic_write_bytes(path, buffer.getvalue())


def dataset_sheet(dataset: "Dataset") -> "Image.Image":
    """A row a subject, under its id and class noun; two columns of subjects where there are many."""
    from PIL import Image

    from dreambench.reports.contact_sheet import make_contact_sheet

    rows: list[list[Image.Image | None]] = []
    for subject in dataset.subjects:
        rows.append([_small(path) for path in dataset.reference_paths(subject)[:MOST]])
    widest = max(len(row) for row in rows)
    blank = Image.new("RGB", (1, 1), (255, 255, 255))
    rows = [row + [blank] * (widest - len(row)) for row in rows]
    labels = [f"{subject.id} ({subject.class_noun})" for subject in dataset.subjects]
    half = len(rows) if len(rows) <= ONE_COLUMN else (len(rows) + 1) // 2
    halves = [
        make_contact_sheet(rows[part], labels[part], captions=[[""] * widest] * len(rows[part]), references=0, cell=CELL)
        for part in (slice(0, half), slice(half, None))
        if rows[part]
    ]
    sheet = Image.new("RGB", (sum(column.width for column in halves), max(column.height for column in halves)), (255, 255, 255))
    left = 0
    for column in halves:
        sheet.paste(column, (left, 0))
        left += column.width
    return sheet


def _small(path: Path) -> "Image.Image":
    from dreambench.dataset.images import open_image

    image = open_image(path)
    image.thumbnail((2 * CELL, 2 * CELL))  # what waits for the sheet need not be a camera's picture
    return image
