"""Big pictures a few rows at a time, so that what is made on the way is small beside the picture itself."""

from collections.abc import Iterator
from typing import Final

#: 2 megapixels: 8 MB in most modes.
_PIXELS: Final = 2_000_000


def bands(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Boxes of whole rows that cover a picture of that size from top to bottom, as `Image.crop` takes them."""
    width, height = size
    rows = max(1, _PIXELS // max(1, width))
    for top in range(0, height, rows):
        yield 0, top, width, min(height, top + rows)
