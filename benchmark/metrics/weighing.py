"""How much each subject counts in a mean: the one place that turns a protocol's pooling into weights."""

from typing import Final

from dreambench.benchmark.metrics.registry import MetricInfo
from dreambench.benchmark.statistics import Weigh

#: The metrics that are means over pairs of an image and a reference image.
_OF_PAIRS: Final = frozenset({"dino", "clip_i"})


def weighing(info: MetricInfo, pooling: str) -> Weigh:
    """What subjects are weighed by in a metric's mean.

    Args:
        info: the metric. One that only a subject has is a mean over subjects under any pooling.
        pooling: the protocol's: "micro" over images, "macro" over subjects, "pairs" over pairs of an image and a reference
            image; a metric without pairs (CLIP-T) is then a mean over images.
    """
    if info.level == "subject" or pooling == "macro":
        return "alike"
    return "pairs" if pooling == "pairs" and info.key in _OF_PAIRS else "images"
