"""Opening pictures that strangers made: bombs, links and broken files are refused by name, the rest is read."""

import stat
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from dreambench.dataset.pictures.depth import tiff_bits
from dreambench.dataset.pictures.jpeg_segments import without_cut_segments
from dreambench.dataset.pictures.kinds import FORMATS, HEAD, is_read, kind_of
from dreambench.dataset.pictures.png_chunks import SIGNATURE, png_parts
from dreambench.dataset.pictures.quiet import quiet
from dreambench.dataset.pictures.reading import Decoded, Reading, as_rgb
from dreambench.dataset.pictures.tiff_mending import mend_tiff
from dreambench.dataset.pictures.unusable import UnreadablePixels, UnusableImage

#: 100 megapixels: above any camera's photo, far below what a decompression bomb wants.
MAX_PIXELS: Final = 100_000_000
MAX_BYTES: Final = 200_000_000
#: Long side by short side. Scaling the short side of a 1 x 50,000 strip to 256 pixels would take gigabytes.
MAX_ASPECT: Final = 50
#: Pictures above this are read one at a time: 100 megapixels take 0.9 GB while they are read, and threads read side by side.
BIG_PIXELS: Final = 25_000_000
_SCALE_DOWN: Final = "scale the picture down and try again"
_REPLACE: Final = "replace or remove it"
_LONGEST: Final = 200
_ONE_BIG: Final = threading.Lock()


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
        raise UnusableImage(path, f"is {what}, not a picture", _REPLACE)
    if info.st_size > MAX_BYTES:
        raise UnusableImage(path, f"is larger than {MAX_BYTES // 1_000_000} MB", _SCALE_DOWN)


def open_image(path: Path, reading: Reading = "careful") -> Image.Image:
    """Read a picture as 8-bit RGB. Nothing is printed, whatever the file makes the libraries say.

    Args:
        path: a PNG, JPEG, WebP, BMP or TIFF file, whatever its name; of several pictures in it the first.
        reading: how pixels become RGB. "careful", for whatever is looked at: turned as EXIF says, the colour profile converted
            to sRGB, transparency laid on white, more than 8 bits by their range. The other readings are those of code bases
            whose scores are reproduced; see `dreambench.dataset.pictures.reading`.

    Raises:
        UnusableImage: the file is missing, too large, not a picture, or broken; the message names it.
    """
    require_file(path)
    try:
        with quiet(), path.open("rb") as file:
            return _read(path, file, reading)
    except FileNotFoundError:
        raise UnusableImage(path, "does not exist", "check the path") from None
    except (UnusableImage, MemoryError):
        raise
    except UnreadablePixels as error:
        raise UnusableImage(path, str(error), "save it as RGB with 8 bits a channel") from error
    except Image.DecompressionBombError as error:  # Pillow's own bound, which it checks before ours can be
        raise UnusableImage(path, f"has more than {MAX_PIXELS // 1_000_000} million pixels", _SCALE_DOWN) from error
    except UnidentifiedImageError as error:  # Pillow would name the path again
        raise UnusableImage(path, f"is not a picture that can be read ({_what_it_is(path)})", _REPLACE) from error
    except Exception as error:  # decoders raise a dozen kinds of errors for broken files; each means the same
        said = "".join(letter if letter.isprintable() else " " for letter in str(error))[:_LONGEST]
        raise UnusableImage(path, f"is not a picture that can be read ({said})", _REPLACE) from error


def _read(path: Path, file: BinaryIO, reading: Reading) -> Image.Image:
    is_png = file.read(len(SIGNATURE)) == SIGNATURE
    file.seek(0)
    parts = png_parts(file) if is_png else None
    with _open(file if parts is None else parts.file) as image:
        _refuse_huge(path, image.size)
        with _ONE_BIG if image.width * image.height > BIG_PIXELS else nullcontext():
            mend_tiff(image)
            image.load()
            if parts is not None:
                return as_rgb(Decoded(image, parts.profile, parts.bits, parts.is_grey), reading)
            return as_rgb(Decoded(image, image.info.get("icc_profile"), tiff_bits(image)), reading)


def _open(file: BinaryIO) -> ImageFile:
    try:
        return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        mended = without_cut_segments(file)
        if mended is None:
            raise
        return Image.open(mended, formats=FORMATS)


def _refuse_huge(path: Path, size: tuple[int, int]) -> None:
    """What would take gigabytes to decode, or to scale."""
    width, height = size
    pixels = f"has {width} x {height} pixels"
    if width * height > MAX_PIXELS:
        raise UnusableImage(path, f"{pixels}, more than {MAX_PIXELS // 1_000_000} million", _SCALE_DOWN)
    if max(size) > MAX_ASPECT * min(size):
        raise UnusableImage(path, f"{pixels}, a strip more than {MAX_ASPECT} times as long as wide", "crop or remove it")


def _what_it_is(path: Path) -> str:
    """Of a file that no decoder takes."""
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD))
    if kind is None:
        return f"it holds no {', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
    article = "an" if kind[0] in "AEIOU" else "a"
    return (
        f"it is a broken {kind}, or one of a rare kind"
        if is_read(kind)
        else f"it is {article} {kind}: convert it to PNG or JPEG"
    )
