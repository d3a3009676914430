"""Whole pixels beside metadata that are too long, cut, or of another type than they should be."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Final

import numpy as np
from odd_files import chunk, png, tiff
from odd_pictures import LOSSY, OddPicture, gradient
from PIL import Image

#: Markers of a JPEG's segments, and how those that Pillow reads begin.
_SEGMENTS: Final = (
    (0xE0, b"JFIF\0"),
    (0xE1, b"Exif\0\0"),
    (0xE2, b"ICC_PROFILE\0"),
    (0xE2, b"MPF\0"),
    (0xED, b"Photoshop 3.0\0"),
    (0xEE, b"Adobe"),
)


def odd_metadata() -> Iterator[OddPicture]:
    """All of them. Each means its pixels."""
    samples = np.rint(gradient(3) * 255).astype(np.uint8)
    means = samples.astype(float)
    text = zlib.compress(b'{"node": 1}' * 200_000)
    for word, before, after in (
        ("profile", chunk(b"iCCP", b"big\0\0" + zlib.compress(bytes(1_400_000))), b""),
        ("ztxt", chunk(b"zTXt", b"workflow\0\0" + text), b""),
        ("itxt_after", b"", chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + text)),
        ("bomb", chunk(b"iCCP", b"big\0\0" + zlib.compress(bytes(100_000_000))), b""),
    ):
        data = png(samples.astype(np.int64), 8, 2, before=before, after=after)
        yield OddPicture(f"png_big_metadata_{word}.png", data, means, 0.0)
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "JPEG", quality=100, subsampling=0)
    start, rest = file.getvalue()[:2], file.getvalue()[2:]
    for marker, begins in _SEGMENTS:
        word = begins.decode().strip("\0").split()[0].lower()
        for length in (0, 4, len(begins), len(begins) + 1, len(begins) + 3):
            segment = struct.pack(">BBH", 0xFF, marker, length + 2) + begins[:length].ljust(length, b"\1")
            yield OddPicture(f"jpeg_cut_{word}_{length}.jpg", start + segment + rest, means, LOSSY)
    for letter in ("H", "I", "f"):  # XMP, that is to be bytes
        data = tiff(samples, bits=8, photometric=2, extra={700: (letter, [7, 7])})
        yield OddPicture(f"tiff_xmp_of_{letter}.tif", data, means, 0.0)
