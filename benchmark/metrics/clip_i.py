"""CLIP-I: how close a generated image is to the references in CLIP's image space; kinder to lookalikes than DINO."""

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.cosine import mean_pair_cosines

KEY = "clip_i"


def clip_i_scores(images: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean cosine of each generated image's CLIP embedding [n, d] with the references' [m, d]: [n], higher is better.

    Source: Ruiz et al., arXiv 2208.12242, section 4.1 (after Gal et al., arXiv 2208.01618).
    """
    return mean_pair_cosines(images, references)
