"""Reading pictures that strangers made: any size, mode and profile in, RGB out. The door to `dreambench.dataset.pictures`."""

from PIL import Image, ImageOps

from dreambench.dataset.pictures.files import LeftOut, is_litter, left_out, list_images
from dreambench.dataset.pictures.kinds import IMAGE_SUFFIXES, OTHER_SUFFIXES
from dreambench.dataset.pictures.opening import open_image, require_file
from dreambench.dataset.pictures.reading import Reading
from dreambench.dataset.pictures.unusable import UnusableImage

__all__ = [
    "IMAGE_SUFFIXES",
    "OTHER_SUFFIXES",
    "LeftOut",
    "Reading",
    "UnusableImage",
    "is_litter",
    "left_out",
    "list_images",
    "open_image",
    "require_file",
    "square",
]


def square(image: Image.Image, size: int) -> Image.Image:
    """Resize the short side to `size` with antialiased bicubic interpolation and crop the centre: `size` x `size` RGB."""
    if image.size == (size, size):
        return image
    return ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)
