"""How pixels become the RGB that encoders see: readings, by the names that protocols give them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PIL import Image

from dreambench.dataset.pictures.bands import bands
from dreambench.dataset.pictures.colour import ToRgb, plain_rgb, to_rgb
from dreambench.dataset.pictures.depth import DEEP_MODES, full_range, require_known_range
from dreambench.dataset.pictures.upright import upright

#: How pictures are read:
#: "careful": turned as EXIF says, the colour profile converted to sRGB, transparency laid on white, more than 8 bits scaled by
#:     the range that the file states.
#: "convert_rgb": `Image.open(path).convert("RGB")`, which many codes call: not turned, the profile not looked at, the colour
#:     behind transparent pixels shown, more than 8 bits as Pillow cuts them. (Pillow itself turns a TIFF.)
#: "turned_on_white": turned as EXIF says, RGBA laid on white, else as "convert_rgb".
Reading = Literal["careful", "convert_rgb", "turned_on_white"]


@dataclass(frozen=True)
class Decoded:
    """A picture as its file has it.

    Attributes:
        image: decoded whole.
        profile: the file's ICC profile.
        bits: of a sample, where the file is a PNG or TIFF; 8 otherwise.
        is_grey: whether it is a PNG of grey alone: with 16 bits and transparency, Pillow makes it RGBA.
    """

    image: Image.Image
    profile: bytes | None
    bits: int = 8
    is_grey: bool = False


def as_rgb(decoded: Decoded, reading: Reading) -> Image.Image:
    """RGB of 8 bits, with nothing of the file's metadata left.

    Raises:
        UnreadablePixels: the pixels have no known range.
    """
    image = _READERS[reading](decoded)
    image.info = {}  # a profile that was applied, or must not be, would be applied by whoever saves the picture
    return image


def _careful(decoded: Decoded) -> Image.Image:
    image, transparent = decoded.image, _transparent_colour(decoded)
    require_known_range(image, decoded.bits)
    if transparent is not None:
        image.info["transparency"] = transparent
    has_transparency = image.has_transparency_data
    image = upright(image)
    hidden = image if image.mode in DEEP_MODES and has_transparency else None
    if image.mode in DEEP_MODES:
        image = full_range(image)
    colour_mode = "L" if image.mode == "RGBA" and decoded.is_grey else _COLOURS.get(image.mode, "RGB")
    convert = to_rgb(decoded.profile, colour_mode)
    if image.mode == "RGB" and convert is None and not has_transparency:
        return image
    result = image if image.mode == "RGB" else Image.new("RGB", image.size)
    for box in bands(image.size):
        part = image.crop(box)
        colours, alpha = _split(part, colour_mode) if has_transparency and hidden is None else (part, None)
        if hidden is not None:
            alpha = Image.fromarray(np.where(np.asarray(hidden.crop(box)) == transparent, 0, 255).astype(np.uint8))
        result.paste(_on_white(_rgb_of(colours, colour_mode, convert), alpha), box)
    return result


def _convert_rgb(decoded: Decoded) -> Image.Image:
    return decoded.image if decoded.image.mode == "RGB" else decoded.image.convert("RGB")


def _turned_on_white(decoded: Decoded) -> Image.Image:
    image = upright(decoded.image)
    if image.mode != "RGBA":
        return image if image.mode == "RGB" else image.convert("RGB")
    result = Image.new("RGB", image.size)
    for box in bands(image.size):
        part = image.crop(box)
        result.paste(_on_white(part.convert("RGB"), part.getchannel("A")), box)
    return result


_READERS: Final[Mapping[Reading, Callable[[Decoded], Image.Image]]] = {
    "careful": _careful,
    "convert_rgb": _convert_rgb,
    "turned_on_white": _turned_on_white,
}
#: The mode that holds a mode's colours without its transparency; RGB for all others.
_COLOURS: Final = {"1": "L", "L": "L", "LA": "L", "La": "L", "I;16": "I;16", "CMYK": "CMYK", "LAB": "LAB"}


def _transparent_colour(decoded: Decoded) -> int | tuple[int, ...] | bytes | None:
    """PNG's one transparent colour, which Pillow gives in the file's bits, in those of the pixels."""
    image, bits = decoded.image, decoded.bits
    value: int | tuple[int, ...] | bytes | None = image.info.get("transparency")
    if isinstance(value, int) and image.mode == "L" and bits < 8:
        return value * 255 // ((1 << bits) - 1)
    if isinstance(value, tuple) and bits == 16:
        return tuple(number >> 8 for number in value)
    return value


def _split(part: Image.Image, colour_mode: str) -> tuple[Image.Image, Image.Image]:
    """The colours, and how much each pixel covers: 0 to 255."""
    if part.mode in ("La", "RGBa"):  # colours times alpha
        part = part.convert({"La": "LA", "RGBa": "RGBA"}[part.mode])
    whole = part.convert("LA" if colour_mode == "L" else "RGBA")
    alpha = whole.getchannel("A")
    return (whole.getchannel("L") if colour_mode == "L" else whole.convert("RGB")), alpha


def _rgb_of(colours: Image.Image, colour_mode: str, convert: ToRgb | None) -> Image.Image:
    if convert is None:
        return plain_rgb(colours)
    return convert(colours if colours.mode == colour_mode else colours.convert(colour_mode))


def _on_white(colours: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if alpha is None:
        return colours
    covering = colours.copy()
    covering.putalpha(alpha)
    white = Image.new("RGBA", colours.size, (255, 255, 255, 255))
    white.alpha_composite(covering)
    return white.convert("RGB")
