"""JPEG files without segments that are cut so short that Pillow takes the file for no picture."""

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

SIGNATURE: Final = b"\xff\xd8\xff"
#: Marker -> how a segment's data begin, and the bytes that Pillow reads of it without asking whether they are there.
_READ_BLINDLY: Final = {
    0xE0: (b"JFIF", 7),
    0xE2: (b"ICC_PROFILE\0", 14),
    0xEE: (b"Adobe", 7),
}
_SCAN: Final = 0xDA


def without_cut_segments(file: BinaryIO) -> BinaryIO | None:
    """The same file without its cut segments; None where it has none, or is no JPEG.

    What they would have said is lost: the version of the format, a part of a colour profile, how colours are coded. Every
    viewer reads such a file.
    """
    file.seek(0)
    data = file.read()
    if not data.startswith(SIGNATURE):
        return None
    kept, at = [], 0
    for start, end in _cut(data):
        kept.append(data[at:start])
        at = end
    return io.BytesIO(b"".join([*kept, data[at:]])) if kept else None


def _cut(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the cut segments before the pixels begin and end."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN:
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        begins, needed = _READ_BLINDLY.get(data[at + 1], (b"", 0))
        if length - 2 < needed and data.startswith(begins, at + 4, end):
            yield at, end
        at = end
