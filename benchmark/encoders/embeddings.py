"""Embedding many image files: decoded and cropped by a few threads, embedded in batches, only embeddings kept."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmark.encoders.encoder import ImageEncoder
from dataset.images import open_image

BATCH_SIZE: Final = 64
_THREADS: Final = 4  # Pillow decodes and resizes outside the interpreter's lock

Crops = tuple[NDArray[np.uint8], ...]


def embed_files(
    paths: Sequence[Path],
    encoders: Sequence[ImageEncoder],
    *,
    batch_size: int = BATCH_SIZE,
    on_done: Callable[[int], None] | None = None,
) -> tuple[NDArray[np.float32], ...]:
    """Embed image files with several encoders, each file being read once.

    At most two batches of crops and a few decoded pictures are in memory at a time, however many files there are.

    Args:
        paths: the files, in the order of the rows that come back.
        encoders: their transforms are applied in the reading threads.
        batch_size: files read ahead and embedded together.
        on_done: told how many more files are done, batch by batch.

    Returns:
        For each encoder [n, d], rows of length 1.

    Raises:
        UserError: a file is missing or is not a picture; the message names it.
    """
    rows: list[list[NDArray[np.float32]]] = [[] for _ in encoders]
    for batch in _read_ahead(paths, encoders, batch_size):
        for index, encoder in enumerate(encoders):
            rows[index].append(encoder.embed_crops(np.stack([crops[index] for crops in batch])))
        if on_done is not None:
            on_done(len(batch))
    return tuple(
        np.concatenate(each) if each else encoder.embed_images([]) for each, encoder in zip(rows, encoders, strict=True)
    )


def _read_ahead(paths: Sequence[Path], encoders: Sequence[ImageEncoder], batch_size: int) -> Iterator[list[Crops]]:
    """Batches of crops; while one is embedded, the threads read the next."""

    def read(path: Path) -> Crops:
        image = open_image(path)
        return tuple(encoder.transform.cropped(image) for encoder in encoders)

    batches = [paths[start : start + batch_size] for start in range(0, len(paths), batch_size)]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dreambench-read") as pool:
        try:
            coming = [pool.submit(read, path) for path in batches[0]] if batches else []
            for following in [*batches[1:], ()]:
                batch = [future.result() for future in coming]
                coming = [pool.submit(read, path) for path in following]
                if batch:
                    yield batch
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # an unreadable file ends the reading at once
