"""Everyday places without anything to name, as reference photos show: their colours vary, nothing in them tells.

They differ from every context of the prompt list, so that a model ties no prompt's place to "a photo of a thing".
"""

import colorsys
import random

from dreambench.dataset.miniature.canvas import RGB, Canvas, ellipse, shade
from dreambench.dataset.miniature.contexts.brush import band, vary
from dreambench.dataset.miniature.contexts.context import Context


def _muted(rng: random.Random, low: float, high: float) -> RGB:
    """A greyish colour of any hue with brightness between `low` and `high`."""
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.05, 0.22), rng.uniform(low, high))
    return (round(red * 255), round(green * 255), round(blue * 255))


def _studio(canvas: Canvas, rng: random.Random) -> None:
    """A paper sweep: one colour that turns lighter towards the floor."""
    paper = _muted(rng, 0.6, 0.9)
    band(canvas, 0, 1, paper)
    bend = rng.uniform(0.6, 0.7)
    for i in range(3):
        band(canvas, bend + 0.05 * i, 1, shade(paper, 1.1 + 0.1 * i))


def _table(canvas: Canvas, rng: random.Random) -> None:
    """A smooth table top before a wall out of focus."""
    band(canvas, 0, 1, _muted(rng, 0.5, 0.8))
    edge = rng.uniform(0.55, 0.66)
    top = rng.choice((vary(rng, (176, 156, 136), 14), vary(rng, (226, 222, 214), 10), _muted(rng, 0.4, 0.6)))
    band(canvas, edge, 1, top)
    band(canvas, edge, edge + 0.02, shade(top, 1.25))
    band(canvas, 0.95, 1, shade(top, 0.7))


def _room(canvas: Canvas, rng: random.Random) -> None:
    """A corner of a room: two walls meet, a carpet of one colour."""
    wall = _muted(rng, 0.7, 0.92)
    band(canvas, 0, 1, wall)
    corner, floor = rng.choice((rng.uniform(0.1, 0.25), rng.uniform(0.75, 0.9))), rng.uniform(0.55, 0.62)
    side = -0.1 if corner < 0.5 else 1.1
    canvas.shape([(corner, -0.1), (side, -0.1), (side, floor + 0.15), (corner, floor)], shade(wall, 0.88))
    carpet = [(side, floor + 0.17), (corner, floor), (1 - side, floor + 0.05), (1 - side, 1.1), (side, 1.1)]
    canvas.shape(carpet, _muted(rng, 0.45, 0.7))


def _lawn(canvas: Canvas, rng: random.Random) -> None:
    """Dull mown grass before a hedge out of focus."""
    green = vary(rng, (136, 150, 104), 10)
    band(canvas, 0, 1, green)
    hedge = rng.uniform(0.4, 0.5)
    band(canvas, 0, hedge, shade(green, 0.66))
    canvas.shape(ellipse(rng.uniform(0.2, 0.8), hedge, 0.7, 0.06), shade(green, 0.82))


def _wall(canvas: Canvas, rng: random.Random) -> None:
    """Pavement along a plastered wall."""
    band(canvas, 0, 1, _muted(rng, 0.55, 0.85))
    foot = rng.uniform(0.66, 0.75)
    grey = rng.randint(110, 160)
    band(canvas, foot, 1, (grey, grey - 2, grey - 6))
    band(canvas, foot - 0.03, foot + 0.01, (grey - 34, grey - 36, grey - 38))


PLAIN = {
    "studio": Context(_studio),
    "table": Context(_table),
    "room": Context(_room),
    "lawn": Context(_lawn),
    "wall": Context(_wall),
}
