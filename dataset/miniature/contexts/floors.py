"""Contexts that are something to stand on: fabric, a wooden floor, rugs, a mirror."""

import itertools
import math
import random

from dreambench.dataset.miniature.canvas import Canvas, Point, ellipse, shade
from dreambench.dataset.miniature.contexts.brush import band, box, inward, vary
from dreambench.dataset.miniature.contexts.context import Context


def _pink_fabric(canvas: Canvas, rng: random.Random) -> None:
    pink = vary(rng, (244, 142, 184), 8)
    band(canvas, 0, 1, pink)
    slant, sway = rng.choice((-1, 1)) * rng.uniform(0.35, 0.6), rng.uniform(0, 6)
    for i in range(-2, 6):  # folds: a lit ridge beside a shaded valley, all swinging together
        start = i * 0.27 + rng.uniform(-0.02, 0.02)
        for shift, width, tone in ((0.0, 0.085, 0.86), (-0.08, 0.06, 1.35)):
            fold: list[Point] = []
            for step in range(11):
                y = -0.05 + 1.1 * step / 10
                fold.append((start + shift + slant * (y - 0.5) + 0.05 * math.sin(sway + 6 * y), y))
            canvas.stroke(fold, width, shade(pink, tone))


def _wooden_floor(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (236, 228, 208)))
    horizon = rng.uniform(0.4, 0.5)
    wood = vary(rng, (196, 128, 70), 8)
    vanishing = (rng.uniform(0.4, 0.6), horizon - 0.4)
    stretch = (1.02 - vanishing[1]) / (horizon - vanishing[1])
    edges = [vanishing[0] + (i - 5.5) * 0.095 for i in range(12)]
    for i, (left, right) in enumerate(itertools.pairwise(edges)):
        far = [(left, horizon), (right, horizon)]
        near = [(vanishing[0] + (x - vanishing[0]) * stretch, 1.02) for x in (right, left)]
        canvas.shape([*far, *near], shade(wood, (1.12, 0.98, 0.88)[i * 2 % 3]))
        canvas.stroke([far[0], near[1]], 0.016, shade(wood, 0.6))
        share = rng.uniform(0.2, 0.85)  # where one board ends and the next begins
        ends = [(a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in ((far[0], near[1]), (far[1], near[0]))]
        canvas.stroke(ends, 0.016, shade(wood, 0.6))
    band(canvas, horizon - 0.05, horizon, (252, 250, 244))


def _forest_rug(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (164, 200, 140), 8))
    foot = rng.uniform(0.56, 0.62)
    bark = vary(rng, (104, 70, 46), 8)
    for x in (0.36, 0.64):
        box(canvas, x - 0.025, 0, x + 0.025, foot, shade(bark, 1.25))
    band(canvas, foot, 1, vary(rng, (98, 120, 58), 8))
    for x, half in ((0.05, 0.055), (0.22, 0.042), (0.79, 0.045), (0.95, 0.055)):
        middle = x + rng.uniform(-0.015, 0.015)
        low = foot + rng.uniform(0.02, 0.1)
        trunk = [
            (middle - half, 0),
            (middle + half, 0),
            (middle + half, low - 0.05),
            (middle + half * 1.6, low),
            (middle - half * 1.6, low),
        ]
        canvas.shape([*trunk, (middle - half, low - 0.05)], bark, 0.014)
    for i in range(7):  # the canopy
        canvas.dot(i / 6, rng.uniform(0.0, 0.06), 0.12, vary(rng, (48, 118, 62), 8))
    purple = vary(rng, (132, 48, 176), 8)
    canvas.shape(ellipse(0.5, 0.865, 0.48, 0.2), purple, 0.02)
    ring = ellipse(0.5, 0.865, 0.4, 0.15)
    canvas.stroke([*ring, ring[0]], 0.025, shade(purple, 1.5))


def _white_rug(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (150, 178, 182), 12))
    horizon = rng.uniform(0.45, 0.52)
    floor = vary(rng, (122, 88, 84), 8)
    band(canvas, horizon, 1, floor)
    band(canvas, horizon - 0.04, horizon, (226, 230, 228))
    top, bottom = horizon + 0.13, 0.95
    far, near = rng.uniform(0.16, 0.2), rng.uniform(0.06, 0.09)
    white = (252, 251, 248)
    for i in range(9):  # the fringe at both ends
        y = top + (bottom - top) * (i + 0.3) / 8.6
        x = far + (near - far) * (i + 0.3) / 8.6
        for side in (-1, 1):
            canvas.stroke([(inward(side, x + 0.02), y), (inward(side, x - 0.055), y + 0.012)], 0.026, (236, 230, 222))
    canvas.shape([(far, top), (1 - far, top), (1 - near, bottom), (near, bottom)], white, 0.016, (214, 208, 202))
    for inset in (0.07, 0.13):  # a woven border across each end
        for side in (-1, 1):
            canvas.stroke(
                [(inward(side, far + inset * 0.8), top), (inward(side, near + inset), bottom)], 0.018, (204, 204, 208)
            )
    canvas.shape([(near, bottom), (1 - near, bottom), (1 - near, bottom + 0.025), (near, bottom + 0.025)], (206, 200, 194))


def _mirror(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (196, 172, 178), 10))
    horizon = rng.uniform(0.34, 0.4)
    band(canvas, horizon, 1, vary(rng, (116, 80, 92), 8))
    top, bottom = horizon + 0.09, 0.985

    def place(u: float, v: float) -> Point:
        """A point of the glass: `u` across, `v` towards the viewer."""
        left, right = 0.17 - 0.12 * v, 0.83 + 0.12 * v
        return (left + (right - left) * u, top + (bottom - top) * v)

    corners = [place(0, 0), place(1, 0), place(1, 1), place(0, 1)]
    glass = vary(rng, (150, 208, 240), 8)
    canvas.shape(corners, glass)
    canvas.shape([place(0, 0), place(1, 0), place(1, 0.3), place(0, 0.3)], shade(glass, 1.35))
    for start, width in ((0.02, 0.13), (0.2, 0.05), (0.72, 0.14), (0.91, 0.05)):  # glints, leaning all one way
        shift = start + rng.uniform(-0.01, 0.02)
        low, high = max(0.0, shift - 0.12), min(1.0, shift + 0.12)
        band_ends = [(low, 1.0), (min(1.0, low + width), 1.0), (min(1.0, high + width), 0.0), (high, 0.0)]
        canvas.shape([place(u, v) for u, v in band_ends], (246, 252, 255))
    canvas.stroke([*corners, corners[0]], 0.055, (150, 104, 30))
    canvas.stroke([*corners, corners[0]], 0.035, (238, 190, 66))


FLOORS = {
    "on top of pink fabric": Context(_pink_fabric),
    "on top of a wooden floor": Context(_wooden_floor),
    "on top of a purple rug in a forest": Context(_forest_rug),
    "on top of a white rug": Context(_white_rug),
    "on top of a mirror": Context(_mirror),
}
