"""Subject identification: of all subjects' reference images, is the one nearest to a generated image its own subject's?

DINO's mean cosine says how near an image is to its subject, but not whether another subject is nearer. A method that draws
"some dog" can score high on a dog; here it has to be this dog among all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KEY = "identification"


@dataclass(frozen=True, eq=False)
class Gallery:
    """The reference images of all subjects of a dataset, also of those that are not scored.

    Attributes:
        embeddings: [m, d] in DINO's space, rows of length 1.
        owners: [m], the ids of the subjects whose images they are.
    """

    embeddings: NDArray[np.float32]
    owners: NDArray[np.str_]


def gallery_of(references: Mapping[str, NDArray[np.float32]]) -> Gallery:
    """The gallery of some subjects' reference images: subject id -> [n, d]."""
    owners = [subject for subject, rows in references.items() for _ in rows]
    return Gallery(np.concatenate(list(references.values())), np.array(owners, dtype=np.str_))


def identification_scores(
    images: NDArray[np.float32], gallery: Gallery, subject: str, *, own_rows: NDArray[np.intp] | None = None
) -> NDArray[np.float64]:
    """1.0 for each image whose nearest image of the gallery is one of its own subject's, else 0.0: higher is better.

    The mean over images is the accuracy of a nearest-neighbour classifier. Chance is about 1 / number of subjects.

    Args:
        images: [n, d], DINO embeddings, rows of length 1.
        gallery: of all subjects.
        subject: the images'.
        own_rows: [n], for reference images that are themselves in the gallery: which row each is, to be passed over.

    Returns:
        [n]; NaN where the subject has no reference image left to be found.
    """
    from sklearn.neighbors import NearestNeighbors

    others = int((gallery.owners == subject).sum()) - (own_rows is not None)
    if others < 1:
        return np.full(len(images), np.nan)
    if len(images) == 0:
        return np.zeros(0)
    wanted = min(1 if own_rows is None else 2, len(gallery.owners))
    search = NearestNeighbors(n_neighbors=wanted, algorithm="brute", metric="cosine").fit(gallery.embeddings.astype(np.float64))
    nearest: NDArray[np.intp] = search.kneighbors(images.astype(np.float64), return_distance=False)
    first = nearest[:, 0]
    if own_rows is not None:
        first = np.where(first == own_rows, nearest[:, -1], first)
    found: NDArray[np.float64] = (gallery.owners[first] == subject).astype(np.float64)
    return found
