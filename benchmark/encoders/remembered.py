"""What else a cache spares: texts, and the distances within a prompt's images."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache, pictures_space, text_space
from dreambench.benchmark.encoders.encoder import TextEncoder
from dreambench.dataset.hashing import sha256_bytes, sha256_json
from dreambench.dataset.images import Reading

Compute = Callable[[Sequence[Sequence[Path]]], NDArray[np.float64]]


def embed_texts(texts: Sequence[str], clip: TextEncoder, *, cache: EmbeddingCache | None) -> NDArray[np.float32]:
    """CLIP's embeddings of texts [n, d], rows of length 1: those that the cache has not are made, each once."""
    if cache is None:
        return clip.embed_texts(texts)
    space = text_space(clip.fingerprint)
    names = {text: sha256_bytes(text.encode()) for text in texts}
    rows = {text: vector for text, name in names.items() if (vector := cache.read(space, name)) is not None}
    new = [text for text in names if text not in rows]
    if new:
        for text, vector in zip(new, clip.embed_texts(new), strict=True):
            rows[text] = vector
            cache.write(space, names[text], vector)
    return np.stack([rows[text] for text in texts])


def remembered_distances(
    prompts: Sequence[Sequence[Path]],
    compute: Compute,
    *,
    fingerprint: str,
    reading: Reading,
    cache: EmbeddingCache | None,
    on_done: Callable[[int], None],
) -> NDArray[np.float64]:
    """The mean distance within each prompt's images: [len(prompts)], those that the cache has not computed all at once.

    Args:
        prompts: the files of each prompt's images; their order changes nothing.
        compute: what computes it for some prompts.
        fingerprint: of the distance's network.
        reading: how `compute` makes files RGB.
        cache: of distances computed before; None computes all.
        on_done: told how many files the cache has spared.

    Raises:
        UserError: a file is missing or is not a picture; the message names it.
    """
    if cache is None:
        return compute(prompts)
    space = pictures_space(fingerprint, reading)
    names = [sha256_json(sorted(cache.content_of(path) for path in paths)) for paths in prompts]
    means = np.array([_number(cache.read(space, name)) for name in names], dtype=np.float64)
    new = [index for index, mean in enumerate(means) if np.isnan(mean)]
    on_done(sum(len(paths) for index, paths in enumerate(prompts) if index not in set(new)))
    if new:
        means[new] = compute([prompts[index] for index in new])
        for index in new:
            cache.write(space, names[index], means[index : index + 1].view(np.float32))  # all eight bytes of the number
    return means


def _number(vector: NDArray[np.float32] | None) -> float:
    return float("nan") if vector is None or len(vector) != 2 else float(vector.view(np.float64)[0])
