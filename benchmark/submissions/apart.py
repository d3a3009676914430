"""Which submissions are no competitors: yardsticks, and methods whose images are copies of the reference images.

They stand on the board, below the ranked methods, and no rank is spent on them: a copy of a reference image would be first in
image similarity, and the untrained model in text similarity.
"""

from collections.abc import Mapping
from typing import Literal

from dreambench.baselines.registry import settings_class
from dreambench.benchmark.metrics.copy_index import FLAG_ABOVE, CopyIndex
from dreambench.benchmark.statistics import Interval
from dreambench.benchmark.submissions.folder import Accepted
from dreambench.dataset.errors import UserError

#: "yardstick": it says so itself, or its method is one. "copies": its mean copy index is above the flag.
Apart = Literal["yardstick", "copies"]


def why_apart(accepted: Accepted, overall: Mapping[str, Interval]) -> Apart | None:
    """Why a submission has no rank; None for one that has.

    Args:
        accepted: the submission.
        overall: metric's key -> its mean over all subjects.
    """
    if accepted.submission.is_yardstick or is_yardstick(accepted.submission.provenance.method):
        return "yardstick"
    indices = [overall[info.key].mean for info in accepted.infos if info.formula == CopyIndex.name and info.key in overall]
    return "copies" if any(mean > FLAG_ABOVE for mean in indices) else None


def is_yardstick(method: str) -> bool:
    """Whether a method is there to be compared with, not to win; False for one that is not known here."""
    try:
        return settings_class(method).is_yardstick
    except UserError:
        return False
