"""The 30 subjects of the miniature world, styled after their namesakes.

They are ground truth: tests may look at them, methods and encoders never do.
"""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.cast.figures import FIGURES
from dreambench.dataset.miniature.cast.objects_vessels import VESSELS
from dreambench.dataset.miniature.cast.objects_wearables import WEARABLES

CAST: Final[dict[str, Appearance]] = dict(sorted({**FIGURES, **VESSELS, **WEARABLES}.items()))

__all__ = ["CAST"]
