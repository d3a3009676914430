"""The page's own copies of pictures: decoded with bounds and encoded anew, so that nothing else of a file is passed on."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from PIL import Image

from dreambench.dataset.images import open_image

#: Longest side of a thumbnail in pixels: sharp at 96 CSS pixels on most screens. Smaller pictures are kept as they are.
THUMBNAIL: Final = 160
#: Longest side of what the dialog shows.
LARGE: Final = 768
_AT_ONCE: Final = 64  # pictures in work, so that memory does not grow with their number

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PictureJob:
    """A picture to copy: from where, and to where in the page's folder, without a suffix."""

    source: Path
    target: PurePosixPath


def encode_picture(image: Image.Image) -> tuple[bytes, bytes | None]:
    """A picture as the page keeps it.

    Returns:
        A WebP of at most 160 pixels a side, and a JPEG of at most 768 for those that are larger; a picture of 160 pixels
        or fewer is kept lossless, and has no second file.
    """
    if max(image.size) <= THUMBNAIL:
        # Method 0 takes a thirtieth of the default's time for a seventh more bytes (64-pixel miniature images).
        return _encoded(image, "WEBP", lossless=True, quality=50, method=0), None
    large, small = image.copy(), image.copy()
    large.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return _encoded(small, "WEBP", quality=82, method=3), _encoded(large, "JPEG", quality=90, subsampling=0)


def copy_pictures(jobs: Sequence[PictureJob], folder: Path, *, workers: int, on_progress: Progress) -> set[int]:
    """Write every picture's thumbnail (.webp) and, for larger ones, its large copy (.jpg).

    Args:
        jobs: what to copy.
        folder: the page's; folders in it are made.
        workers: threads; Pillow leaves the interpreter's lock while it decodes and encodes.
        on_progress: called with (done, total).

    Returns:
        Places in `jobs` of the pictures that have a large copy.

    Raises:
        UserError: a file is missing or not a picture; the message names it.
    """
    for parent in {job.target.parent for job in jobs}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    large: set[int] = set()
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        for index, has_large in enumerate(_in_order(pool, jobs, folder)):
            if has_large:
                large.add(index)
            on_progress(index + 1, len(jobs))
    return large


def _in_order(pool: ThreadPoolExecutor, jobs: Sequence[PictureJob], folder: Path) -> Iterator[bool]:
    waiting = iter(jobs)
    while batch := list(islice(waiting, _AT_ONCE)):
        yield from pool.map(partial(_copy, folder), batch)


def _copy(folder: Path, job: PictureJob) -> bool:
    small, large = encode_picture(open_image(job.source))
    target = folder / job.target
    target.with_suffix(".webp").write_bytes(small)
    if large is not None:
        target.with_suffix(".jpg").write_bytes(large)
    return large is not None


def _encoded(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=form, exif=b"", icc_profile=b"", **options)
    return buffer.getvalue()
