"""DINO: how much a generated image is this very subject, in the space of self-distilled features."""

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines

KEY = "dino"


def dino_scores(images: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean cosine of each generated image's DINO embedding [n, d] with the references' [m, d]: [n], higher is better.

    Source: Ruiz et al., arXiv 2208.12242, section 4.1.
    """
    return mean_pair_cosines(images, references)
