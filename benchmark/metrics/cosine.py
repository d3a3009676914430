"""The one formula behind DINO, CLIP-I and PRES: the mean cosine of every generated image with the reference images."""

import numpy as np
from numpy.typing import NDArray


def mean_pair_cosines(images: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each image the mean of its cosines with every reference, so a mean over all pairs is the mean of these.

    Args:
        images: [n, d], rows of length 1.
        references: [m, d], rows of length 1.

    Returns:
        [n] in -1..1, summed in float64; NaN where there is no reference.
    """
    if len(references) == 0:
        return np.full(len(images), np.nan)
    means: NDArray[np.float64] = (images.astype(np.float64) @ references.astype(np.float64).T).mean(axis=1)
    return means


def mean_pair_cosines_without_self(embeddings: NDArray[np.float32], references: NDArray[np.intp]) -> NDArray[np.float64]:
    """For each image of one set its mean cosine with the *other* images of that set that serve as references.

    Args:
        embeddings: [n, d], rows of length 1: a subject's real images.
        references: [m], which rows are references.

    Returns:
        [n]; NaN for an image that has no other reference to be compared with.
    """
    wide = embeddings.astype(np.float64)
    cosines = wide @ wide[references].T
    is_self = np.arange(len(embeddings))[:, None] == references[None, :]
    pairs = (~is_self).sum(axis=1)
    total = np.where(is_self, 0.0, cosines).sum(axis=1)
    means: NDArray[np.float64] = np.divide(total, pairs, out=np.full(len(embeddings), np.nan), where=pairs > 0)
    return means
