"""Small drawing tools that several contexts share. All take frame coordinates (0..1, y down)."""

import math
import random

from dreambench.dataset.miniature.canvas import CANVAS_SIZE, RGB, Canvas, Point, shade

Side = int
"""-1 for the left of the picture, 1 for the right."""


def pick_side(rng: random.Random) -> Side:
    """Left or right."""
    return rng.choice((-1, 1))


def inward(side: Side, distance: float) -> float:
    """The x that lies `distance` inside the picture from the given side's edge."""
    return distance if side < 0 else 1 - distance


def vary(rng: random.Random, color: RGB, amount: int = 10) -> RGB:
    """The same colour seen in another picture: a little lighter or darker and a little off in hue."""
    common = rng.randint(-amount, amount)
    red, green, blue = (min(255, max(0, level + common + rng.randint(-amount // 2, amount // 2))) for level in color)
    return (red, green, blue)


def band(canvas: Canvas, top: float, bottom: float, color: RGB) -> None:
    """A level strip over the whole width."""
    canvas.shape([(-0.01, top), (1.01, top), (1.01, bottom), (-0.01, bottom)], color)


def box(canvas: Canvas, left: float, top: float, right: float, bottom: float, color: RGB, outline: float = 0.0) -> None:
    """An upright rectangle."""
    canvas.shape([(left, top), (right, top), (right, bottom), (left, bottom)], color, outline)


def color_at(canvas: Canvas, x: float, y: float) -> RGB:
    """The colour already painted at a place, so that `front` can go on with what `back` mixed."""
    column, row = round(x * (CANVAS_SIZE - 1)), round(y * (CANVAS_SIZE - 1))
    red, green, blue = canvas.image.crop((column, row, column + 1, row + 1)).tobytes()[:3]
    return (red, green, blue)


def leaf_outline(base: Point, angle: float, length: float, width: float) -> list[Point]:
    """A pointed leaf that grows from `base` in direction `angle` (degrees, 0 = right, 90 = down)."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    steps = [i / 8 for i in range(9)]
    rim = [(t * length, width / 2 * math.sin(math.pi * t**0.8)) for t in steps]
    rim += [(x, -y) for x, y in reversed(rim[1:-1])]
    return [(base[0] + x * cos - y * sin, base[1] + x * sin + y * cos) for x, y in rim]


def leaf(canvas: Canvas, base: Point, angle: float, length: float, width: float, color: RGB, rib: bool = True) -> None:
    """A pointed leaf with a dark edge and, if `rib`, a light midrib."""
    canvas.shape(leaf_outline(base, angle, length, width), color, 0.012, shade(color, 0.65))
    if rib:
        turn = math.radians(angle)
        reach = length * 0.8
        canvas.stroke([base, (base[0] + reach * math.cos(turn), base[1] + reach * math.sin(turn))], 0.012, shade(color, 1.3))


def tuft(canvas: Canvas, x: float, y: float, height: float, color: RGB) -> None:
    """Three blades of grass."""
    width = height * 0.28
    for lean in (-0.55, 0.5, 0.0):
        tip = (x + lean * height, y - height * (1 - abs(lean) * 0.4))
        canvas.shape([(x + lean * width - width, y), tip, (x + lean * width + width, y)], color)


def cloud(canvas: Canvas, x: float, y: float, size: float, color: RGB = (250, 252, 255)) -> None:
    """A flat-bottomed cloud of three puffs."""
    for dx, dy, radius in ((-0.9, 0.1, 0.5), (0.0, -0.15, 0.75), (0.9, 0.1, 0.5)):
        canvas.dot(x + dx * size, y + dy * size, radius * size, color)
