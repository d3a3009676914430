"""Contact sheets: every picture is there, in its place, and 64-pixel pictures stay crisp."""

import numpy as np
import pytest
from PIL import Image

from dreambench.reports.contact_sheet import make_contact_sheet


def picture(seed: int, size: tuple[int, int] = (64, 64)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def places_of(sheet: Image.Image, wanted: Image.Image) -> list[tuple[int, int]]:
    """Where a picture stands in a sheet, pixel for pixel."""
    pixels, small = np.asarray(sheet).astype(int), np.asarray(wanted).astype(int)
    height, width = small.shape[:2]
    corners = np.argwhere((pixels[: -height + 1, : -width + 1] == small[0, 0]).all(axis=2))
    return [(x, y) for y, x in corners if (pixels[y : y + height, x : x + width] == small).all()]


def test_64_pixels_become_128_without_blur_and_rows_and_columns_line_up() -> None:
    rows = [[picture(10 * row + column) for column in range(3)] for row in range(2)]
    sheet = make_contact_sheet(rows, ["dog", "can"], captions=[["", "in snow", "on a beach"]] * 2, references=1)
    at = {}
    for r, row in enumerate(rows):
        for c, each in enumerate(row):
            (at[r, c],) = places_of(sheet, each.resize((128, 128), Image.Resampling.NEAREST))
    assert all(at[0, c][0] == at[1, c][0] for c in range(3))
    assert all(at[r, 0][1] == at[r, 2][1] for r in range(2))
    assert at[0, 0][0] < at[0, 1][0] < at[0, 2][0]
    assert at[0, 1][0] - at[0, 0][0] > at[0, 2][0] - at[0, 1][0]  # references stand apart


def test_captions_are_drawn_again_only_where_they_change() -> None:
    rows = [[picture(0)], [picture(1)]]
    same = make_contact_sheet(rows, ["a", "b"], captions=[["x"], ["x"]], references=0)
    other = make_contact_sheet(rows, ["a", "b"], captions=[["x"], ["y"]], references=0)
    assert other.height > same.height


def test_photos_of_any_shape_are_fitted() -> None:
    sheet = make_contact_sheet(
        [[picture(0, (300, 200)), None]], ["a"], captions=[["", "a very long caption " * 9]], references=1
    )
    assert sheet.mode == "RGB"
    assert sheet.width < 400


@pytest.mark.parametrize(
    ("rows", "labels", "captions"),
    [
        ([], [], []),
        ([[]], ["a"], [[]]),
        ([[None], [None, None]], ["a", "b"], [[""], ["", ""]]),
        ([[None]], [], [[""]]),
        ([[None]], ["a"], [[]]),
    ],
)
def test_what_does_not_match_is_refused(rows: list[list[None]], labels: list[str], captions: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="contact sheet"):
        make_contact_sheet(rows, labels, captions=captions, references=0)
