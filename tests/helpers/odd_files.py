"""PNG, TIFF and ICC files written by hand, byte for byte: what they hold is known without the library that reads them."""

import struct
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

#: sRGB's primaries, adapted to D50 as ICC profiles have them: columns R, G, B; rows X, Y, Z (ICC's sRGB profile).
SRGB_TO_XYZ = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
D50 = np.array([0.9642, 1.0, 0.8249])
#: An RGB profile's primaries: sRGB's with red and blue exchanged, so that every colour has a place in sRGB.
SWAPPED = SRGB_TO_XYZ[:, ::-1]
GAMMA = 1.8


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples: NDArray[np.int64], bits: int, colour_type: int, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """A PNG of samples [h, w, channels], 0 to 2^bits - 1."""
    height, width = samples.shape[:2]
    rows = samples.reshape(height, -1)
    if bits == 16:
        packed = rows.astype(">u2").view(np.uint8).reshape(height, -1)
    elif bits == 8:
        packed = rows.astype(np.uint8)
    else:
        digits = ((rows[:, :, None] >> np.arange(bits - 1, -1, -1)) & 1).reshape(height, -1).astype(np.uint8)
        packed = np.packbits(digits, axis=1)
    data = b"".join(b"\0" + row.tobytes() for row in packed)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", zlib.compress(data)) + after + chunk(b"IEND", b"")


def iccp(profile: bytes) -> bytes:
    """The PNG chunk of a profile."""
    return chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile))


def orientation_exif(orientation: int) -> bytes:
    """An EXIF block (a TIFF header and one entry) that says which way up."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


_TYPES = {"H": (3, 2), "I": (4, 4), "f": (11, 4), "i": (9, 4), "B": (7, 1)}


def tiff(
    samples: NDArray[np.generic],
    *,
    bits: int,
    photometric: int = 1,
    sample_format: int | None = None,
    order: str = "<",
    extra: Mapping[int, tuple[str, Sequence[float]]] | None = None,
    deflate: bool = False,
    planes: bool = False,
) -> bytes:
    """A TIFF in one strip, or in one for each plane.

    Args:
        samples: [h, w] or [h, w, channels], of the numbers' own type; 12 bits are packed.
        bits: of a sample.
        photometric: 0 white is zero, 1 black is zero, 2 RGB, 5 CMYK, 6 YCbCr, 8 Lab.
        sample_format: 1 unsigned, 2 signed, 3 floats; None leaves the tag out.
        order: "<" or ">".
        extra: tag -> ("H", values) and so on.
        deflate: whether the strips are packed, and so read by libtiff.
        planes: whether each channel lies by itself.
    """
    height, width = samples.shape[:2]
    channels = samples.shape[2] if samples.ndim == 3 else 1
    if bits == 12:
        digits = (samples.reshape(height, -1).astype(np.int64)[:, :, None] >> np.arange(11, -1, -1)) & 1
        strips = [np.packbits(digits.reshape(height, -1).astype(np.uint8), axis=1).tobytes()]
    else:
        ordered = samples.astype(samples.dtype.newbyteorder(order))
        strips = [ordered[..., channel].tobytes() for channel in range(channels)] if planes else [ordered.tobytes()]
    if deflate:
        strips = [zlib.compress(strip) for strip in strips]
    data = b"".join(strips)
    starts = [8 + sum(map(len, strips[:number])) for number in range(len(strips))]
    tags: dict[int, tuple[str, Sequence[float]]] = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [bits] * channels),
        259: ("H", [8 if deflate else 1]),
        262: ("H", [photometric]),
        273: ("I", starts),
        277: ("H", [channels]),
        278: ("I", [height]),
        279: ("I", [len(strip) for strip in strips]),
        284: ("H", [2 if planes else 1]),
    }
    if sample_format is not None:
        tags[339] = ("H", [sample_format] * channels)
    tags |= dict(extra or {})
    data += b"\0" * (len(data) % 2)
    start = 8 + len(data)
    entries, heap = b"", b""
    heap_start = start + 2 + 12 * len(tags) + 4
    for tag, (letter, values) in sorted(tags.items()):
        kind, _ = _TYPES[letter]
        value = struct.pack(f"{order}{len(values)}{letter}", *values)
        if len(value) > 4:
            place = struct.pack(f"{order}I", heap_start + len(heap))
            heap += value + b"\0" * (len(value) % 2)
        else:
            place = value.ljust(4, b"\0")
        entries += struct.pack(f"{order}HHI", tag, kind, len(values)) + place
    mark = b"II" if order == "<" else b"MM"
    header = mark + struct.pack(f"{order}HI", 42, start)
    return header + data + struct.pack(f"{order}H", len(tags)) + entries + b"\0\0\0\0" + heap


def rgb_profile() -> bytes:
    """An ICC profile of `SWAPPED` primaries and `GAMMA`."""
    tags = {name: _xyz(SWAPPED[:, column]) for column, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _icc(b"RGB ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve()))


def grey_profile() -> bytes:
    """An ICC profile of grey with `GAMMA`."""
    return _icc(b"GRAY", {b"kTRC": _curve()})


def cmyk_profile() -> bytes:
    """A printer's profile: inks darken L* by a fifth, black by two, without a hue (ICC.1:2001-04, 6.5.8, lut8Type)."""
    identity = bytes(range(256))
    matrix = b"".join(struct.pack(">i", 65536 if row == column else 0) for row in range(3) for column in range(3))
    inks = [[number >> shift & 1 for shift in (3, 2, 1, 0)] for number in range(16)]
    corners = b"".join(bytes([255 - 51 * (c + m + y) - 102 * k, 128, 128]) for c, m, y, k in inks)
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4 + corners + identity * 3
    return _icc(b"CMYK", {b"A2B0": table}, kind=b"prtr", between=b"Lab ")


def through_cmyk_profile(inks: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..255 [.., 3] in sRGB of four inks 0..1 in `cmyk_profile`."""
    light = 100 * (1 - inks @ np.array([0.2, 0.2, 0.2, 0.4]))
    return srgb_of_lab(np.stack([light, np.zeros_like(light), np.zeros_like(light)], axis=-1))


def srgb_of(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..255 of linear light 0..1: sRGB's curve (IEC 61966-2-1)."""
    light = np.clip(linear, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def through_rgb_profile(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..255 [.., 3] in sRGB of 0..1 in `rgb_profile`: to light, to XYZ, to sRGB's light, to sRGB's levels."""
    return srgb_of(levels**GAMMA @ SWAPPED.T @ np.linalg.inv(SRGB_TO_XYZ).T)


def through_grey_profile(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..255 [.., 3] in sRGB of 0..1 in `grey_profile`."""
    return np.repeat(srgb_of(levels**GAMMA)[..., None], 3, axis=-1)


def srgb_of_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """0..255 [.., 3] of CIE L*a*b* under D50 (CIE 15): L 0..100."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * D50
    return srgb_of(xyz @ np.linalg.inv(SRGB_TO_XYZ).T)


def _curve() -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(GAMMA * 256)) + bytes(2)


def _xyz(values: Sequence[float] | NDArray[np.float64]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def _icc(space: bytes, tags: Mapping[bytes, bytes], *, kind: bytes = b"mntr", between: bytes = b"XYZ ") -> bytes:
    """A profile of version 2.4, of a display or a printer, whose numbers lead to XYZ or L*a*b*."""
    whole = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        b"wtpt": _xyz(D50),
        **tags,
    }
    start = 128 + 4 + 12 * len(whole)
    table, body = struct.pack(">I", len(whole)), b""
    for name, data in whole.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(padded))
        body += padded
    size = start + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"    ", 0x02400000, kind, space, between)
    date = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
    rest = b"acsp" + bytes(28) + b"".join(struct.pack(">i", round(float(value) * 65536)) for value in D50)
    return (head + date + rest).ljust(128, b"\0") + table + body
