"""Diversity: do the images of one subject and one prompt differ from each other? The literature's "DIV"; higher is better."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.info import Level
from dreambench.benchmark.metrics.metric import Metric, Need
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import Reading, open_image

_THREADS: Final = 4  # Pillow decodes outside the interpreter's lock


class Diversity(Metric):
    """The mean distance of two images of one prompt, averaged over the subject's prompts.

    With an encoder that compares whole pictures it is the mean LPIPS of the paper (arXiv 2208.12242, section 4.3); with one
    that embeds pictures it is 1 - cosine. The two are not comparable, so give the second a label of its own.
    """

    name: ClassVar[str] = "diversity"
    measures: ClassVar[str] = "diversity: mean distance between the images of one prompt"
    usual_label: ClassVar[str | None] = "DIV"
    level: ClassVar[Level] = "subject"
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 2.0)
    usual_tolerance: ClassVar[float] = 0.02
    least_images: ClassVar[int] = 2
    needs: ClassVar[frozenset[Need]] = frozenset({"images", "files"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[1] in 0..2; NaN where a prompt has fewer than two images."""
        role, by_prompt = self.role(), features.by_prompt()
        if role in features.distances:
            return np.array(
                [float(features.distances[role]([[features.files[row] for row in rows] for rows in by_prompt]).mean())]
            )
        if role not in features.images:
            return np.full(1, np.nan)
        return np.array([float(np.mean([cosine_diversity(features.images[role][rows]) for rows in by_prompt]))])


class PairDistance(Protocol):
    """LPIPS, as far as this metric needs it."""

    def pair_distances(self, images: Sequence[Image.Image]) -> NDArray[np.float64]:
        """Distances of every unordered pair: [k (k - 1) / 2].

        Raises:
            ValueError: the pictures differ in size, or are too small.
        """


def cosine_diversity(images: NDArray[np.float32]) -> float:
    """Mean cosine distance (1 - cosine) over the unordered pairs of one prompt's images, in the space of an encoder.

    Stands in for LPIPS where LPIPS has no weights; the two are not comparable.

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


def picture_diversity(
    prompts: Sequence[Sequence[Path]],
    lpips: PairDistance,
    *,
    reading: Reading = "careful",
    on_done: Callable[[int], None] | None = None,
) -> NDArray[np.float64]:
    """Mean LPIPS over the unordered pairs of each prompt's images, as in the paper (arXiv 2208.12242, section 4.3).

    The images go in at their own size. While one prompt is computed, threads read the next; two prompts' pictures are in
    memory at a time.

    Args:
        prompts: the files of each prompt's images.
        lpips: the distance.
        reading: how a file becomes RGB, as a protocol says.
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
            coming = _start(pool, prompts, 0, reading)
            for index, paths in enumerate(prompts):
                images = [future.result() for future in coming]
                coming = _start(pool, prompts, index + 1, reading)
                if len(images) > 1:
                    means[index] = _mean(images, paths, lpips)
                if on_done is not None:
                    on_done(len(paths))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # an unreadable file ends the reading at once
    return means


def _start(
    pool: ThreadPoolExecutor, prompts: Sequence[Sequence[Path]], index: int, reading: Reading
) -> list[Future[Image.Image]]:
    if index >= len(prompts) or len(prompts[index]) < 2:
        return []
    return [pool.submit(open_image, path, reading) for path in prompts[index]]


def _mean(images: Sequence[Image.Image], paths: Sequence[Path], lpips: PairDistance) -> float:
    try:
        return float(lpips.pair_distances(images).mean())
    except ValueError as error:
        sizes = ", ".join(sorted({f"{image.width} x {image.height}" for image in images}))
        raise UserError(
            f"DIV cannot compare {paths[0]} with the others of its prompt: they have {sizes} pixels, and {error}."
        ) from error
