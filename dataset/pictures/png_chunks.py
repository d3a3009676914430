"""PNG files without what is no picture in them: text, however long, is left out before the file is decoded.

Pillow refuses a file where a compressed profile or text is larger than 1 MB, since it would unpack any number of them. Here
the profile is unpacked up to a bound of our own, text only where it may say which way the picture was turned, and nothing else
at all, so that generators' workflows of many megabytes cost nothing. The format: https://www.w3.org/TR/png-3/
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
#: Of a profile or a text, unpacked. Printers' profiles, the largest there are, have a few megabytes.
MAX_UNPACKED: Final = 16_000_000
#: Small chunks that are no pixels and that a picture is read by.
_NEEDED: Final = frozenset({b"tRNS", b"eXIf"})
#: Texts that may hold the orientation, ImageMagick's and Adobe's.
_ORIENTING: Final = frozenset({b"Raw profile type exif", b"XML:com.adobe.xmp"})
#: Colour types: grey, and grey with transparency.
_GREY: Final = (0, 4)
_TEXTS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})


@dataclass(frozen=True)
class PngParts:
    """What a PNG file is read from.

    Attributes:
        file: the file itself, or what is left of it, at its start.
        profile: the colour profile, unpacked; None where there is none that can be.
        bits: of a sample.
        is_grey: whether it has grey alone, beside transparency.
    """

    file: BinaryIO
    profile: bytes | None
    bits: int
    is_grey: bool


def png_parts(file: BinaryIO) -> PngParts:
    """Take a PNG file apart. What is broken in it is left to the decoder, which says so.

    Args:
        file: at its start; it begins with the PNG signature.
    """
    kept: list[bytes | tuple[int, int]] = [(0, len(SIGNATURE))]
    profile: bytes | None = None
    bits, colours, budget, is_slimmer = 8, 0, MAX_UNPACKED, False
    for kind, start, length in _chunks(file):
        span = (start - 8, start + length + 4)
        if kind == b"IHDR":
            bits, colours = (_read(file, start, min(length, 13)) + bytes(13))[8:10]
        elif kind == b"iCCP":
            is_slimmer = True
            profile = _profile(_read(file, start, min(length, MAX_UNPACKED))) or profile
            continue
        elif kind in _TEXTS:
            is_slimmer = True
            text = _orienting_text(kind, _read(file, start, min(length, MAX_UNPACKED)), budget)
            if text is not None:
                budget -= len(text)
                kept.append(text)
            continue
        elif kind[:1].islower() and kind not in _NEEDED:
            is_slimmer = True
            continue
        before = kept[-1]
        if isinstance(before, tuple) and before[1] == span[0]:
            kept[-1] = (before[0], span[1])
        else:
            kept.append(span)
    if is_slimmer:
        pieces = (part if isinstance(part, bytes) else _read(file, part[0], part[1] - part[0]) for part in kept)
        file = io.BytesIO(b"".join(pieces))
    file.seek(0)
    return PngParts(file, profile, bits, is_grey=colours in _GREY)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start of the data and its length, up to the end of the picture or of the file."""
    at = len(SIGNATURE)
    kind = b""
    while kind != b"IEND":
        header = _read(file, at, 8)
        if len(header) < 8:
            return
        length, kind = struct.unpack(">I4s", header)
        yield kind, at + 8, length
        at += length + 12


def _read(file: BinaryIO, start: int, length: int) -> bytes:
    """What there is of it: a broken file may claim gigabytes, for which memory would be taken at once."""
    end = file.seek(0, io.SEEK_END)
    file.seek(start)
    return file.read(max(0, min(length, end - start)))


def _profile(data: bytes) -> bytes | None:
    """iCCP: a name, 0, the method 0, the packed profile."""
    _, _, rest = data.partition(b"\0")
    return _unpacked(rest[1:], MAX_UNPACKED) if rest[:1] == b"\0" else None


def _orienting_text(kind: bytes, data: bytes, budget: int) -> bytes | None:
    """A chunk with the same text, not packed; None for a text that says nothing of the orientation, or is too long."""
    key, _, rest = data.partition(b"\0")
    if key not in _ORIENTING:
        return None
    text: bytes | None = rest
    if kind == b"zTXt":
        kind, text = b"tEXt", _unpacked(rest[1:], budget)
    elif kind == b"iTXt":
        language, _, more = rest[2:].partition(b"\0")
        translated, _, body = more.partition(b"\0")
        unpacked = _unpacked(body, budget) if rest[:1] == b"\1" else body
        text = None if unpacked is None else b"\0\0" + language + b"\0" + translated + b"\0" + unpacked
    if text is None or len(text) > budget:
        return None
    whole = key + b"\0" + text
    return struct.pack(">I", len(whole)) + kind + whole + struct.pack(">I", zlib.crc32(kind + whole))


def _unpacked(packed: bytes, limit: int) -> bytes | None:
    """What is packed, or None where it is broken or larger than the limit: a small file can hold gigabytes."""
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(packed, max(1, limit))  # 0 would be no limit
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else data
