"""A thing in space, seen from above, from below or from one side: where its points appear, which of them are nearer."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.miniature.canvas import RGB, Canvas, Paint, Pattern, Point, shade

EDGE: Final = 0.06
INK: Final[RGB] = (30, 26, 32)
WHITE: Final[RGB] = (255, 255, 255)
STEEL: Final[RGB] = (206, 210, 216)

#: (x, y, z) in body coordinates: y down, z from the usual drawing's picture towards its viewer.
Spot = tuple[float, float, float]

#: How much larger a thing appears for every unit that it is nearer.
_PERSPECTIVE: Final = 0.16


@dataclass(frozen=True)
class Camera:
    """Where a thing is seen from: degrees round it (its front moves to the left) and above it (below if negative).

    The thing is turned about (0, `middle`, 0), which appears at (0, `shown`) in the picture.
    """

    turn: float
    elevation: float
    middle: float
    shown: float

    def _seen(self, spot: Spot) -> Spot:
        """Right, down and towards the camera, from the middle."""
        x, y, z = spot
        turn, rise = math.radians(self.turn), math.radians(self.elevation)
        right, near = x * math.cos(turn) - z * math.sin(turn), z * math.cos(turn) + x * math.sin(turn)
        y -= self.middle
        return right, y * math.cos(rise) + near * math.sin(rise), near * math.cos(rise) - y * math.sin(rise)

    def nearness(self, spot: Spot) -> float:
        """How far in front of the middle a spot is; what is nearer is drawn later."""
        return self._seen(spot)[2]

    def at(self, spot: Spot) -> Point:
        """Where a spot appears."""
        right, down, near = self._seen(spot)
        grown = 1 + _PERSPECTIVE * near
        return right * grown, down * grown + self.shown

    def upright(self, outline: Sequence[Point], z: float) -> list[Point]:
        """A figure of the usual drawing, on the plane at depth `z`."""
        return [self.at((x, y, z)) for x, y in outline]

    def level(self, outline: Sequence[Point], y: float) -> list[Point]:
        """A figure that lies flat at height `y`: its points are (x, z)."""
        return [self.at((x, y, z)) for x, z in outline]


def solid(canvas: Canvas, camera: Camera, outline: Sequence[Point], half: float, paint: Paint) -> None:
    """The sides of a body that has the outline at both ends, at depths `half` and -`half`; a little darker than its front."""
    canvas.shape(hull([*camera.upright(outline, half), *camera.upright(outline, -half)]), darker(paint), EDGE)


def darker(paint: Paint) -> Paint:
    """The paint of a side that gets less light than the front."""
    if isinstance(paint, Pattern):
        return dataclasses.replace(paint, primary=shade(paint.primary, 0.8), secondary=shade(paint.secondary, 0.8))
    return shade(paint, 0.8)


def rail(canvas: Canvas, points: Sequence[Point], width: float, color: RGB) -> None:
    """A line with a dark edge on both sides: straps, handles, wires."""
    canvas.stroke(points, width + 0.1, shade(color, 0.5))
    canvas.stroke(points, width, color)


def hull(points: Sequence[Point]) -> list[Point]:
    """The convex outline round points: the silhouette of a body without hollows."""
    ordered = sorted(set(points))
    return [*_chain(ordered)[:-1], *_chain(ordered[::-1])[:-1]]


def _chain(ordered: Sequence[Point]) -> list[Point]:
    """One half of the hull, from the first point to the last (Andrew's monotone chain)."""
    kept: list[Point] = []
    for x, y in ordered:
        while len(kept) > 1:
            (x0, y0), (x1, y1) = kept[-2:]
            if (x1 - x0) * (y - y0) > (y1 - y0) * (x - x0):
                break
            kept.pop()
        kept.append((x, y))
    return kept
