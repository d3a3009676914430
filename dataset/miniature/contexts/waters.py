"""Contexts in which the subject floats: blue water and an ocean of milk."""

import math
import random

from PIL import Image, ImageDraw

from dreambench.dataset.miniature.canvas import CANVAS_SIZE, RGB, Canvas, Point, Pose, arc, ellipse, shade
from dreambench.dataset.miniature.contexts.brush import band, color_at, inward, vary
from dreambench.dataset.miniature.contexts.context import Context

#: How far below the subject's centre the surface lies, in half-heights: the lowest three tenths are under it.
_DRAUGHT = 0.42


def _waves(top: float, phase: float, height: float) -> list[Point]:
    """The line of a gently waving surface, from edge to edge."""
    return [(i / 16, top + height * math.sin(phase + i * 0.9)) for i in range(-1, 18)]


def _submerge(canvas: Canvas, pose: Pose, color: RGB, opacity: float, phase: float) -> None:
    """Cover everything below the waterline, letting `1 - opacity` of it shine through."""
    line = _waves(pose.y + pose.scale * _DRAUGHT, phase, 0.012)
    mask = Image.new("L", canvas.image.size, 0)
    outline = [(x * CANVAS_SIZE, y * CANVAS_SIZE) for x, y in [*line, (1.1, 1.1), (-0.1, 1.1)]]
    ImageDraw.Draw(mask).polygon(outline, fill=round(255 * opacity))
    canvas.image.paste((*color, 255), mask=mask)


def _ripples(canvas: Canvas, pose: Pose, color: RGB) -> None:
    """Rings on the surface that open around the subject."""
    y = pose.y + pose.scale * _DRAUGHT
    for reach, depth, span in ((0.95, 0.2, 180), (1.25, 0.42, 140)):
        half = span / 2
        canvas.stroke(arc(pose.x, y, pose.scale * reach, pose.scale * depth, 90 - half, 90 + half), 0.022, color)


def _water(canvas: Canvas, rng: random.Random) -> None:
    horizon = rng.uniform(0.16, 0.24)
    band(canvas, 0, 1, vary(rng, (198, 228, 246), 6))
    blue = vary(rng, (44, 128, 214), 10)
    band(canvas, horizon, 1, blue)
    band(canvas, horizon, horizon + 0.12, shade(blue, 0.84))
    for i in range(7):  # short crests at both sides, in rows
        x = inward(-1 if i % 2 else 1, rng.uniform(0.1, 0.22))
        y = horizon + 0.1 + 0.085 * i
        canvas.stroke(arc(x, y, 0.11, 0.035, 200, 340, points=8), 0.022, (206, 236, 255))


def _water_front(canvas: Canvas, pose: Pose, rng: random.Random) -> None:
    blue = color_at(canvas, 0, 1)
    _submerge(canvas, pose, blue, 0.8, rng.uniform(0, 6))
    _ripples(canvas, pose, (206, 236, 255))
    for side in (-1, 1):
        x, y = inward(side, rng.uniform(0.08, 0.14)), rng.uniform(0.84, 0.93)
        canvas.stroke(arc(x, y, 0.1, 0.03, 200, 340, points=8), 0.022, (206, 236, 255))


_MILK: RGB = (255, 252, 244)
_CREAM: RGB = (224, 212, 196)


def _milk(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (232, 174, 140), 10))
    horizon, phase = rng.uniform(0.28, 0.36), rng.uniform(0, 6)
    for row in range(3):  # rolling waves, one before the other, with creamy hollows
        line = _waves(horizon + 0.15 * row, phase + 2.2 * row, 0.03)
        canvas.shape([*line, (1.1, 1.1), (-0.1, 1.1)], _MILK)
        hollow = [(x, y + 0.075) for x, y in line]
        canvas.stroke(hollow, 0.035, _CREAM)
    for side in (-1, 1):  # a thick splash leaps up at each side
        x, low, high = inward(side, rng.uniform(0.1, 0.14)), horizon + 0.06, horizon - rng.uniform(0.1, 0.16)
        lean = 0.05 * side
        splash = [(x - 0.1, low), (x - 0.03, low - 0.07), (x + lean, high), (x + 0.03, low - 0.07), (x + 0.1, low)]
        canvas.shape(splash, _MILK)
        canvas.dot(x + lean, high, 0.035, _MILK)
        canvas.dot(x - lean * 0.8, high - 0.07, 0.026, _MILK)


def _milk_front(canvas: Canvas, pose: Pose, rng: random.Random) -> None:
    _submerge(canvas, pose, _MILK, 1.0, rng.uniform(0, 6))
    y = pose.y + pose.scale * _DRAUGHT
    for sign in (-1, 1):  # the splash around the subject
        x = pose.x + sign * pose.scale * 0.8
        canvas.shape(ellipse(x, y + 0.02, pose.scale * 0.36, pose.scale * 0.09), _MILK)
        canvas.dot(x + sign * pose.scale * 0.2, y - pose.scale * rng.uniform(0.2, 0.3), 0.03, _MILK)
    _ripples(canvas, pose, _CREAM)


WATERS = {
    "floating on top of water": Context(_water, _water_front, shadow=False),
    "floating in an ocean of milk": Context(_milk, _milk_front, shadow=False),
}
