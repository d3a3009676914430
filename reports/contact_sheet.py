"""Contact sheets: a row a subject, its reference images at the left, generated images beside them under their prompts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

_INK: Final = (32, 32, 32)
_QUIET: Final = (110, 110, 110)
_PAPER: Final = (255, 255, 255)
_MISSING: Final = (235, 235, 235)
_TEXT_SIZE: Final = 13
_LINE: Final = 16
_GAP: Final = 4
_REFERENCE_GAP: Final = 18
_MARGIN: Final = 12
_CAPTION_LINES: Final = 3


@dataclass(frozen=True)
class _Geometry:
    cell: int
    label_width: int
    references: int
    columns: int

    def left(self, column: int) -> int:
        """The left edge of a column; references stand apart from what was generated."""
        apart = _REFERENCE_GAP if column >= self.references > 0 else 0
        return _MARGIN + self.label_width + column * (self.cell + _GAP) + apart

    @property
    def width(self) -> int:
        return self.left(self.columns - 1) + self.cell + _MARGIN


def make_contact_sheet(
    rows: Sequence[Sequence[Image.Image | None]],
    labels: Sequence[str],
    *,
    captions: Sequence[Sequence[str]],
    references: int,
    cell: int = 128,
) -> Image.Image:
    """Draw pictures in rows.

    Args:
        rows: pictures of each row, references first; None leaves a grey cell. All rows have equal lengths.
        labels: one a row, at its left.
        captions: one a picture for each row; drawn above the first row and wherever they differ from the row before,
            since objects and live subjects have different prompts.
        references: how many of each row's pictures are references.
        cell: side of a cell in pixels. Pictures that fit in a whole number of times are enlarged without blur
            (64 pixels become 128), all others are resampled to fit.

    Returns:
        An RGB picture.

    Raises:
        ValueError: there are no rows, or their lengths, the labels and the captions do not match.
    """
    if not rows or not rows[0] or len({len(row) for row in rows}) != 1:
        raise ValueError("a contact sheet needs rows of equal, positive lengths")
    if len(labels) != len(rows) or [len(row) for row in captions] != [len(row) for row in rows]:
        raise ValueError("a contact sheet needs one label a row and one caption a picture")
    font = ImageFont.load_default(_TEXT_SIZE)
    label_width = int(max(font.getlength(label) for label in labels)) + 2 * _GAP
    geometry = _Geometry(cell, label_width, references, len(rows[0]))
    headed = [index == 0 or list(captions[index]) != list(captions[index - 1]) for index in range(len(rows))]
    wrapped = [[_wrap(text, font, cell) for text in row] for row in captions]
    header_heights = [
        max(len(lines) for lines in wrapped[index]) * _LINE + 2 * _GAP if headed[index] else 0 for index in range(len(rows))
    ]
    height = 2 * _MARGIN + sum(header_heights) + len(rows) * (cell + _GAP)
    sheet = Image.new("RGB", (geometry.width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    top = _MARGIN
    for index, row in enumerate(rows):
        if headed[index]:
            _draw_captions(draw, wrapped[index], geometry, bottom=top + header_heights[index] - _GAP, font=font)
            top += header_heights[index]
        draw.text((_MARGIN, top + cell // 2), labels[index], fill=_INK, font=font, anchor="lm")
        for column, picture in enumerate(row):
            left = geometry.left(column)
            if picture is None:
                draw.rectangle((left, top, left + cell - 1, top + cell - 1), fill=_MISSING)
            else:
                fitted = _fit(picture, cell)
                sheet.paste(fitted, (left + (cell - fitted.width) // 2, top + (cell - fitted.height) // 2))
        top += cell + _GAP
    return sheet


def _draw_captions(
    draw: ImageDraw.ImageDraw,
    captions: Sequence[Sequence[str]],
    geometry: _Geometry,
    *,
    bottom: int,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    for column, lines in enumerate(captions):
        for index, line in enumerate(reversed(lines)):
            ink = _QUIET if column < geometry.references else _INK
            draw.text(
                (geometry.left(column) + geometry.cell // 2, bottom - index * _LINE), line, fill=ink, font=font, anchor="md"
            )


def _fit(picture: Image.Image, cell: int) -> Image.Image:
    picture = picture.convert("RGB")
    times, rest = divmod(cell, max(picture.size))
    if times >= 1 and rest == 0:
        return picture.resize((picture.width * times, picture.height * times), Image.Resampling.NEAREST)
    scale = cell / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Break a caption into at most three lines of a width in pixels; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _CAPTION_LINES:
        lines = [*lines[: _CAPTION_LINES - 1], f"{lines[_CAPTION_LINES - 1]} …"]
    return lines
