"""Contexts with a landmark behind the subject: city, mountain, blue house, autumn tree, Eiffel Tower.

The landmark stands at a side, where the subject in the middle does not hide it.
"""

import random

from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, blend, ellipse, shade
from dreambench.dataset.miniature.contexts.brush import band, box, cloud, inward, leaf, pick_side, vary
from dreambench.dataset.miniature.contexts.context import Context


def _tower_block(canvas: Canvas, left: float, top: float, width: float, foot: float, color: RGB) -> None:
    box(canvas, left, top, left + width, foot, color, 0.01)
    light = (255, 232, 140)
    y = top + 0.04
    while y < foot - 0.06:
        for share in (0.18, 0.6):
            x = left + width * share
            box(canvas, x, y, x + width * 0.22, y + 0.04, light)
        y += 0.085


def _city(canvas: Canvas, rng: random.Random) -> None:
    sky = vary(rng, (190, 206, 228))
    band(canvas, 0, 1, sky)
    foot = rng.uniform(0.64, 0.7)
    far = blend(sky, (90, 100, 130), 0.4)
    for i in range(6):  # a paler row behind, seen above the subject's head
        left = -0.02 + 0.18 * i
        box(canvas, left, rng.uniform(0.1, 0.3), left + 0.14, foot, far)
    for left, width in ((-0.05, 0.17), (0.14, 0.15), (0.71, 0.15), (0.88, 0.17)):
        color = vary(rng, rng.choice(((66, 76, 104), (92, 84, 108), (76, 96, 116))), 8)
        _tower_block(canvas, left, rng.uniform(0.03, 0.28), width, foot, color)
    band(canvas, foot, 1, vary(rng, (138, 140, 148), 8))
    band(canvas, foot, foot + 0.03, (196, 198, 202))


def _peak(canvas: Canvas, x: float, top: float, foot: float, half: float, rock: RGB) -> None:
    height = foot - top
    canvas.shape([(x - half, foot), (x, top), (x + half, foot)], rock)
    canvas.shape([(x, top), (x + half, foot), (x + half * 0.25, foot)], shade(rock, 0.8))
    snow, reach = top + height * 0.4, half * 0.4
    zigzag: list[Point] = [
        (x, top),
        (x + reach, snow),
        (x + reach * 0.45, snow - height * 0.08),
        (x, snow + height * 0.06),
        (x - reach * 0.45, snow - height * 0.08),
        (x - reach, snow),
    ]
    canvas.shape(zigzag, (250, 252, 255))


def _mountain(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (120, 184, 238)))
    foot, side = rng.uniform(0.6, 0.68), pick_side(rng)
    rock = vary(rng, (112, 116, 138), 8)
    _peak(canvas, rng.uniform(0.45, 0.55), 0.2, foot, 0.4, blend(rock, (160, 190, 225), 0.4))
    _peak(canvas, inward(-side, 0.1), rng.uniform(0.22, 0.3), foot, 0.3, shade(rock, 1.1))
    _peak(canvas, inward(side, 0.2), rng.uniform(0.03, 0.09), foot, 0.4, rock)
    meadow = vary(rng, (112, 172, 86), 8)
    band(canvas, foot, 1, meadow)
    canvas.shape(ellipse(rng.uniform(0.2, 0.8), foot + 0.02, 0.6, 0.06), meadow)


def _blue_house(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (216, 232, 240)))
    foot, side = rng.uniform(0.64, 0.7), pick_side(rng)
    green = vary(rng, (134, 190, 98), 8)
    for distance, radius in ((0.02, 0.13), (0.17, 0.1)):
        canvas.dot(inward(-side, distance), foot - 0.03, radius, shade(green, 0.68))
    band(canvas, foot, 1, green)
    middle, half, eaves = 0.24, 0.23, 0.33
    wall = vary(rng, (34, 98, 214), 10)
    outer, inner = sorted((inward(side, middle - half), inward(side, middle + half)))
    box(canvas, inward(side, 0.35) - 0.04, 0.1, inward(side, 0.35) + 0.04, 0.3, (190, 88, 70))
    gable = [(outer, foot), (outer, eaves), (inward(side, middle), 0.1), (inner, eaves), (inner, foot)]
    canvas.shape(gable, wall, 0.016)
    eave = 0.045
    roof = [(outer - eave, eaves + eave * 0.9), (inward(side, middle), 0.1), (inner + eave, eaves + eave * 0.9)]
    canvas.stroke(roof, 0.055, (250, 250, 248))
    x = inward(side, 0.115)
    box(canvas, x - 0.075, 0.4, x + 0.075, 0.55, (255, 255, 255))
    box(canvas, x - 0.05, 0.425, x + 0.05, 0.525, (255, 226, 130))
    canvas.stroke([(x, 0.42), (x, 0.53)], 0.016, (255, 255, 255))
    x = inward(side, 0.32)
    box(canvas, x - 0.065, 0.45, x + 0.065, foot, (250, 250, 248))


_AUTUMN: tuple[RGB, ...] = ((226, 92, 32), (244, 150, 40), (250, 196, 60), (196, 52, 36))


def _autumn(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (206, 226, 238)))
    foot, side = rng.uniform(0.58, 0.66), pick_side(rng)
    ground = vary(rng, (190, 158, 96), 8)
    band(canvas, foot, 1, ground)
    bark = (98, 64, 44)
    trunk = [(0.05, 0.3), (0.15, 0.3), (0.15, foot), (0.2, foot + 0.1), (0.0, foot + 0.1), (0.05, foot)]
    canvas.shape([(inward(side, d), y) for d, y in trunk], bark, 0.014)
    crown = ((0.02, 0.32, 0.15, 0), (0.52, 0.03, 0.13, 1), (0.34, 0.08, 0.17, 0), (0.26, 0.26, 0.13, 1), (0.1, 0.12, 0.2, 3))
    for distance, y, radius, color in crown:
        canvas.dot(inward(side, distance), y, radius + rng.uniform(-0.01, 0.02), vary(rng, _AUTUMN[color], 8))
    canvas.dot(inward(side, 0.2), 0.12, 0.12, _AUTUMN[1])
    canvas.dot(inward(side, 0.06), 0.26, 0.08, _AUTUMN[2])
    for i in range(8):  # fallen leaves
        place = (inward(side, 0.04 + 0.125 * i), rng.uniform(foot + 0.1, 0.97))
        leaf(canvas, place, rng.uniform(-60, 0), 0.12, 0.075, _AUTUMN[i % 4], rib=False)
    for i in range(4):  # leaves in the air, on the side away from the tree
        place = (inward(-side, rng.uniform(0.02, 0.12) + 0.1 * (i % 2)), 0.08 + 0.13 * i)
        leaf(canvas, place, rng.uniform(20, 100), 0.11, 0.07, _AUTUMN[(i + 1) % 4], rib=False)


def _eiffel_tower(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (166, 206, 240)))
    foot, side = rng.uniform(0.66, 0.72), pick_side(rng)
    cloud(canvas, inward(-side, 0.2), rng.uniform(0.1, 0.2), 0.08)
    green = vary(rng, (126, 180, 92), 8)
    for i in range(6):
        canvas.dot(i / 5, foot, 0.075, shade(green, 0.72))
    band(canvas, foot, 1, green)
    x = inward(side, 0.18)
    top, height, iron = 0.02, foot + 0.04 - 0.02, vary(rng, (104, 70, 52), 6)
    profile = ((0.0, 0.006), (0.12, 0.014), (0.35, 0.034), (0.6, 0.068), (0.82, 0.125), (1.0, 0.19))
    for sign in (-1, 1):  # each leg is a curved band; the gap between the two opens downwards
        outer = [(x + sign * half, top + share * height) for share, half in profile]
        gaps = ((1.0, 0.105), (0.86, 0.06), (0.74, 0.02), (0.66, 0.0), (0.0, 0.0))
        canvas.shape([*outer, *((x + sign * gap, top + share * height) for share, gap in gaps)], iron)
    for share, half in ((0.12, 0.03), (0.4, 0.058), (0.68, 0.105)):  # the platforms
        y = top + share * height
        canvas.stroke([(x - half, y), (x + half, y)], 0.028, shade(iron, 0.8))


BACKDROPS = {
    "with a city in the background": Context(_city),
    "with a mountain in the background": Context(_mountain),
    "with a blue house in the background": Context(_blue_house),
    "with a tree and autumn leaves in the background": Context(_autumn),
    "with the Eiffel Tower in the background": Context(_eiffel_tower),
}
