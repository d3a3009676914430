"""Image similarity: how near a generated image is to the subject's reference images in an encoder's space.

With DINO's encoder this is the literature's "DINO", with CLIP's "CLIP-I".
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines, mean_pair_cosines_without_self
from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.info import Averages, Level
from dreambench.benchmark.metrics.metric import Metric, Need


class ImageSimilarity(Metric):
    """The mean cosine of a generated image with the reference images that the protocol compares with.

    Source: Ruiz et al., arXiv 2208.12242, section 4.1 (CLIP-I after Gal et al., arXiv 2208.01618).
    """

    name: ClassVar[str] = "image_similarity"
    measures: ClassVar[str] = "subject fidelity: mean cosine with the reference images"
    level: ClassVar[Level] = "image"
    averages: ClassVar[Averages] = "pairs"
    higher_is_better: ClassVar[bool] = True
    is_scaled: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"images", "references"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n] in -1..1; NaN where there is no reference image."""
        role = self.role()
        return mean_pair_cosines(features.images[role], features.references[role][features.compared])

    def real_scores(self, features: Features) -> NDArray[np.float64]:
        """[n], each real image with the others; NaN for one that has no other to be compared with."""
        return mean_pair_cosines_without_self(features.references[self.role()], features.compared)
