"""Where things can be put on a drawn subject."""

from dataclasses import dataclass

from dreambench.dataset.miniature.canvas import Point


@dataclass(frozen=True)
class Anchors:
    """Places on a subject in body coordinates; accessories are drawn at them.

    `head` is the head's centre with half-width `head_width` and half-height `head_height`; `eyes` are the two eye centres
    (left, right); `neck` is where head meets trunk; `trunk` is (left, top, right, bottom) of the visible trunk.
    """

    head: Point
    head_width: float
    head_height: float
    eyes: tuple[Point, Point]
    neck: Point
    trunk: tuple[float, float, float, float]


#: For things without a face: anchors of the whole box, so that every subject can be dressed without a special case.
THING = Anchors((0.0, -0.3), 0.6, 0.5, ((-0.22, -0.35), (0.22, -0.35)), (0.0, 0.2), (-0.6, 0.2, 0.6, 1.0))
