"""DIV: do the images of one subject and one prompt differ from each other? Higher is better."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dataset.errors import UserError

KEY = "div"


def div_dino(images: NDArray[np.float32]) -> float:
    """Mean cosine distance (1 - cosine) over the unordered pairs of one prompt's images, in DINO's space.

    Stands in for LPIPS where LPIPS has no weights; the two are not comparable, so tables call it "DIV (DINO)".

    Args:
        images: [k, d], rows of length 1.

    Returns:
        0..2, or NaN for fewer than two images.
    """
    k = len(images)
    if k < 2:
        return float("nan")
    wide = images.astype(np.float64)
    first, second = np.triu_indices(k, k=1)
    return float((1.0 - np.einsum("pd,pd->p", wide[first], wide[second])).mean())


def div_lpips(paths: Sequence[Path]) -> float:
    """Mean LPIPS over the unordered pairs of one prompt's images, as in the paper (arXiv 2208.12242, section 4.3).

    Raises:
        UserError: LPIPS is not installed.
    """
    require_lpips()
    raise AssertionError(f"require_lpips let {len(paths)} images pass")  # unreachable until LPIPS comes


def require_lpips() -> None:
    """Check, before any image is embedded, that DIV by LPIPS can be computed.

    Raises:
        UserError: always, as yet: LPIPS needs weights and a package that this version does not bring.
    """
    raise UserError(
        "DIV by LPIPS needs the LPIPS extra, which this version does not have yet; "
        'choose a protocol with div = "dino", such as "miniature".'
    )
