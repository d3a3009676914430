"""Embedding many image files: a few threads each read, crop and embed a batch at a time; only embeddings are kept."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache, image_space
from dreambench.benchmark.encoders.encoder import ImageEncoder
from dreambench.dataset.images import Reading, open_image

#: Files a lane reads and then embeds together. On a CPU more gain nothing; a GPU wants to be filled.
CPU_BATCH: Final = 16
GPU_BATCH: Final = 64
_MAX_LANES: Final = 8

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Lanes:
    """How files are worked through.

    On a CPU each lane reads, crops and embeds on one core: no core waits for another one, neither inside a forward pass nor
    for the next batch to be read. On a GPU the lanes read side by side and take turns on the device.

    Attributes:
        count: threads, each with one batch of crops in memory.
        batch_size: files in a batch.
        threads: torch's threads inside a lane.
        device: held while embedding.
    """

    count: int
    batch_size: int
    threads: int | None
    device: AbstractContextManager[object]


def embed_files(
    paths: Sequence[Path],
    encoders: Sequence[ImageEncoder],
    *,
    reading: Reading = "careful",
    batch_size: int | None = None,
    lanes: int | None = None,
    cache: EmbeddingCache | None = None,
    on_done: Callable[[int], None] | None = None,
) -> tuple[Vector, ...]:
    """Embed image files with several encoders, each file being read once, and not at all if the cache has it for all of them.

    A lane holds one batch of crops and one decoded picture, so memory does not grow with the number of files.

    Args:
        paths: the files, in the order of the rows that come back.
        encoders: what is embedded with.
        reading: how a file becomes RGB, as a protocol says.
        batch_size: files read and then embedded together; None for what suits the device. It moves no number but by rounding.
        lanes: threads; None for as many as torch may use on a CPU, and a few readers for a GPU.
        cache: of embeddings made before; None makes all anew and keeps none.
        on_done: told how many more files are done, batch by batch.

    Returns:
        For each encoder [n, d], rows of length 1.

    Raises:
        UserError: a file is missing or is not a picture; the message names it.
    """
    plan = _lanes(lanes, batch_size)
    batches = [paths[start : start + plan.batch_size] for start in range(0, len(paths), plan.batch_size)]
    rows: list[list[Vector]] = [[] for _ in encoders]
    with _threads_inside(plan), ThreadPoolExecutor(plan.count, thread_name_prefix="dreambench-embed") as pool:
        try:
            coming = pool.map(lambda batch: _embed(batch, encoders, plan, cache, reading), batches)
            for batch, embedded in zip(batches, coming, strict=True):
                for index, vectors in enumerate(embedded):
                    rows[index].append(vectors)
                if on_done is not None:
                    on_done(len(batch))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)  # an unreadable file ends the reading at once
    return tuple(
        np.concatenate(vectors) if vectors else encoder.embed_images([])
        for vectors, encoder in zip(rows, encoders, strict=True)
    )


def _embed(
    paths: Sequence[Path],
    encoders: Sequence[ImageEncoder],
    plan: Lanes,
    cache: EmbeddingCache | None,
    reading: Reading,
) -> tuple[Vector, ...]:
    """The embeddings of one batch: what the cache has not is read, cropped and embedded."""
    spaces = [image_space(encoder.fingerprint, reading) for encoder in encoders]
    known: list[list[Vector | None]] = []
    crops: list[list[NDArray[np.uint8]]] = [[] for _ in encoders]
    contents: list[str | None] = []
    for path in paths:
        content = None if cache is None else cache.content_of(path)
        found = [None if cache is None or content is None else cache.read(space, content) for space in spaces]
        if any(vectors is None for vectors in found):
            image = open_image(path, reading)
            for index, encoder in enumerate(encoders):
                if found[index] is None:
                    crops[index].append(encoder.transform.cropped(image))
            if cache is not None and cache.content_of(path) != content:
                content = None  # it was changed while it was read: what was seen has no name
        known.append(found)
        contents.append(content)
    results = []
    for index, encoder in enumerate(encoders):
        fresh: Iterator[Vector] = iter(())
        if crops[index]:
            if plan.threads is not None:
                _limit_threads(plan.threads)
            with plan.device:
                fresh = iter(encoder.embed_crops(np.stack(crops[index])))
        column = []
        for number, found in enumerate(known):
            vector = found[index]
            if vector is None:
                vector = next(fresh)
                content = contents[number]
                if cache is not None and content is not None:
                    cache.write(spaces[index], content, vector)
            column.append(vector)
        results.append(np.stack(column))
    return tuple(results)


def _lanes(count: int | None, batch_size: int | None) -> Lanes:
    """Lanes for this process: a GPU in use takes readers beside it; a CPU one lane for each thread that torch may use."""
    torch = sys.modules.get("torch")  # no encoder that needs it runs before it is loaded
    if torch is None:
        return Lanes(count or 1, batch_size or CPU_BATCH, None, nullcontext())
    if torch.cuda.is_initialized():
        return Lanes(count or min(_MAX_LANES, os.cpu_count() or 1), batch_size or GPU_BATCH, None, threading.Lock())
    threads = int(torch.get_num_threads())
    wanted = count or min(_MAX_LANES, threads)
    return Lanes(wanted, batch_size or CPU_BATCH, max(1, threads // wanted), nullcontext())


def _limit_threads(threads: int) -> None:
    """Set torch's threads for this lane: the setting belongs to the thread that calls for it."""
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)


@contextmanager
def _threads_inside(plan: Lanes) -> Iterator[None]:
    """Give the process its own number of threads back afterwards."""
    if plan.threads is None:
        yield
        return
    import torch

    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)
