"""Subject identification: of all subjects' reference images, is the one nearest to a generated image its own subject's?

Image similarity says how near an image is to its subject, but not whether another subject is nearer. A method that draws
"some dog" can score high on a dog; here it has to be this dog among all.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.gallery import Gallery
from dreambench.benchmark.metrics.info import Level
from dreambench.benchmark.metrics.metric import Metric, Need


class SubjectIdentification(Metric):
    """1 for an image whose nearest reference image, among all subjects', is one of its own subject's; else 0."""

    name: ClassVar[str] = "subject_identification"
    measures: ClassVar[str] = (
        "subject fidelity: share of images whose nearest reference image among all subjects' is one of their own"
    )
    usual_label: ClassVar[str | None] = "Subj. ID"
    level: ClassVar[Level] = "image"
    higher_is_better: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    usual_tolerance: ClassVar[float] = 0.02
    needs: ClassVar[frozenset[Need]] = frozenset({"images", "gallery"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n], 0 or 1."""
        role = self.role()
        return identification_scores(features.images[role], features.galleries[role], features.subject)

    def real_scores(self, features: Features) -> NDArray[np.float64]:
        """[n], each real image among all others."""
        role = self.role()
        gallery = features.galleries[role]
        own_rows = np.flatnonzero(gallery.owners == features.subject)
        return identification_scores(features.references[role], gallery, features.subject, own_rows=own_rows)


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
