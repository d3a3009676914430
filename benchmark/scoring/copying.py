"""Is a run's fidelity copied? The share of its images that are flagged by the copy index, and a line that says so.

The threshold was chosen on the miniature: of its real images, each held against the others of its subject, about a tenth is
flagged; of copies of them that were compressed or scaled down, nearly all; of mirrored or slightly cropped copies, two
thirds; of DreamBooth's images, a few in a hundred. So a run is flagged when more than a fifth of its images is, and more than
twice as large a share as of its dataset's real images. Copies that are shifted or recoloured escape it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any, Final

from dreambench.benchmark.metrics import copied_share, copy_index
from dreambench.benchmark.scoring.tables import Scores

_SHOWN: Final = 3


@dataclass(frozen=True)
class Copying:
    """Shares of images, 0 to 1, whose copy index is above `copy_index.FLAG_ABOVE`.

    Attributes:
        share: of the run's images.
        real: of the real images, each held against the others; None where that cannot be said.
        subjects: of each subject's images, where it is above `copy_index.FLAG_SHARE`; the largest first.
    """

    share: float
    real: float | None
    subjects: Mapping[str, float]

    @property
    def is_flagged(self) -> bool:
        """Whether the run as a whole looks copied."""
        return self.share > max(copy_index.FLAG_SHARE, 2 * (self.real or 0.0))

    def record(self) -> dict[str, Any]:
        """JSON values, for summary.json."""
        return {
            "above": copy_index.FLAG_ABOVE,
            "share": self.share,
            "share_of_real_images": self.real,
            "flagged": self.is_flagged,
            "subjects": dict(self.subjects),
        }


def find_copying(scores: Scores, real: Scores | None) -> Copying | None:
    """The flagged shares of a method's scores; None where no image has a copy index.

    Args:
        scores: the method's.
        real: of the real images of the same subjects under the same protocol, if they are at hand.
    """
    share = _share(scores)
    if share is None:
        return None
    by_subject = {str(name): copied_share(group.to_numpy()) for name, group in scores.images.groupby("subject")[copy_index.KEY]}
    flagged = sorted(((each, name) for name, each in by_subject.items() if each > copy_index.FLAG_SHARE), reverse=True)
    return Copying(share, None if real is None else _share(real), {name: each for each, name in flagged})


def copying_remark(record: Mapping[str, Any] | None) -> str:
    """The line below a table, from the summary's record: empty where nothing is flagged."""
    if not record or not record.get("flagged"):
        return ""
    names = list(record["subjects"])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    real = record.get("share_of_real_images")
    usual = "" if real is None else f" (of the real images {real:.0%})"
    return (
        f"Warning: {record['share']:.0%} of the images look copied from a reference image{usual}, most in "
        f"{', '.join(names[:_SHOWN])}{more}; copying raises DINO and CLIP-I, so read them beside CLIP-T."
    )


def _share(scores: Scores) -> float | None:
    share = copied_share(scores.images[copy_index.KEY].to_numpy())
    return None if isnan(share) else share
