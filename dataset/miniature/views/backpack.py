"""Backpacks from where their usual drawing does not show them."""

import itertools
from collections.abc import Sequence
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas, Point, arc, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.views.camera import EDGE, INK, STEEL, WHITE, Camera, Spot, hull, rail, solid

#: Half the depth of the bag, from its front to the side that lies on one's back.
_HALF: Final = 0.36
_GROUND: Final = 0.95
#: A strap from the bag's top to its lower corner: (share of the half-width, share of the height, how far out behind).
_WORN: Final = ((0.3, 0.0, 0.0), (0.62, 0.1, 0.26), (1.1, 0.45, 0.34), (1.22, 0.7, 0.26), (0.85, 0.95, 0.0), (0.3, 0.6, 0.0))
_HANGING: Final = ((0.3, 0.1, 0.0), (0.4, 0.55, 0.6), (0.65, 0.78, 0.85), (1.0, 0.84, 0.7), (0.9, 0.96, 0.0), (0.5, 0.6, 0.0))


def from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The padded side that lies on one's back, with both shoulder straps across it."""
    width, top = 0.54 + 0.3 * a.shape[0], -0.25 - 0.42 * a.shape[1]
    rail(canvas, arc(0, top, 0.22, 0.27, 180, 360), 0.08, a.accent)
    if a.form == 1:
        for side in (-1, 1):
            droop = a.shape[5]
            ear = ellipse(side * (width * 0.78 + 0.16 * droop), top + 0.04 + 0.36 * droop, 0.2, 0.3, side * (22 - 38 * droop))
            canvas.shape(ear, shade(a.primary, 0.72), EDGE)
    radius = 0.12 + 0.42 * a.shape[2] if a.form == 0 else 0.45
    canvas.shape(rounded_box(-width, top, width, 0.95, radius), a.paint(), EDGE)
    canvas.shape(rounded_box(-width * 0.62, top + 0.22, width * 0.62, 0.84, 0.14), shade(a.secondary, 0.9), EDGE)
    for row in range(3):
        y = top + 0.22 + (0.62 - top) * (row + 1) / 4
        canvas.stroke([(-width * 0.56, y), (width * 0.56, y)], 0.045, shade(a.secondary, 0.55))
    strap = 0.15 + 0.08 * (a.shape[5] if a.form == 0 else 0.3)
    for side in (-1, 1):
        ribbon: list[Point] = [(side * width * 0.3, top + 0.1), (side * width * 0.72, top + 0.5), (side * width * 0.78, 0.4),
                               (side * width * 0.66, 0.84)]  # fmt: skip
        rail(canvas, ribbon, strap, a.accent)
        canvas.shape(rounded_box(side * width * 0.76 - 0.12, 0.3, side * width * 0.76 + 0.12, 0.42, 0.02), STEEL, 0.04, INK)
    canvas.stroke([(-width * 0.34, top + 0.1), (width * 0.34, top + 0.1)], 0.12, shade(a.accent, 0.7))


def from_the_side(canvas: Canvas, a: Appearance) -> None:
    """In profile: the pocket bulges to the left, the strap hangs in a bow on the right."""
    top = -0.25 - 0.42 * a.shape[1]
    bow = arc(0.34, 0.24, 0.42, 0.34 - top * 0.6, -82, 82)
    rail(canvas, bow, 0.13, a.accent)
    rail(canvas, arc(0.18, top, 0.15, 0.24, 180, 360), 0.08, a.accent)
    bulge = 0.24 + 0.1 * a.shape[3]
    if a.form == 1:  # the snout sticks out, the ear stands on the corner
        canvas.shape(ellipse(-0.06, top + 0.02, 0.17, 0.3, 12 - 30 * a.shape[5]), shade(a.primary, 0.72), EDGE)
    canvas.shape(rounded_box(-0.46, top, 0.4, 0.95, 0.26), a.paint(), EDGE)
    if a.form == 1:
        canvas.shape(ellipse(-0.4, 0.46, bulge, 0.3), a.secondary, EDGE)
        canvas.shape(ellipse(-0.42 - bulge * 0.8, 0.36, 0.1, 0.09), INK)
        canvas.dot(-0.24, (top + 0.3) / 2, 0.15, WHITE)
        canvas.dot(-0.27, (top + 0.3) / 2, 0.1, INK)
    else:
        canvas.shape(rounded_box(-0.5 - bulge, 0.5 - 0.28 * a.shape[3], -0.36, 0.88, 0.12), a.secondary, EDGE)
        end = top + (0.95 - top) * (0.15 + 0.28 * a.shape[4])
        lid: list[Point] = [(0.42, top + 0.06), (0.1, top - 0.05), (-0.4, top + 0.02), (-0.56, end), (0.42, end - 0.14)]
        canvas.shape(lid, a.secondary, EDGE)
        canvas.stroke([(-0.5, end - 0.06), (-0.44 - bulge * 0.6, 0.6)], 0.1, a.accent)
    canvas.shape(rounded_box(-0.06, 0.34, 0.26, 0.84, 0.06), shade(a.primary, 0.7), 0.045)  # the net for a bottle


def _size(a: Appearance) -> tuple[float, float, float]:
    """Half-width, the height of the top, the radius of the corners."""
    return 0.54 + 0.3 * a.shape[0], -0.25 - 0.42 * a.shape[1], 0.12 + 0.42 * a.shape[2] if a.form == 0 else 0.45


def from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The zip runs in a bow round the top panel, with the loop to carry it by; the straps are behind."""
    width, top, _ = _size(a)
    camera = Camera(0, 58, (top + _GROUND) / 2, 0.16)
    half = _HALF
    _straps(canvas, a, camera, _WORN)
    _sides(canvas, a, camera)
    panel = rounded_box(-width * 0.94, -half * 0.96, width * 0.94, half * 0.96, 0.26)
    canvas.shape(camera.level(panel, top), a.secondary if a.form == 0 else a.paint(), EDGE)
    _front(canvas, a, camera)
    zip_line = [
        (-width * 0.74, -half * 0.8),
        *arc(0, half * 0.1, width * 0.74, half * 0.55, 180, 0),
        (width * 0.74, -half * 0.8),
    ]
    seam = camera.level(zip_line, top)
    canvas.stroke(seam, 0.1, INK)
    for first, last in list(itertools.pairwise(seam))[::2]:
        canvas.stroke([first, last], 0.05, STEEL)
    pull = camera.at((width * 0.3, top, half * 0.6))
    canvas.shape(rounded_box(pull[0] - 0.06, pull[1] - 0.04, pull[0] + 0.06, pull[1] + 0.16, 0.04), STEEL, 0.04, INK)
    loop = [camera.at((x, y, -half * 0.55)) for x, y in arc(0, top, 0.24, 0.3, 180, 360)]
    rail(canvas, loop, 0.1, a.accent)


def from_below(canvas: Canvas, a: Appearance) -> None:
    """The flat bottom with its seam and studs, the front foreshortened beyond it, the ends of the straps before it."""
    width, top, _ = _size(a)
    camera = Camera(0, -54, (top + _GROUND) / 2, -0.16)
    half = _HALF
    _straps(canvas, a, camera, _HANGING)
    _sides(canvas, a, camera)
    _front(canvas, a, camera)
    panel = rounded_box(-width * 0.98, -half, width * 0.98, half, 0.18)
    canvas.shape(camera.level(panel, _GROUND), shade(a.primary, 0.55), EDGE)
    inner = rounded_box(-width * 0.76, -half * 0.68, width * 0.76, half * 0.68, 0.14)
    canvas.shape(camera.level(inner, _GROUND), shade(a.primary, 0.66), 0.045, shade(a.primary, 0.32))
    for x, z in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        canvas.dot(*camera.at((x * width * 0.6, _GROUND, z * half * 0.4)), 0.08, INK)
        canvas.dot(*camera.at((x * width * 0.6, _GROUND, z * half * 0.4)), 0.05, STEEL)


def _straps(canvas: Canvas, a: Appearance, camera: Camera, bow: Sequence[Spot]) -> None:
    """Two bows on the side that lies on one's back; most of them is hidden behind the bag."""
    width, top, _ = _size(a)
    for side in (-1, 1):
        spots = [(side * width * x, top + (_GROUND - top) * y, -_HALF - z) for x, y, z in bow]
        rail(canvas, smooth([camera.at(spot) for spot in spots]), 0.15, a.accent)


def _sides(canvas: Canvas, a: Appearance, camera: Camera) -> None:
    width, top, radius = _size(a)
    if a.form == 1:
        droop = a.shape[5]
        for side in (-1, 1):
            cx, cy = side * (width * 0.84 + 0.16 * droop), top + 0.04 + 0.36 * droop
            ear = ellipse(cx, cy, 0.15 + 0.1 * a.shape[2], 0.24 + 0.16 * a.shape[2], side * (22 - 38 * droop))
            canvas.shape(hull([*camera.upright(ear, 0.06), *camera.upright(ear, -0.06)]), shade(a.primary, 0.72), EDGE)
    solid(canvas, camera, rounded_box(-width, top, width, _GROUND, min(radius, 0.3)), _HALF, a.paint())


def _front(canvas: Canvas, a: Appearance, camera: Camera) -> None:
    """The usual drawing's front, foreshortened; the pocket or the snout sticks out of it."""
    width, top, radius = _size(a)
    canvas.shape(camera.upright(rounded_box(-width, top, width, _GROUND, min(radius, 0.3)), _HALF), a.paint(), EDGE)
    if a.form == 0:
        _, _, roundness, pocket, depth, strap = a.shape
        half, pocket_top = width * (0.5 + 0.32 * pocket), 0.52 - 0.28 * pocket
        box = rounded_box(-half, pocket_top, half, 0.86, 0.08 + 0.14 * roundness)
        out = _HALF + 0.14
        canvas.shape(hull([*camera.upright(box, _HALF), *camera.upright(box, out)]), shade(a.secondary, 0.8), EDGE)
        canvas.shape(camera.upright(box, out), a.secondary, 0.045)
        lid_end = top + (_GROUND - top) * (0.15 + 0.28 * depth)
        lid = rounded_box(-width - 0.05, top, width + 0.05, lid_end, min(radius, 0.3))
        canvas.shape(camera.upright(lid, _HALF), a.secondary, EDGE)
        for side in (-1, 1):
            x = side * half * 0.55
            ends = [camera.at((x, lid_end - 0.12, _HALF)), camera.at((x, pocket_top + 0.12, out))]
            rail(canvas, ends, 0.08 + 0.06 * strap, a.accent)
        return
    _, _, _, snout, eyes, _ = a.shape
    rx, ry = width * (0.48 + 0.26 * snout), 0.25 + 0.11 * snout
    cy, out = 0.78 - ry, _HALF + 0.18
    eye_y = (top + cy - ry) / 2 + 0.06
    for side in (-1, 1):
        for grow, color in ((0.05, WHITE), (0.0, INK)):
            radius = 0.1 + 0.09 * eyes + grow
            canvas.shape(camera.upright(ellipse(side * width * 0.46, eye_y, radius, radius), _HALF), color)
    canvas.shape(camera.upright(ellipse(0, cy + ry - 0.1, rx * 0.4, 0.25), _HALF + 0.02), a.accent, EDGE)
    tip = camera.upright(ellipse(0, cy - 0.06, rx * 0.8, ry * 0.8), out)
    canvas.shape(hull([*camera.upright(ellipse(0, cy - 0.06, rx, ry), _HALF), *tip]), a.secondary, EDGE)
    canvas.shape(camera.upright(ellipse(0, cy - 0.06 - ry * 0.5, rx * 0.38, ry * 0.36), out), INK)
