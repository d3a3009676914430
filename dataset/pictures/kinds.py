"""The kinds of picture files, by their endings and by their first bytes; and those that are read."""

from typing import Final

#: Pillow's names of the formats that are read. Every wheel of Pillow has them, and they give the same pixels everywhere.
#: AVIF is in some wheels alone; a GIF has 256 colours and often many frames: both are named where they lie, and not read.
FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")
#: .mpo is what cameras and phones write for two pictures in one JPEG: the first is read, as every viewer does.
IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".webp", ".bmp", ".tif", ".tiff"})
#: Endings of pictures that are not read.
OTHER_SUFFIXES: Final = frozenset(
    [
        ".gif",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
        ".avifs",
        ".jxl",
        ".jp2",
        ".j2k",
        ".jpf",
        ".jpx",
        ".psd",
        ".psb",
        ".svg",
        ".eps",
        ".ai",
        ".exr",
        ".hdr",
        ".ico",
        ".icns",
        ".tga",
        ".pcx",
        ".ppm",
        ".pgm",
        ".pbm",
        ".pnm",
        ".pam",
        ".qoi",
        ".dds",
        ".xcf",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".orf",
        ".rw2",
        ".raf",
        ".pef",
        ".srw",
        ".raw",
    ]
)
#: How many first bytes `kind_of` wants.
HEAD: Final = 32
_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF8", "GIF"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"qoif", "QOI"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
)
_BRANDS: Final = {b"avif": "AVIF", b"avis": "AVIF"} | dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "HEIC")
_READ: Final = frozenset({"PNG", "JPEG", "WebP", "BMP", "TIFF"})


def kind_of(head: bytes) -> str | None:
    """What picture the first 32 bytes of a file begin, as people call it: "JPEG"; None for what begins no picture."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and len(head) >= 26:  # after the size, two reserved fields
        return "BMP"
    return _BRANDS.get(head[8:12]) if head[4:8] == b"ftyp" else None


def is_read(kind: str) -> bool:
    """Whether pictures of a kind that `kind_of` names are read."""
    return kind in _READ
