"""From a colour profile to sRGB: a profile that does not fit the picture is left alone, as every viewer does."""

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from PIL import Image, ImageCms

from dreambench.dataset.pictures.depth import FULL

#: The colours of a part of a picture as 8-bit sRGB.
ToRgb = Callable[[Image.Image], Image.Image]
#: What an ICC profile says that its numbers are, by Pillow's mode.
_SPACES: Final = {"RGB": "RGB", "L": "GRAY", "I;16": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}
_MAX_BYTES: Final = 64_000_000


def to_rgb(profile: bytes | None, mode: str) -> ToRgb | None:
    """What turns pictures of a mode into sRGB by a profile; None where there is no profile or not one for that mode.

    Args:
        profile: an ICC profile as it stands in the file, whole or not.
        mode: "RGB", "L", "I;16" (grey from 0 to 65,535), "CMYK" or "LAB".
    """
    if not isinstance(profile, bytes) or not 128 <= len(profile) <= _MAX_BYTES:
        return None
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if str(opened.profile.xcolor_space).strip() != _SPACES[mode]:
            return None
        transform = ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None
    return transform.apply


def plain_rgb(image: Image.Image) -> Image.Image:
    """The colours as they are, taken for sRGB; grey of 16 bits rounded to 8."""
    if image.mode == "I;16":
        levels = np.asarray(image).astype(np.uint32)
        image = Image.fromarray(((levels * 255 + FULL // 2) // FULL).astype(np.uint8))
    return image.convert("RGB")
