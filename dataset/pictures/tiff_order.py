"""The byte order of packed TIFFs: libtiff gives numbers in the machine's own, Pillow takes some for the file's."""

from typing import Any, Final

#: Pillow's raw modes of big-endian files -> the same in the machine's order. Its own reader turns 16-bit grey round alone.
_NATIVE: Final = {"F;32BF": "F;32NF", "I;32BS": "I;32NS", "I;16BS": "I;16NS"}


def mend_byte_order(image: Any) -> None:
    """Let a picture that was opened and not yet decoded be decoded in the right order.

    Args:
        image: a picture from a file; others than packed big-endian TIFFs are left as they are.
    """
    for number, tile in enumerate(image.tile):
        codec, args = tile[0], tile[3]
        if codec == "libtiff" and args[0] in _NATIVE:
            image.tile[number] = tile._replace(args=(_NATIVE[args[0]], *args[1:]))
