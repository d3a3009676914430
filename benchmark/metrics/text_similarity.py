"""Text similarity: how well a generated image shows what its prompt asks for. With CLIP, the literature's "CLIP-T"."""

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.info import Level
from dreambench.benchmark.metrics.metric import Metric, Need


class TextSimilarity(Metric):
    """The cosine of an image and its own prompt.

    Source: Ruiz et al., arXiv 2208.12242, section 4.1. With `factor` 2.5 and `below_zero` "zero" it is CLIPScore
    (Hessel et al., arXiv 2104.08718).
    """

    name: ClassVar[str] = "text_similarity"
    measures: ClassVar[str] = "prompt fidelity: cosine of image and prompt"
    level: ClassVar[Level] = "image"
    higher_is_better: ClassVar[bool] = True
    is_scaled: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"images", "texts"})

    times: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    """What the cosine is multiplied by: CLIPScore's 2.5."""
    below_zero: Literal["keep", "zero"] = "keep"
    """Whether a negative cosine counts as it is, or as 0."""

    @property
    def factor(self) -> float:
        """`times`."""
        return self.times

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n], `times` -1..1."""
        cosines = paired_cosines(features.images[self.role()], features.texts[self.role()])
        kept = np.maximum(cosines, 0.0) if self.below_zero == "zero" else cosines
        return self.times * kept


def paired_cosines(images: NDArray[np.float32], texts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each image [n, d] with its own text [n, d], rows of length 1: [n] in -1..1, summed in float64."""
    cosines: NDArray[np.float64] = np.einsum("nd,nd->n", images.astype(np.float64), texts.astype(np.float64))
    return cosines
