"""The drawing surface of the miniature world: flat shapes, outlines and patterns on a supersampled picture.

Everything is drawn at `SUPERSAMPLING` times the final size and box-filtered down, so edges come out antialiased.
Two coordinate systems: *frame* coordinates run 0..1 over the picture (contexts use them), *body* coordinates run
-1..1 over the subject's box with y pointing down (drawings use them) and go through the subject's pose.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

SIZE = 64
SUPERSAMPLING = 4
CANVAS_SIZE = SIZE * SUPERSAMPLING

RGB = tuple[int, int, int]
Point = tuple[float, float]
PatternKind = Literal["plain", "stripes", "dots", "bands", "patches"]


@dataclass(frozen=True)
class Pose:
    """Where and how the subject stands: centre in frame units, half-height in frame units, rotation in degrees."""

    x: float = 0.5
    y: float = 0.55
    scale: float = 0.32
    rotation: float = 0.0
    flip: bool = False

    def to_frame(self, point: Point) -> Point:
        """Map one point from body coordinates to frame coordinates."""
        px = -point[0] if self.flip else point[0]
        angle = math.radians(self.rotation)
        cos, sin = math.cos(angle), math.sin(angle)
        return (
            self.x + self.scale * (px * cos - point[1] * sin),
            self.y + self.scale * (px * sin + point[1] * cos),
        )


@dataclass(frozen=True)
class Pattern:
    """A two-coloured fill that follows the body: `scale` in 0..1 is the size of its elements, `seed` places patches."""

    kind: PatternKind
    primary: RGB
    secondary: RGB
    scale: float = 0.5
    seed: int = 0


Paint = RGB | Pattern


def shade(color: RGB, factor: float) -> RGB:
    """Darken (`factor` < 1) or lighten (`factor` > 1, towards white at 2) a colour."""
    if factor <= 1:
        return (round(color[0] * factor), round(color[1] * factor), round(color[2] * factor))
    mix = min(factor - 1, 1)
    return (
        round(color[0] + (255 - color[0]) * mix),
        round(color[1] + (255 - color[1]) * mix),
        round(color[2] + (255 - color[2]) * mix),
    )


def blend(first: RGB, second: RGB, amount: float) -> RGB:
    """Linear mix of two colours: `amount` 0 gives the first, 1 the second."""
    return (
        round(first[0] + (second[0] - first[0]) * amount),
        round(first[1] + (second[1] - first[1]) * amount),
        round(first[2] + (second[2] - first[2]) * amount),
    )


def ellipse(cx: float, cy: float, rx: float, ry: float, angle: float = 0.0, points: int = 36) -> list[Point]:
    """Outline of an ellipse, turned by `angle` degrees about its centre."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    outline = []
    for i in range(points):
        t = 2 * math.pi * i / points
        x, y = rx * math.cos(t), ry * math.sin(t)
        outline.append((cx + x * cos - y * sin, cy + x * sin + y * cos))
    return outline


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, points: int = 20) -> list[Point]:
    """Open arc from `start` to `end` degrees (0 = right, 90 = down)."""
    steps = [math.radians(start + (end - start) * i / (points - 1)) for i in range(points)]
    return [(cx + rx * math.cos(t), cy + ry * math.sin(t)) for t in steps]


def rounded_box(left: float, top: float, right: float, bottom: float, radius: float) -> list[Point]:
    """Outline of a rectangle with round corners."""
    radius = min(radius, (right - left) / 2, (bottom - top) / 2)
    outline: list[Point] = []
    for cx, cy, start in (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    ):
        outline += arc(cx, cy, radius, radius, start, start + 90, points=8)
    return outline


def smooth(points: Sequence[Point], detail: int = 6) -> list[Point]:
    """Closed Catmull-Rom curve through the points: an organic silhouette from a handful of corners."""
    count = len(points)
    outline: list[Point] = []
    for i in range(count):
        p0, p1, p2, p3 = points[i - 1], points[i], points[(i + 1) % count], points[(i + 2) % count]
        for step in range(detail):
            t = step / detail
            x, y = (
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
                for a, b, c, d in zip(p0, p1, p2, p3, strict=True)
            )
            outline.append((x, y))
    return outline


def bounds(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of a set of points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


class Canvas:
    """An RGBA picture of `CANVAS_SIZE` pixels that draws through a pose (body coordinates) or without one (frame)."""

    def __init__(self, pose: Pose | None = None, background: RGB | None = None) -> None:
        fill = (0, 0, 0, 0) if background is None else (*background, 255)
        self.image = Image.new("RGBA", (CANVAS_SIZE, CANVAS_SIZE), fill)
        self.pose = pose
        self._draw = ImageDraw.Draw(self.image)

    def _pixels(self, points: Iterable[Point]) -> list[Point]:
        frame = points if self.pose is None else map(self.pose.to_frame, points)
        return [(x * CANVAS_SIZE, y * CANVAS_SIZE) for x, y in frame]

    def _width(self, width: float) -> float:
        return width * CANVAS_SIZE * (1.0 if self.pose is None else self.pose.scale)

    def shape(self, points: Sequence[Point], paint: Paint, outline: float = 0.0, outline_color: RGB | None = None) -> None:
        """Fill a closed outline; `outline` > 0 also strokes its edge with that width, darker than the fill."""
        base = paint.primary if isinstance(paint, Pattern) else paint
        pixels = self._pixels(points)
        self._draw.polygon(pixels, fill=(*base, 255))
        if isinstance(paint, Pattern) and paint.kind != "plain":
            self._fill_pattern(points, pixels, paint)
        if outline > 0:
            self.stroke([*points, points[0]], outline, outline_color or shade(base, 0.55))

    def stroke(self, points: Sequence[Point], width: float, color: RGB) -> None:
        """Draw an open line of round caps and joints; `width` in the coordinates of `points`."""
        pixels = self._pixels(points)
        thick = max(1.0, self._width(width))
        self._draw.line(pixels, fill=(*color, 255), width=round(thick), joint="curve")
        radius = thick / 2
        for x, y in (pixels[0], pixels[-1]):
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*color, 255))

    def dot(self, cx: float, cy: float, radius: float, color: RGB) -> None:
        """A filled circle: eyes, buttons, snowflakes."""
        (x, y), thick = self._pixels([(cx, cy)])[0], self._width(radius)
        self._draw.ellipse((x - thick, y - thick, x + thick, y + thick), fill=(*color, 255))

    def _fill_pattern(self, points: Sequence[Point], pixels: Sequence[Point], pattern: Pattern) -> None:
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon(list(pixels), fill=255)
        ink = Image.new("L", self.image.size, 0)
        draw = ImageDraw.Draw(ink)
        for element in _pattern_elements(pattern, bounds(points)):
            draw.polygon(self._pixels(element), fill=255)
        empty = Image.new("L", self.image.size, 0)
        self.image.paste((*pattern.secondary, 255), mask=Image.composite(ink, empty, mask))

    def paste(self, layer: "Canvas") -> None:
        """Lay another canvas over this one."""
        self.image.alpha_composite(layer.image)

    def finish(self) -> Image.Image:
        """The final RGB picture of `SIZE` pixels."""
        return self.image.convert("RGB").reduce(SUPERSAMPLING)


def _pattern_elements(pattern: Pattern, box: tuple[float, float, float, float]) -> list[list[Point]]:
    """The secondary-coloured pieces of a pattern over a box, in the coordinates of the box."""
    left, top, right, bottom = box
    if pattern.kind == "stripes":  # upright stripes
        pitch = 0.26 + 0.3 * pattern.scale
        first = (left + right) / 2 - pitch / 4 - pitch * math.ceil((right - left) / pitch / 2)
        count = math.ceil((right - left) / pitch) + 2
        return [
            [(x, top), (x + pitch / 2, top), (x + pitch / 2, bottom), (x, bottom)]
            for x in (first + pitch * i for i in range(count))
        ]
    if pattern.kind == "bands":  # one or more level bands
        pitch = 0.3 + 0.4 * pattern.scale
        count = math.ceil((bottom - top) / pitch) + 1
        return [
            [(left, y), (right, y), (right, y + pitch / 2), (left, y + pitch / 2)]
            for y in (top + pitch * (i + 0.35) for i in range(count))
        ]
    if pattern.kind == "dots":
        pitch = 0.3 + 0.26 * pattern.scale
        rows, columns = math.ceil((bottom - top) / pitch) + 1, math.ceil((right - left) / pitch) + 1
        return [
            ellipse(left + pitch * (column + 0.5 * (row % 2)), top + pitch * (row + 0.4), pitch * 0.3, pitch * 0.3, points=14)
            for row in range(rows)
            for column in range(columns)
        ]
    rng = random.Random(pattern.seed)  # patches: a few large blots at places of the subject's own
    size = 0.2 + 0.2 * pattern.scale
    blots = []
    for i in range(4):
        cx = left + (right - left) * (0.12 + 0.76 * ((i % 2) * 0.62 + 0.38 * rng.random()))
        cy = top + (bottom - top) * (0.12 + 0.76 * ((i // 2) * 0.62 + 0.38 * rng.random()))
        blots.append(ellipse(cx, cy, size * (0.8 + 0.5 * rng.random()), size * (0.6 + 0.4 * rng.random()), 180 * rng.random()))
    return blots
