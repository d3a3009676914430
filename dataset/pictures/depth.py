"""Pictures of more than 8 bits: grey is brought to the full 16 bits by the range that its file states; colours, of which Pillow
keeps the upper 8 bits, must use the whole range."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.dataset.pictures.bands import bands
from dreambench.dataset.pictures.unusable import UnreadablePixels

#: Pillow's modes of one channel with more than 8 bits.
DEEP_MODES: Final = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})
FULL: Final = 65_535
#: A picture that stays below this part of its range, and does not state it, was meant for another: 12 bits in 16, or 0 to 255
#: in floats or 32 bits. It would be all but black.
_DARK: Final = 0.25
_WHITE_IS_ZERO: Final = 0
_INTEGERS, _SIGNED, _FLOATS = 1, 2, 3
_BITS, _PHOTOMETRIC, _MAXIMUM, _FORMAT, _LOWEST, _HIGHEST = 258, 262, 281, 339, 340, 341


@dataclass(frozen=True)
class _Range:
    """The values that are black and white."""

    black: float
    white: float
    is_stated: bool
    is_unsigned: bool
    is_inverted: bool
    what: str


def full_range(image: Image.Image) -> Image.Image:
    """The same picture as 16-bit grey, 0 to 65,535, rounded.

    A TIFF's range is what its tags SMinSampleValue and SMaxSampleValue state, else 0 to the largest number of its bits, of
    floats 0 to 1. "White is zero" is turned round.

    Args:
        image: of one of `DEEP_MODES`.

    Raises:
        UnreadablePixels: it has values outside of its range, or that are no numbers, or so low ones that its range must be
            another, which the file does not state.
    """
    span = _range_of(image, 16 if image.mode.startswith("I;16") else 32)
    low, high = _extremes(image, span)
    if not np.isfinite([low, high]).all():
        raise UnreadablePixels("has pixels that are no numbers (NaN or infinity)")
    if low < span.black or high > span.white:
        within = f"{span.black:g} to {span.white:g}"
        stated = "it states" if span.is_stated else f"such {span.what} have"
        raise UnreadablePixels(f"has values from {low:g} to {high:g}, outside of the range that {stated}, {within}")
    if not span.is_stated and span.black < high < span.black + _DARK * (span.white - span.black):
        raise UnreadablePixels(
            f"has {span.what} up to {high:g}, and does not state which number is white (its kind's largest is {span.white:g})"
        )
    if image.mode == "I;16" and (span.black, span.white) == (0, FULL) and not span.is_inverted:
        return image
    result = Image.new("I;16", image.size)
    for box in bands(image.size):
        levels = (_values(image, box, span) - span.black) * (FULL / (span.white - span.black))
        if span.is_inverted:
            levels = FULL - levels
        result.paste(Image.fromarray(np.rint(levels).astype(np.uint16)), box)
    return result


def require_known_range(image: Image.Image, bits: int) -> None:
    """Refuse pictures whose numbers Pillow took for others: colours in the lower part of 16 bits, and signed numbers of 8.

    Args:
        image: decoded, of any mode; of `DEEP_MODES` nothing is asked here.
        bits: of a sample in the file.

    Raises:
        UnreadablePixels: its numbers mean other levels than they were decoded to.
    """
    tags: Any = getattr(image, "tag_v2", {})
    if image.mode in DEEP_MODES:
        return
    if bits <= 8:
        if _first(tags, _FORMAT, _INTEGERS) == _SIGNED:
            raise UnreadablePixels(f"has signed {bits:g}-bit numbers")
        return
    span = _range_of(image, bits)
    if (span.black, span.white) != (0, 2.0**bits - 1):
        whole = f"0 to {2.0**bits - 1:g}"
        raise UnreadablePixels(
            f"states colours from {span.black:g} to {span.white:g}, and {bits}-bit ones are read from {whole} only"
        )
    *colours, last = [high for _, high in _extrema(image)]
    has_alpha = image.mode in ("LA", "La", "RGBA", "RGBa", "RGBX")
    high = max(colours if has_alpha else [*colours, last])
    # black alone behind alpha of the whole range is a shape cut out in black
    if image.mode != "CMYK" and high < _DARK * 255 and not (has_alpha and high == 0 and last >= _DARK * 255):
        raise UnreadablePixels(
            f"has colours below {(high + 1) * 256} of {FULL}, and does not state which number is white (or is all but black)"
        )


def tiff_bits(image: Image.Image) -> int:
    """Of a sample in a TIFF; 8 for all others."""
    return int(_first(getattr(image, "tag_v2", {}), _BITS, 8))


def _extrema(image: Image.Image) -> list[tuple[int, int]]:
    """The lowest and the highest value of each channel."""
    found: Any = image.getextrema()
    return list(found) if isinstance(found[0], tuple) else [found]


def _values(image: Image.Image, box: tuple[int, int, int, int], span: _Range) -> NDArray[np.float64]:
    values = np.asarray(image.crop(box))
    if span.is_unsigned and values.dtype == np.int32:
        values = values.view(np.uint32)  # Pillow has no mode for these
    return values.astype(np.float64)


def _extremes(image: Image.Image, span: _Range) -> tuple[float, float]:
    """The lowest and the highest value; NaN if one is."""
    found = [(values.min(), values.max()) for values in (_values(image, box, span) for box in bands(image.size))]
    return float(np.min([low for low, _ in found])), float(np.max([high for _, high in found]))


def _range_of(image: Image.Image, bits: int) -> _Range:
    tags: Any = getattr(image, "tag_v2", {})
    is_float = image.mode == "F"
    bits = _first(tags, _BITS, bits)
    kind = int(_first(tags, _FORMAT, _FLOATS if is_float else _INTEGERS))
    if is_float:
        white, what = 1.0, "floats"
    elif kind == _SIGNED:
        white, what = 2.0 ** (bits - 1) - 1, f"signed {bits:g}-bit numbers"
    else:
        white, what = 2.0**bits - 1, f"{bits:g}-bit numbers"
    stated = _first(tags, _HIGHEST, None)
    if stated is None:
        depth = _first(tags, _MAXIMUM, None)  # it may tell what occurs, but where it is a depth's largest number
        stated = depth if depth is not None and not is_float and depth >= 255 and np.log2(depth + 1) % 1 == 0 else None
    black = float(_first(tags, _LOWEST, 0.0))
    is_usable = stated is not None and bool(np.isfinite([stated, black]).all()) and bool(stated > black)
    return _Range(
        black=black if is_usable else 0.0,
        white=float(stated) if is_usable else white,
        is_stated=is_usable,
        is_unsigned=bits == 32 and kind == _INTEGERS,
        is_inverted=_first(tags, _PHOTOMETRIC, 1) == _WHITE_IS_ZERO,
        what=what,
    )


def _first(tags: Any, tag: int, other: Any) -> Any:
    """A TIFF tag's number, the first of them where each channel has its own."""
    value = tags.get(tag, other)
    return value[0] if isinstance(value, tuple) and value else value
