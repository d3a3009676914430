"""Prior similarity: has the class collapsed onto the subject? The literature's "PRES"; lower is better."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines
from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.info import Level
from dreambench.benchmark.metrics.metric import Metric, Need


class PriorSimilarity(Metric):
    """The mean cosine of prior images (the fine-tuned model's "a [class noun]") with the subject's reference images.

    High means that every member of the class now looks like the subject.
    Source: Ruiz et al., arXiv 2208.12242, section 4.3 and Table 3.
    """

    name: ClassVar[str] = "prior_similarity"
    measures: ClassVar[str] = "prior collapse: cosine of the class's images with the reference images"
    usual_label: ClassVar[str | None] = "PRES"
    level: ClassVar[Level] = "subject"
    higher_is_better: ClassVar[bool] = False
    is_scaled: ClassVar[bool] = True
    usual_tolerance: ClassVar[float] = 0.02
    needs: ClassVar[frozenset[Need]] = frozenset({"priors", "references"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[1] in -1..1; NaN without prior images."""
        role = self.role()
        priors = features.priors.get(role)
        if priors is None or len(priors) == 0:
            return np.full(1, np.nan)
        return np.array([float(mean_pair_cosines(priors, features.references[role][features.compared]).mean())])
