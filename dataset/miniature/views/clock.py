"""Clocks from where their usual drawing does not show them: a thin case, its dial turned away, what is above, below, behind."""

import math
from collections.abc import Callable
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas, Point, arc, ellipse, rounded_box, shade
from dreambench.dataset.miniature.drawings.clock import dial_color, draw_dial, squircle
from dreambench.dataset.miniature.views.camera import EDGE, INK, STEEL, Camera, Spot, hull, rail, solid

#: Half the depth of the case of an alarm clock and of a wall clock.
_ALARM_HALF: Final = 0.27
_WALL_HALF: Final = 0.15
#: How far a bell leans out, in degrees, as in the usual drawing.
_LEAN: Final = 40.0


def from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The bells and the handle before the top of the case; the dial is foreshortened."""
    _draw(canvas, a, turn=0, elevation=56)


def from_below(canvas: Canvas, a: Appearance) -> None:
    """The feet before the underside of the case; the dial is foreshortened."""
    _draw(canvas, a, turn=0, elevation=-52)


def from_the_side(canvas: Canvas, a: Appearance) -> None:
    """The case nearly edge-on, its narrow dial to the left, what is on its back to the right."""
    _draw(canvas, a, turn=66, elevation=5)


def _draw(canvas: Canvas, a: Appearance, *, turn: float, elevation: float) -> None:
    size = a.shape[0]
    radius = 0.6 + 0.14 * size if a.form == 0 else 0.78 + 0.17 * size
    middle = (0.9 if a.form == 0 else 0.95) - radius
    camera = Camera(turn, elevation, middle, middle - 0.06 if turn else 0.1)
    parts = _alarm_parts(a, camera, radius, middle) if a.form == 0 else _wall_parts(a, camera, radius, middle)
    for _, draw in sorted(parts, key=lambda part: camera.nearness(part[0])):
        draw(canvas)


#: A part of a clock: a spot in its middle, and how it is drawn.
_Part = tuple[Spot, Callable[[Canvas], None]]


def _alarm_parts(a: Appearance, camera: Camera, radius: float, middle: float) -> list[_Part]:
    _, frame, bell, feet, time, marks = a.shape
    half, dial = _ALARM_HALF, radius - 0.12 - 0.14 * frame
    top = middle - radius

    def case(canvas: Canvas) -> None:
        ring = ellipse(0, middle, radius, radius)
        solid(canvas, camera, ring, half, a.paint())
        canvas.shape(camera.upright(ring, half), a.paint(), EDGE)
        canvas.shape(camera.upright(ellipse(0, middle, dial, dial), half), dial_color(a), EDGE, shade(a.primary, 0.5))
        draw_dial(canvas, a.accent, (0, middle), dial, time, marks, seen=lambda point: camera.at((*point, half)))

    def handle(canvas: Canvas) -> None:
        rail(canvas, camera.upright(arc(0, top + 0.1, 0.22, top + 1.0, 180, 360), 0.0), 0.07, a.accent)

    def key(canvas: Canvas) -> None:
        rail(canvas, [camera.at((0, middle, -half)), camera.at((0, middle, -half - 0.16))], 0.08, STEEL)
        wings = [(z - half - 0.24, y) for z, y in ellipse(0, middle, 0.12, 0.2)]
        canvas.shape([camera.at((0, y, z)) for z, y in wings], STEEL, 0.05, INK)

    parts: list[_Part] = [((0, middle, 0), case), ((0, top - 0.1, 0), handle), ((0, middle, -half - 0.16), key)]
    for side in (-1, 1):
        parts.append(_bell(a, camera, side, (side * radius * 0.78, middle - radius * 0.8, 0.0), 0.25 + 0.15 * bell))
        for z in (-half * 0.55, half * 0.55):
            parts.append(_foot(a, camera, side, radius, middle, 0.08 + 0.67 * feet, z))
    return parts


def _bell(a: Appearance, camera: Camera, side: int, base: Spot, size: float) -> _Part:
    """A dome on the shoulder of the case: round from above, a hollow from below."""
    lean = math.radians(side * _LEAN)

    def spot(around: float, up: float) -> Spot:
        x, y, z = size * math.cos(around) * math.cos(up), -size * 1.05 * math.sin(up), size * math.sin(around) * math.cos(up)
        return (
            base[0] + x * math.cos(lean) - y * math.sin(lean),
            base[1] + x * math.sin(lean) + y * math.cos(lean),
            base[2] + z,
        )

    def rim(up: float) -> list[Point]:
        return [camera.at(spot(2 * math.pi * i / 20, up)) for i in range(20)]

    apex = spot(0, math.pi / 2)

    def draw(canvas: Canvas) -> None:
        rims = [rim(math.pi / 2 * step / 5) for step in range(6)]
        canvas.shape(hull([point for ring in rims for point in ring]), a.secondary, EDGE)
        if camera.nearness(apex) > camera.nearness(base):
            canvas.dot(*camera.at(apex), 0.07, shade(a.secondary, 0.55))
        else:
            canvas.shape(rims[0], shade(a.secondary, 0.55), EDGE * 0.7, shade(a.secondary, 0.4))

    return spot(0, math.pi / 4), draw


def _foot(a: Appearance, camera: Camera, side: int, radius: float, middle: float, spread: float, z: float) -> _Part:
    end = (side * (radius * 0.5 + spread * 0.6), 0.93, z * 1.3)

    def draw(canvas: Canvas) -> None:
        rail(canvas, [camera.at((side * radius * 0.55, middle + radius * 0.7, z)), camera.at(end)], 0.13, a.accent)
        if camera.elevation < 0:
            canvas.dot(*camera.at(end), 0.12, shade(a.accent, 0.5))
            canvas.dot(*camera.at(end), 0.07, shade(a.accent, 1.3))

    return end, draw


def _wall_parts(a: Appearance, camera: Camera, radius: float, middle: float) -> list[_Part]:
    _, frame, third, fourth, time, marks = a.shape
    half, ring = _WALL_HALF, 0.04 + 0.16 * fourth
    dial = radius - ring - 0.12 - 0.14 * frame - 0.02

    def case(canvas: Canvas) -> None:
        outer = squircle((0, middle), radius, third)
        solid(canvas, camera, outer, half, a.secondary)
        canvas.shape(camera.upright(outer, half), a.secondary, EDGE)
        canvas.shape(camera.upright(squircle((0, middle), radius - ring, third), half), a.paint(), EDGE)
        face = camera.upright(squircle((0, middle), dial, third), half)
        canvas.shape(face, dial_color(a), EDGE, shade(a.primary, 0.5))
        draw_dial(canvas, a.accent, (0, middle), dial, time, marks, seen=lambda point: camera.at((*point, half)))

    def hook(canvas: Canvas) -> None:
        rail(canvas, camera.upright(arc(0, middle - radius + 0.04, 0.12, 0.2, 180, 360), -half), 0.05, STEEL)

    return [((0, middle, 0), case), ((0, middle - radius * 0.8, -half * 4), hook)]


def from_the_back(canvas: Canvas, a: Appearance) -> None:
    """A plate with screws: a winding key and a knob on an alarm clock, a hook and the battery on a wall clock."""
    size, _, third, fourth, _, _ = a.shape
    if a.form == 0:
        radius = 0.6 + 0.14 * size
        cy = 0.9 - radius
        for side in (-1, 1):
            leg: list[Point] = [(side * radius * 0.55, cy + radius * 0.7), (side * (radius * 0.5 + 0.05 + 0.4 * fourth), 0.93)]
            rail(canvas, leg, 0.16, a.accent)
            bell = 0.25 + 0.15 * third
            canvas.shape(ellipse(side * radius * 0.82, cy - radius * 0.88, bell, bell * 0.8, side * 40), a.secondary, EDGE)
        rail(canvas, arc(0, cy - radius + 0.1, 0.22, cy - radius + 1.0, 180, 360), 0.07, a.accent)
        canvas.shape(ellipse(0, cy, radius, radius), a.paint(), EDGE)
        canvas.shape(ellipse(0, cy, radius * 0.78, radius * 0.78), shade(a.primary, 0.8), 0.05)
        for wing in (-1, 1):
            canvas.shape(ellipse(wing * 0.13, cy + 0.02, 0.13, 0.09), STEEL, 0.045, INK)
        canvas.dot(0, cy + 0.02, 0.06, INK)
        canvas.shape(ellipse(0, cy + radius * 0.48, 0.1, 0.1), a.accent, 0.05)
        screws, reach = cy, radius * 0.62
    else:
        radius = 0.78 + 0.17 * size
        cy = 0.95 - radius
        edge = radius * (0.95 - 0.6 * third)
        canvas.shape(rounded_box(-radius, cy - radius, radius, cy + radius, edge), a.secondary, EDGE)
        inner = radius * 0.84
        canvas.shape(rounded_box(-inner, cy - inner, inner, cy + inner, edge), a.paint(), 0.045)
        canvas.shape(rounded_box(-0.34, cy - 0.2, 0.34, cy + 0.36, 0.05), (52, 52, 60), EDGE)
        canvas.shape(rounded_box(-0.25, cy + 0.1, 0.2, cy + 0.26, 0.03), (230, 150, 40), 0.035, INK)
        canvas.shape(rounded_box(0.2, cy + 0.14, 0.26, cy + 0.22, 0.0), STEEL)
        canvas.dot(0, cy - 0.04, 0.1, STEEL)
        canvas.shape(ellipse(0, cy - radius * 0.62, 0.2, 0.13), INK)
        canvas.shape(ellipse(0, cy - radius * 0.57, 0.1, 0.07), STEEL)
        screws, reach = cy, radius * 0.55
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        canvas.dot(x * reach * 0.8, screws + y * reach * 0.8, 0.055, STEEL)
