"""Pictures as a questionnaire embeds them: decoded with bounds, all encoded anew in one way, so that files tell nothing."""

import io
from pathlib import Path
from typing import Final

from PIL import Image

from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.images import open_image
from dreambench.reports.page.document import data_uri

#: Longest side of a picture that is compared, and of a reference image beside it, in pixels.
COMPARED: Final = 512
REFERENCE: Final = 320
#: Pictures up to this side are kept without loss.
_SMALL: Final = 160


class Pictures:
    """The pictures of all questionnaires; each file is read once for each size."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int], str] = {}

    def address(self, path: Path, *, side: int) -> str:
        """A data: address of the picture, its longest side at most `side`.

        Raises:
            UserError: the file is no picture.
        """
        if (path, side) not in self._known:
            self._known[path, side] = _encoded(open_image(path), side)
        return self._known[path, side]


def in_neutral_order(addresses: set[str]) -> list[str]:
    """Pictures in the order of their hashes, which says nothing of where they come from."""
    return sorted(addresses, key=lambda address: sha256_bytes(address.encode()))


def _encoded(image: Image.Image, side: int) -> str:
    buffer = io.BytesIO()
    if max(image.size) <= _SMALL:
        image.save(buffer, format="WEBP", lossless=True, quality=50, method=0, exif=b"", icc_profile=b"")
        return data_uri(buffer.getvalue(), "image/webp")
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    small.save(buffer, format="JPEG", quality=90, subsampling=0, exif=b"", icc_profile=b"")
    return data_uri(buffer.getvalue(), "image/jpeg")
