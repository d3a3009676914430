"""Reading pictures that strangers made: any size, mode and profile in, RGB out; bombs, links and broken files refused."""

import io
import stat
import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from dreambench.dataset.errors import UserError

IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})
#: 100 megapixels: above any camera's photo, far below what a decompression bomb wants.
MAX_PIXELS: Final = 100_000_000
MAX_BYTES: Final = 200_000_000
#: Long side by short side. Scaling the short side of a 1 x 50,000 strip to 256 pixels would take gigabytes.
MAX_ASPECT: Final = 50
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "TIFF")


class UnusableImage(UserError):
    """A file that no picture can be read from.

    Attributes:
        path: the file.
        trouble: what is wrong, as the rest of a sentence about it: "does not exist".
    """

    def __init__(self, path: Path, trouble: str, mend: str) -> None:
        """`mend` says what to do about it, and ends the sentence."""
        super().__init__(f"{path} {trouble}; {mend}.")
        self.path, self.trouble, self.mend = path, trouble, mend

    def __reduce__(self) -> tuple[type["UnusableImage"], tuple[Path, str, str]]:
        return UnusableImage, (self.path, self.trouble, self.mend)


def list_images(folder: Path) -> list[Path]:
    """The image files directly in a folder, sorted by name. Hidden files and other types are passed over."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def require_file(path: Path) -> None:
    """Refuse what no picture can be read from, before it is opened: a pipe would be waited for without end.

    Raises:
        UnusableImage: there is no such file, it is no regular file, or too large; the message names it.
    """
    try:
        info = path.stat()
    except OSError as error:
        raise UnusableImage(path, "does not exist", "check the path") from error
    if not stat.S_ISREG(info.st_mode):
        what = "a folder" if stat.S_ISDIR(info.st_mode) else "a pipe or a device"
        raise UnusableImage(path, f"is {what}, not a picture", "replace or remove it")
    if info.st_size > MAX_BYTES:
        raise UnusableImage(path, f"is larger than {MAX_BYTES // 1_000_000} MB", "scale the picture down and try again")


def open_image(path: Path) -> Image.Image:
    """Read a picture as 8-bit sRGB: EXIF rotation applied, colour profile converted, transparency laid on white.

    Raises:
        UnusableImage: the file is missing, too large, not a picture, or broken; the message names it.
    """
    require_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own bound is checked below
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise UnusableImage(
                        path,
                        f"has {image.width} x {image.height} pixels, more than {MAX_PIXELS // 1_000_000} million",
                        "scale the picture down and try again",
                    )
                if max(image.size) > MAX_ASPECT * min(image.size):
                    raise UnusableImage(
                        path,
                        f"has {image.width} x {image.height} pixels, a strip more than {MAX_ASPECT} times as long as wide",
                        "crop or remove it",
                    )
                image.load()
                return _to_srgb(ImageOps.exif_transpose(image))
    except FileNotFoundError:
        raise UnusableImage(path, "does not exist", "check the path") from None
    except (UserError, MemoryError):
        raise
    except Image.DecompressionBombError as error:  # Pillow's own bound, which it checks before ours can be
        raise UnusableImage(
            path, f"has more than {MAX_PIXELS // 1_000_000} million pixels", "scale the picture down and try again"
        ) from error
    except UnidentifiedImageError as error:  # Pillow would name the path again
        kinds = f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        raise UnusableImage(path, f"is not a picture that can be read (it holds no {kinds})", "replace or remove it") from error
    except Exception as error:  # decoders and EXIF readers raise a dozen kinds for broken files; each means the same
        raise UnusableImage(path, f"is not a picture that can be read ({error})", "replace or remove it") from error


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):  # 16-bit grey: Pillow clips instead of scaling
        high = 65535.0 if image.mode.startswith("I") else 1.0
        image = image.convert("F").point(lambda level: level * (255.0 / high)).convert("L")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        white.alpha_composite(image)
        image = white.convert("RGB")
    if profile and image.mode in ("RGB", "L", "CMYK"):
        try:
            converted = ImageCms.profileToProfile(
                image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            if converted is not None:
                return converted
        except ImageCms.PyCMSError:
            pass  # a broken or mismatched profile: the numbers are read as sRGB, as every viewer does
    return image.convert("RGB")


def square(image: Image.Image, size: int) -> Image.Image:
    """Resize the short side to `size` with antialiased bicubic interpolation and crop the centre: `size` x `size` RGB."""
    if image.size == (size, size):
        return image
    return ImageOps.fit(image, (size, size), Image.Resampling.BICUBIC)
