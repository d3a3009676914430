"""Nearest similarity: how near a generated image is to the reference image that is nearest to it."""

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics import Features, Metric


class NearestSimilarity(Metric):
    """The largest cosine of a generated image with a reference image, where image similarity takes the mean."""

    name = "nearest_similarity"
    measures = "subject fidelity: cosine with the nearest reference image"
    usual_label = "Nearest"
    level = "image"
    higher_is_better = True
    is_scaled = True
    needs = frozenset({"images", "references"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n], one value an image, in -1..1."""
        nearest: NDArray[np.float64] = self._cosines(features, features.images[self.role()]).max(axis=1, initial=-1.0)
        return nearest

    def real_scores(self, features: Features) -> NDArray[np.float64]:
        """[n], each reference image with the nearest of the others; -1 for one that has no other."""
        cosines = self._cosines(features, features.references[self.role()])
        is_itself = np.arange(len(cosines))[:, None] == features.compared[None, :]
        nearest: NDArray[np.float64] = np.where(is_itself, -1.0, cosines).max(axis=1, initial=-1.0)
        return nearest

    def _cosines(self, features: Features, images: NDArray[np.float32]) -> NDArray[np.float64]:
        """[n, r], of each image and each reference image that the protocol compares with."""
        references = features.references[self.role()][features.compared]
        return images.astype(np.float64) @ references.astype(np.float64).T
