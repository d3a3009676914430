"""Contexts in nature: jungle, snow, beach, wheat, sunflowers, a dirt road."""

import math
import random

from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, Pose, ellipse, shade, smooth
from dreambench.dataset.miniature.contexts.brush import (
    Side,
    band,
    cloud,
    color_at,
    inward,
    leaf,
    leaf_outline,
    pick_side,
    tuft,
    vary,
)
from dreambench.dataset.miniature.contexts.context import Context


def _jungle(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (16, 74, 48), 6))
    band(canvas, rng.uniform(0.74, 0.8), 1, vary(rng, (62, 66, 30), 6))
    for x in (rng.uniform(0.2, 0.3), rng.uniform(0.68, 0.8)):
        vine: list[Point] = [(x + 0.03 * math.sin(9 * i / 8 + 20 * x), 0.75 * i / 8) for i in range(9)]
        canvas.stroke(vine, 0.025, (96, 92, 40))
    for x in (0.2, 0.42, 0.6, 0.82):  # leaves that hang from above
        green = vary(rng, (40, 140, 62), 16)
        leaf(canvas, (x + rng.uniform(-0.05, 0.05), -0.08), 90 + rng.uniform(-35, 35), 0.34, 0.15, green)
    for side in (-1, 1):  # a fan of broad leaves from each edge
        for y, tilt in ((0.3, -30), (0.55, 0), (0.8, -25), (1.02, -55)):
            green = vary(rng, (66, 172, 66), 20)
            angle = tilt + rng.uniform(-12, 12)
            leaf(
                canvas,
                (inward(side, -0.06), y + rng.uniform(-0.05, 0.05)),
                angle if side < 0 else 180 - angle,
                0.38,
                0.17,
                green,
            )


def _fir(canvas: Canvas, x: float, foot: float, height: float, green: RGB) -> None:
    canvas.stroke([(x, foot), (x, foot - height * 0.2)], 0.04, (96, 66, 48))
    for low, width in ((0.12, 0.34), (0.38, 0.27), (0.62, 0.2)):
        base, tip, half = foot - height * low, foot - height * min(1.0, low + 0.42), height * width
        canvas.shape([(x - half, base), (x, tip), (x + half, base)], green)
        canvas.shape([(x - half * 0.5, (base + tip) / 2), (x, tip), (x + half * 0.5, (base + tip) / 2)], (250, 252, 255))


def _snow(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (158, 188, 224)))
    horizon = rng.uniform(0.5, 0.6)
    canvas.shape(ellipse(rng.uniform(0.2, 0.8), horizon + 0.14, 0.8, 0.24), (216, 228, 244))
    side = pick_side(rng)
    green = vary(rng, (34, 98, 82))
    _fir(canvas, inward(side, 0.11), horizon + 0.12, rng.uniform(0.5, 0.58), green)
    _fir(canvas, inward(-side, 0.09), horizon + 0.1, rng.uniform(0.36, 0.44), green)
    canvas.shape(ellipse(rng.uniform(0.3, 0.7), 1.02, 0.95, 1 - horizon), (247, 250, 255))
    for i in range(10):  # few and large, spread evenly over the sky
        x, y = (i + rng.uniform(0.2, 0.8)) / 10, rng.uniform(0.03, 0.3) + 0.28 * (i % 2)
        canvas.dot(x, y, rng.uniform(0.017, 0.024), (255, 255, 255))


def _snow_front(canvas: Canvas, pose: Pose, rng: random.Random) -> None:
    foot = pose.y + pose.scale
    heaps = [
        (pose.x + pose.scale * (dx + rng.uniform(-0.1, 0.1)), foot + pose.scale * dy) for dx, dy in ((-0.55, 0.1), (0.5, 0.06))
    ]
    for rim, color in ((0.025, (200, 216, 240)), (0.0, (247, 250, 255))):  # a bluish rim sets the heaps off the white ground
        for x, y in heaps:
            canvas.shape(ellipse(x, y + 0.02 - rim, pose.scale * 0.7, pose.scale * 0.22), color)


def _beach(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (142, 212, 244)))
    horizon, side = rng.uniform(0.42, 0.5), pick_side(rng)
    canvas.dot(inward(-side, 0.14), 0.14, 0.085, (255, 228, 92))
    band(canvas, horizon, 1, vary(rng, (30, 128, 200)))
    shore = horizon + 0.14
    sand = vary(rng, (244, 220, 156))
    wash = rng.uniform(0, 6)
    curve = [(i / 10, shore + 0.025 * math.sin(wash + i * 0.9)) for i in range(-1, 12)]
    canvas.shape([*curve, (1.1, 1.1), (-0.1, 1.1)], sand)
    canvas.stroke(curve, 0.03, (240, 250, 252))
    crown = (inward(side, 0.13), 0.22 + rng.uniform(-0.03, 0.03))
    trunk = smooth(
        [(inward(side, d), y) for d, y in ((0.02, 0.94), (0.1, 0.94), (0.115, 0.6), (0.155, 0.22), (0.11, 0.22), (0.06, 0.6))]
    )
    canvas.shape(trunk, (158, 108, 62), 0.012)
    for angle in (-160, -110, -65, -20, 25, 155):
        leaf(canvas, crown, angle + rng.uniform(-8, 8), 0.26, 0.09, (40, 150, 70), rib=False)
    star = (inward(-side, 0.12), rng.uniform(0.84, 0.92))
    points = [
        (star[0] + r * math.sin(math.pi * i / 5), star[1] - r * math.cos(math.pi * i / 5))
        for i, r in enumerate((0.07, 0.03) * 5)
    ]
    canvas.shape(points, (236, 110, 70))


def _wheat_stalk(canvas: Canvas, x: float, foot: float, height: float, lean: float, gold: RGB) -> None:
    top = (x + lean * height, foot - height)
    canvas.stroke([(x, foot), top], 0.02, shade(gold, 0.8))
    canvas.shape(leaf_outline((top[0], top[1] + 0.05), -90 + lean * 60, 0.17, 0.07), gold, 0.014, shade(gold, 0.6))


def _wheat(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (128, 196, 238)))
    horizon = rng.uniform(0.45, 0.55)
    cloud(canvas, rng.uniform(0.15, 0.85), 0.14, 0.08)
    field = vary(rng, (226, 178, 66), 8)
    band(canvas, horizon, 1, field)
    for i in range(1, 4):
        band(canvas, horizon + 0.015 + 0.05 * i * i, horizon + 0.04 + 0.055 * i * i, shade(field, 0.9))
    for i in range(7):
        reach = i * 0.034 + rng.uniform(-0.01, 0.01)
        for side in (-1, 1):
            height = 0.66 - 0.05 * i + rng.uniform(-0.07, 0.07)
            _wheat_stalk(
                canvas, inward(side, 0.01 + reach), 1.02, height, rng.uniform(-0.12, 0.12), vary(rng, (250, 208, 96), 8)
            )


def _wheat_front(canvas: Canvas, pose: Pose, rng: random.Random) -> None:
    for dx in (-1.1, -0.85, 0.85, 1.1):
        x = pose.x + dx * pose.scale
        _wheat_stalk(canvas, x, 1.05, rng.uniform(0.2, 0.3), rng.uniform(-0.1, 0.1), vary(rng, (250, 208, 96), 8))


def _sunflower(canvas: Canvas, x: float, y: float, radius: float) -> None:
    points = []
    for i in range(24):
        reach = radius if i % 2 else radius * 0.68
        points.append((x + reach * math.cos(math.pi * i / 12), y + reach * math.sin(math.pi * i / 12)))
    canvas.shape(points, (255, 206, 24), 0.012, (206, 132, 10))
    canvas.dot(x, y, radius * 0.46, (100, 58, 24))


def _sunflowers(canvas: Canvas, rng: random.Random) -> None:
    grass = vary(rng, (112, 190, 72), 8)
    band(canvas, 0, 1, grass)
    for _ in range(9):
        tuft(canvas, rng.uniform(0.02, 0.98), rng.uniform(0.1, 0.95), 0.09, shade(grass, 0.8))
    for x, y in ((0.11, 0.13), (0.5, 0.1), (0.89, 0.13), (0.09, 0.5), (0.91, 0.5)):
        cx, cy = x + rng.uniform(-0.02, 0.02), y + rng.uniform(-0.03, 0.05)
        canvas.stroke([(cx, cy), (cx, cy + 0.2)], 0.025, shade(grass, 0.55))
        canvas.shape(leaf_outline((cx, cy + 0.19), -30 if x < 0.5 else 210, 0.1, 0.06), shade(grass, 0.6))
        _sunflower(canvas, cx, cy, rng.uniform(0.105, 0.125))


def _sunflowers_front(canvas: Canvas, pose: Pose, rng: random.Random) -> None:
    grass = shade(color_at(canvas, 0.5, 1), 0.75)
    for i in range(6):
        tuft(canvas, pose.x + pose.scale * (i - 2.5) * 0.36, pose.y + pose.scale * 1.06, rng.uniform(0.09, 0.12), grass)
    for side in (-1, 1):
        _sunflower(canvas, inward(side, 0.1 + rng.uniform(-0.02, 0.02)), rng.uniform(0.87, 0.91), rng.uniform(0.1, 0.12))


def _road_edges(horizon: float, side: Side) -> tuple[list[Point], list[Point]]:
    """The two borders of a road that bends towards `side` and narrows to the horizon."""
    left, right = [], []
    for i in range(9):
        t = i / 8
        middle = inward(side, 0.16) * (1 - t) ** 2 + 0.5 * (1 - (1 - t) ** 2)
        half = 0.035 + 0.4 * t
        left.append((middle - half, horizon + (1.02 - horizon) * t))
        right.append((middle + half, horizon + (1.02 - horizon) * t))
    return left, right


def _dirt_road(canvas: Canvas, rng: random.Random) -> None:
    band(canvas, 0, 1, vary(rng, (176, 214, 236)))
    horizon, side = rng.uniform(0.4, 0.47), pick_side(rng)
    green = vary(rng, (122, 158, 70), 8)
    canvas.shape(ellipse(inward(-side, 0.15), horizon + 0.04, 0.4, 0.12), shade(green, 0.78))
    band(canvas, horizon, 1, green)
    left, right = _road_edges(horizon, side)
    dirt = vary(rng, (184, 130, 82), 8)
    canvas.shape([*left, *reversed(right)], dirt, 0.02, shade(dirt, 0.75))
    for share in (0.24, 0.76):  # the two ruts that wheels have left
        rut = [
            [(a[0] + (b[0] - a[0]) * (share + wide), a[1]) for a, b in zip(left, right, strict=True)] for wide in (-0.07, 0.07)
        ]
        canvas.shape([*rut[0], *reversed(rut[1])], shade(dirt, 0.76))
    for i in range(3):
        x, y = inward(pick_side(rng), rng.uniform(0.01, 0.05)), 0.62 + 0.12 * i
        tuft(canvas, x, y, 0.1, shade(green, 0.7))


OUTDOORS = {
    "in the jungle": Context(_jungle),
    "in the snow": Context(_snow, _snow_front),
    "on the beach": Context(_beach),
    "with a wheat field in the background": Context(_wheat, _wheat_front),
    "on top of green grass with sunflowers around it": Context(_sunflowers, _sunflowers_front),
    "on top of a dirt road": Context(_dirt_road),
}
