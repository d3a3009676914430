"""Image similarity: how near a generated image is to the subject's reference images in an encoder's space.

With DINO's encoder this is the literature's "DINO", with CLIP's "CLIP-I".
"""

from typing import ClassVar, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines, mean_pair_cosines_without_self
from dreambench.benchmark.metrics.features import Features, Part
from dreambench.benchmark.metrics.info import Averages, Level, MetricInfo
from dreambench.benchmark.metrics.metric import Metric, Need

_WHICH: Final = {"seen": "that the method saw", "unseen": "that were kept back from the method"}


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

    part: Literal["all", "seen", "unseen"] = "all"
    """"seen": with the reference images that the method saw, "unseen": with those that were kept back from it; both whatever
    the protocol's `references` are. "all": with those that the protocol compares with."""

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n] in -1..1; NaN where there is no reference image."""
        role = self.role()
        rows = features.compared if self.part == "all" else features.parts.get(self.part, np.zeros(0, dtype=np.intp))
        return mean_pair_cosines(features.images[role], features.references[role][rows])

    def real_scores(self, features: Features) -> NDArray[np.float64] | None:
        """[n], each real image with the others; NaN for one that has no other to be compared with. None against a part: real
        images are no method's, so that nothing was seen.
        """
        if self.part != "all":
            return None
        return mean_pair_cosines_without_self(features.references[self.role()], features.compared)

    def against(self, part: Part) -> Self | None:
        """The same with a part of the reference images."""
        return self.model_copy(update={"part": part}) if self.part == "all" else None

    def info(self, key: str, *, scale: float, fingerprint: str = "") -> MetricInfo:
        """As of any metric; the pairs of a part are not counted, so that "pairs" pooling weighs it by images."""
        info = super().info(key, scale=scale, fingerprint=fingerprint)
        if self.part == "all":
            return info
        return info.model_copy(update={"measures": f"{self.measures} {_WHICH[self.part]}", "averages": "images"})
