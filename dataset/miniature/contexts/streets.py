"""Contexts in town: a cobblestone street and the sidewalk of a crowded street."""

import random

from dreambench.dataset.miniature.canvas import RGB, Canvas, rounded_box, shade
from dreambench.dataset.miniature.contexts.brush import band, box, inward, vary
from dreambench.dataset.miniature.contexts.context import Context

_PLASTER: tuple[RGB, ...] = ((214, 170, 110), (198, 128, 104), (222, 206, 170), (170, 150, 128))


def _cobblestones(canvas: Canvas, rng: random.Random) -> None:
    horizon = rng.uniform(0.34, 0.4)
    first = rng.randrange(len(_PLASTER))
    for i, (left, right) in enumerate(((-0.02, 0.3), (0.3, 0.7), (0.7, 1.02))):  # a row of old houses
        box(canvas, left, -0.02, right, horizon, vary(rng, _PLASTER[(first + i) % 4], 6), 0.012)
        middle = (left + right) / 2
        box(canvas, middle - 0.055, 0.04, middle + 0.055, 0.22, (92, 70, 62))
    mortar = vary(rng, (78, 76, 84), 6)
    band(canvas, horizon, 1, mortar)
    top, row = horizon + 0.012, 0
    while top < 1:  # rows grow towards the viewer
        height = 0.1 + 0.12 * (top - horizon)
        width = height * 1.45
        x = 0.5 - width * (5.5 if row % 2 else 5.0)
        while x < 1:
            if x + width > 0:
                grey = vary(rng, (158, 154, 156), 16)
                canvas.shape(rounded_box(x, top, x + width - 0.016, top + height - 0.014, height * 0.42), grey)
            x += width
        top += height
        row += 1


_COATS: tuple[RGB, ...] = (
    (196, 58, 58),
    (54, 92, 160),
    (232, 178, 60),
    (78, 140, 98),
    (122, 76, 140),
    (60, 62, 74),
    (222, 120, 70),
)
_SKIN: tuple[RGB, ...] = ((246, 206, 172), (206, 150, 108), (132, 88, 60))


def _person(canvas: Canvas, x: float, foot: float, height: float, coat: RGB, skin: RGB) -> None:
    half = height * 0.16
    for sign in (-1, 1):
        canvas.stroke([(x + sign * half * 0.45, foot - height * 0.4), (x + sign * half * 0.5, foot)], half * 0.75, (52, 52, 66))
    body = rounded_box(x - half, foot - height * 0.78, x + half, foot - height * 0.32, half * 0.7)
    canvas.shape(body, coat, 0.012)
    canvas.dot(x, foot - height * 0.88, height * 0.115, (64, 44, 36))
    canvas.dot(x, foot - height * 0.86, height * 0.095, skin)


def _crowded_sidewalk(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (184, 172, 176), 8))
    horizon = rng.uniform(0.5, 0.56)
    for x in (0.02, 0.36, 0.7):  # shop windows under one long awning
        box(canvas, x, 0.12, x + 0.28, horizon - 0.03, (108, 112, 130))
    band(canvas, 0, 0.09, vary(rng, (150, 66, 66), 8))
    slab = vary(rng, (206, 204, 200), 6)
    band(canvas, horizon, 1, slab)
    for y in (0.03, 0.13, 0.28):
        canvas.stroke([(0, horizon + y), (1, horizon + y)], 0.014, shade(slab, 0.78))
    for i in range(-3, 4):
        canvas.stroke([(0.5 + i * 0.15, horizon), (0.5 + i * 0.34, 1)], 0.014, shade(slab, 0.78))
    coats = rng.sample(_COATS, len(_COATS))
    for i, x in enumerate((0.28, 0.43, 0.57, 0.72)):  # people farther off
        _person(canvas, x + rng.uniform(-0.02, 0.02), horizon + 0.05, rng.uniform(0.42, 0.47), coats[i + 2], rng.choice(_SKIN))
    for side in (-1, 1):  # and near ones walking past on both sides
        _person(
            canvas,
            inward(side, rng.uniform(0.17, 0.2)),
            horizon + 0.14,
            rng.uniform(0.52, 0.58),
            coats[side % 7],
            rng.choice(_SKIN),
        )
        _person(
            canvas,
            inward(side, rng.uniform(0.04, 0.07)),
            horizon + 0.28,
            rng.uniform(0.68, 0.75),
            coats[side + 1],
            rng.choice(_SKIN),
        )


STREETS = {
    "on a cobblestone street": Context(_cobblestones),
    "on top of the sidewalk in a crowded street": Context(_crowded_sidewalk),
}
