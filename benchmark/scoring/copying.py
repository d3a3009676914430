"""Is a run's fidelity copied? The share of its images that are flagged by the copy index, and a line that says so.

The threshold was chosen on the miniature: of its real images, each held against the others of its subject, about a tenth is
flagged; of copies of them that were compressed or scaled down, nearly all; of mirrored or slightly cropped copies, two
thirds; of DreamBooth's images, a few in a hundred. So a run is flagged when more than a fifth of its images is, and more than
twice as large a share as of its dataset's real images. Copies that are shifted or recoloured escape it.
"""

from math import isnan
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from dreambench.benchmark.metrics.copy_index import FLAG_ABOVE, FLAG_SHARE, CopyIndex, copied_share
from dreambench.benchmark.scoring.tables import Scores

_SHOWN: Final = 3


class Copying(BaseModel):
    """Shares of images, 0 to 1, whose copy index is above `above`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    above: FiniteFloat = FLAG_ABOVE
    """The copy index from which on an image is flagged."""
    share: FiniteFloat = Field(ge=0, le=1)
    """Of the run's images."""
    share_of_real_images: FiniteFloat | None = Field(default=None, ge=0, le=1)
    """Of the real images, each held against the others; None where that cannot be said."""
    flagged: bool
    """Whether the run as a whole looks copied."""
    subjects: dict[str, FiniteFloat] = Field(default_factory=dict)
    """Of each subject's images, where it is above a fifth; the largest first."""

    def remark(self) -> str:
        """The line below a table; empty where nothing is flagged."""
        if not self.flagged:
            return ""
        names = list(self.subjects)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        real = self.share_of_real_images
        usual = "" if real is None else f" (of the real images {real:.0%})"
        return (
            f"Warning: {self.share:.0%} of the images look copied from a reference image{usual}, most in "
            f"{', '.join(names[:_SHOWN])}{more}; copying raises image similarity, so read it beside text similarity."
        )


def find_copying(scores: Scores, real: Scores | None) -> Copying | None:
    """The flagged shares of a method's scores; None where no image has a copy index.

    Args:
        scores: the method's; the first of its metrics that is a copy index tells.
        real: of the real images of the same subjects under the same protocol, if they are at hand.
    """
    key = next((info.key for info in scores.metrics if info.formula == CopyIndex.name), None)
    share = None if key is None else _share(scores, key)
    if key is None or share is None:
        return None
    by_subject = {str(name): copied_share(group.to_numpy()) for name, group in scores.images.groupby("subject")[key]}
    flagged = sorted(((own, name) for name, own in by_subject.items() if own > FLAG_SHARE), reverse=True)
    of_real = None if real is None else _share(real, key)
    return Copying(
        share=share,
        share_of_real_images=of_real,
        flagged=share > max(FLAG_SHARE, 2 * (of_real or 0.0)),
        subjects={name: own for own, name in flagged},
    )


def _share(scores: Scores, key: str) -> float | None:
    share = copied_share(scores.images[key].to_numpy())
    return None if isnan(share) else share
