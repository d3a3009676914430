"""PRES: has the class collapsed onto the subject? Lower is better."""

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines

KEY = "pres"


def pres_score(prior_images: NDArray[np.float32], references: NDArray[np.float32]) -> float:
    """Mean DINO cosine between prior images [p, d] (the fine-tuned model's "a [class noun]") and references [m, d].

    High means that every member of the class now looks like the subject. NaN where there is nothing to compare.
    Source: Ruiz et al., arXiv 2208.12242, section 4.3 and Table 3.
    """
    if len(prior_images) == 0:
        return float("nan")
    return float(mean_pair_cosines(prior_images, references).mean())
