"""Turned bodies seen from above or below: a profile as a stack of discs, the far ones first."""

import itertools
import math
from collections.abc import Sequence

from dreambench.dataset.miniature.canvas import RGB, Canvas, Paint, Pattern, Point, arc, ellipse, shade
from dreambench.dataset.miniature.properties import paste_on_body

EDGE = 0.055
_SLICES = 28


class TurnedView:
    """A turned body under an elevation in degrees: positive from above, negative from below.

    Heights are body coordinates of the drawing from the front (y down). `top` and `foot` are
    (half-width, height) of the body's ends; the picture is moved so that it stands on the ground.
    """

    def __init__(self, canvas: Canvas, elevation: float, *, top: Point, foot: Point) -> None:
        self.canvas = canvas
        self.from_above = elevation > 0
        self._rise, self._depth = math.cos(math.radians(elevation)), abs(math.sin(math.radians(elevation)))
        highest, lowest = top[1] * self._rise - top[0] * self._depth, foot[1] * self._rise + foot[0] * self._depth
        self._shift = max(0.95 - lowest, -1.15 - highest)

    def height(self, y: float) -> float:
        """Where the axis at a height is seen."""
        return y * self._rise + self._shift

    def ring(self, radius: float, y: float) -> list[Point]:
        """The outline of a disc at a height."""
        return ellipse(0.0, self.height(y), radius, radius * self._depth)

    def disc(self, radius: float, y: float, paint: Paint, edge: float = EDGE) -> None:
        """A level disc: a lid, a mouth, a base."""
        self.canvas.shape(self.ring(radius, y), paint, edge)

    def at(self, radius: float, angle: float, y: float) -> Point:
        """A point of a disc at an angle in degrees (0 right, 90 towards the viewer)."""
        turn = math.radians(angle)
        return radius * math.cos(turn), self.height(y) + radius * self._depth * math.sin(turn)

    def body(self, profile: Sequence[Point], paint: Paint) -> None:
        """The outside of a body; `profile` lists (half-width, height) from top to bottom, as the drawings' profiles do."""
        color = paint.primary if isinstance(paint, Pattern) else paint
        discs = _slices(profile)
        if self.from_above:
            discs.reverse()
        layer = Canvas(self.canvas.pose)
        for radius, y in discs:
            layer.shape(self.ring(radius, y), color)
        for radius, y in discs:
            self.canvas.shape(self.ring(radius + EDGE / 2, y), shade(color, 0.55))
        if isinstance(paint, Pattern):
            widest = max(radius for radius, _ in discs)
            low, high = self.height(discs[0][1]), self.height(discs[-1][1])
            reach = widest * self._depth
            top, bottom = min(low, high) - reach, max(low, high) + reach
            cloth = Canvas(self.canvas.pose)
            cloth.shape([(-widest, top), (widest, top), (widest, bottom), (-widest, bottom)], paint)
            paste_on_body(layer, cloth.image)
        self.canvas.paste(layer)

    def band(self, radius: float, top: float, bottom: float, color: RGB) -> None:
        """A belt round the near side of a body of even width, from one height to another."""
        near = (180, 0) if self.from_above else (180, 360)
        first, last = (
            arc(0.0, self.height(y), radius, radius * self._depth, *ends)
            for y, ends in ((top, near), (bottom, (near[1], near[0])))
        )
        self.canvas.shape([*first, *last], color, EDGE * 0.8)


def _slices(profile: Sequence[Point]) -> list[Point]:
    """The profile at even steps, its corners included."""
    steps = max(2, _SLICES // (len(profile) - 1))
    found = [
        (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
        for (x0, y0), (x1, y1) in itertools.pairwise(profile)
        for step in range(steps)
    ]
    return [*found, profile[-1]]
