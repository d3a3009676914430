"""DIV: do the images of one subject and one prompt differ from each other? Higher is better."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image

KEY = "div"
_THREADS: Final = 4  # Pillow decodes outside the interpreter's lock


class PairDistance(Protocol):
    """LPIPS, as far as this metric needs it."""

    def pair_distances(self, images: Sequence[Image.Image]) -> NDArray[np.float64]:
        """Distances of every unordered pair: [k (k - 1) / 2].

        Raises:
            ValueError: the pictures differ in size, or are too small.
        """


def div_dino(images: NDArray[np.float32]) -> float:
    """Mean cosine distance (1 - cosine) over the unordered pairs of one prompt's images, in DINO's space.

    Stands in for LPIPS where LPIPS has no weights; the two are not comparable, so tables call it "DIV (DINO)".

    Args:
        images: [k, d], rows of length 1.

    Returns:
        0..2, or NaN for fewer than two images.
    """
    k = len(images)
    if k < 2:
        return float("nan")
    wide = images.astype(np.float64)
    first, second = np.triu_indices(k, k=1)
    return float((1.0 - np.einsum("pd,pd->p", wide[first], wide[second])).mean())


def div_lpips(
    prompts: Sequence[Sequence[Path]], lpips: PairDistance, *, on_done: Callable[[int], None] | None = None
) -> NDArray[np.float64]:
    """Mean LPIPS over the unordered pairs of each prompt's images, as in the paper (arXiv 2208.12242, section 4.3).

    The images go in at their own size. While one prompt is computed, threads read the next; two prompts' pictures are in
    memory at a time.

    Args:
        prompts: the files of each prompt's images.
        lpips: the distance.
        on_done: told how many more files are done, prompt by prompt.

    Returns:
        [len(prompts)]; NaN where a prompt has fewer than two images.

    Raises:
        UserError: a file is not a picture, or a prompt's pictures differ in size or are too small.
    """
    means = np.full(len(prompts), np.nan)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dreambench-div") as pool:
        coming: list[Future[Image.Image]] = []
        try:
            coming = _start(pool, prompts, 0)
            for index, paths in enumerate(prompts):
                images = [future.result() for future in coming]
                coming = _start(pool, prompts, index + 1)
                if len(images) > 1:
                    means[index] = _mean(images, paths, lpips)
                if on_done is not None:
                    on_done(len(paths))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # an unreadable file ends the reading at once
    return means


def _start(pool: ThreadPoolExecutor, prompts: Sequence[Sequence[Path]], index: int) -> list[Future[Image.Image]]:
    if index >= len(prompts) or len(prompts[index]) < 2:
        return []
    return [pool.submit(open_image, path) for path in prompts[index]]


def _mean(images: Sequence[Image.Image], paths: Sequence[Path], lpips: PairDistance) -> float:
    try:
        return float(lpips.pair_distances(images).mean())
    except ValueError as error:
        sizes = ", ".join(sorted({f"{image.width} x {image.height}" for image in images}))
        raise UserError(
            f"DIV cannot compare {paths[0]} with the others of its prompt: they have {sizes} pixels, and {error}."
        ) from error
