"""What Pillow's reader of TIFFs takes wrongly, put right between opening and decoding."""

from typing import Any, Final

from dreambench.dataset.pictures.unusable import UnreadablePixels

_BITS, _PLANES = 258, 284
_SEPARATE: Final = 2
#: Pillow's raw modes of big-endian files -> the same in the machine's order. libtiff gives numbers in the machine's own, and
#: Pillow's own reader turns 16-bit grey round alone.
_NATIVE: Final = {"F;32BF": "F;32NF", "I;32BS": "I;32NS", "I;16BS": "I;16NS"}


def mend_tiff(image: Any) -> None:
    """Let a TIFF that was opened and not yet decoded be decoded rightly: packed big-endian numbers, and planes of 16 bits.

    Args:
        image: a picture from a file; others than TIFFs are left as they are.

    Raises:
        UnreadablePixels: its channels lie in planes that Pillow would read as other colours.
    """
    tags = getattr(image, "tag_v2", None)
    if tags is None:
        return
    if not isinstance(image.info.get("xmp", b""), bytes):  # the orientation is looked for in it, as in bytes
        del image.info["xmp"]
    bits = tags.get(_BITS, (1,))[0]
    are_planes = tags.get(_PLANES) == _SEPARATE and len(image.getbands()) > 1
    if are_planes and image.mode == "LAB":  # the signs of a* and b* would be lost
        raise UnreadablePixels("has L*a*b* colours in planes of their own")
    for number, tile in enumerate(image.tile):
        codec, args = tile[0], tile[3]
        if codec == "libtiff" and args[0] in _NATIVE:
            image.tile[number] = tile._replace(args=(_NATIVE[args[0]], *args[1:]))
        elif codec == "raw" and are_planes and bits > 8:  # Pillow would take each half of a number for a pixel
            order = "B" if tags.prefix == b"MM" else "L"
            image.tile[number] = tile._replace(args=(f"{args[0]};{bits}{order}", *args[1:]))
