"""Copy index: is a generated image nearer to a reference image than real images of the subject are to each other?

Handing in the reference images tops DINO and CLIP-I, so a high score there does not tell fidelity from copying. Real images
of one subject set the scale: each has a nearest other, and how near that usually is (in the encoder's space) is as near as
new pictures of the subject get. With b the median over the subject's reference images of the cosine with their nearest other,
and s(x) the cosine of a generated image x with its nearest reference image,

    copy index(x) = (s(x) - b) / (1 - b), and 0 where that is negative.

0: no nearer than real images are. 1: an exact copy. Below b nothing is copied, and how far below is image similarity's
question, so all of it counts as 0. The median, since two of the dataset's subjects have a near-duplicate among their reference
images (dog5/03, cat/03), which would move a mean.
"""

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.features import Features
from dreambench.benchmark.metrics.info import Level
from dreambench.benchmark.metrics.metric import Metric, Need

#: An image whose index is above this is flagged: nearer to an exact copy than to a new picture of the subject.
FLAG_ABOVE: Final = 0.5
#: A run (or subject) is flagged when more than this share of its images is.
FLAG_SHARE: Final = 0.2
_NO_ROOM: Final = 1e-6


class CopyIndex(Metric):
    """How far from a new picture towards an exact copy of a reference image; all of the subject's reference images count."""

    name: ClassVar[str] = "copy_index"
    measures: ClassVar[str] = "copying: 0 no nearer to a reference image than real images are to each other, 1 an exact copy"
    usual_label: ClassVar[str | None] = "Copy"
    level: ClassVar[Level] = "image"
    higher_is_better: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    usual_tolerance: ClassVar[float] = 0.05
    needs: ClassVar[frozenset[Need]] = frozenset({"images", "all_references"})

    def scores(self, features: Features) -> NDArray[np.float64]:
        """[n] in 0..1; NaN where fewer than two reference images, or only identical ones, leave nothing to compare with."""
        role = self.role()
        return copy_index_scores(features.images[role], features.references[role])

    def real_scores(self, features: Features) -> NDArray[np.float64]:
        """[n], what a method that copies nothing gets."""
        return copy_index_of_real(features.references[self.role()])


def nearest_others(references: NDArray[np.float32]) -> NDArray[np.float64]:
    """[m], each reference image's cosine with the nearest other one; NaN for a single image.

    Args:
        references: [m, d], a subject's real images, rows of length 1.
    """
    if len(references) < 2:
        return np.full(len(references), np.nan)
    wide = references.astype(np.float64)
    cosines = wide @ wide.T
    np.fill_diagonal(cosines, -np.inf)
    nearest: NDArray[np.float64] = cosines.max(axis=1)
    return nearest


def copy_index_scores(images: NDArray[np.float32], references: NDArray[np.float32]) -> NDArray[np.float64]:
    """The copy index of each generated image [n, d] against its subject's references [m, d]: [n] in 0..1, lower is better.

    NaN where fewer than two reference images, or only identical ones, leave nothing to compare with.
    """
    nearest: NDArray[np.float64] = (images.astype(np.float64) @ references.astype(np.float64).T).max(axis=1, initial=-1.0)
    return _index(nearest, nearest_others(references))


def copy_index_of_real(references: NDArray[np.float32]) -> NDArray[np.float64]:
    """The copy index of a subject's real images [m, d] against the other ones: [m], what a method that copies nothing gets."""
    others = nearest_others(references)
    return _index(others, others)


def copied_share(indices: NDArray[np.float64]) -> float:
    """The share, 0 to 1, of images whose copy index is above FLAG_ABOVE; NaN where none has an index."""
    known = indices[np.isfinite(indices)]
    return float((known > FLAG_ABOVE).mean()) if len(known) else float("nan")


def _index(nearest: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    usual = float(np.median(others)) if len(others) >= 2 else np.nan
    if not usual < 1.0 - _NO_ROOM:
        return np.full(len(nearest), np.nan)
    scores: NDArray[np.float64] = np.clip((nearest - usual) / (1.0 - usual), 0.0, 1.0)
    return scores
