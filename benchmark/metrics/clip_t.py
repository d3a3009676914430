"""CLIP-T: how well a generated image shows what its prompt asks for."""

import numpy as np
from numpy.typing import NDArray

KEY = "clip_t"


def clip_t_scores(images: NDArray[np.float32], texts: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine of each image's CLIP embedding [n, d] with its own prompt's [n, d]: [n], higher is better.

    Source: Ruiz et al., arXiv 2208.12242, section 4.1. Unscaled: no factor 2.5 or 100, no clipping at 0.
    """
    cosines: NDArray[np.float64] = np.einsum("nd,nd->n", images.astype(np.float64), texts.astype(np.float64))
    return cosines
