"""Clocks: a pale dial with thick dark hands in a patterned frame."""

import math
from collections.abc import Callable

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, shade
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors

_OUTLINE = 0.06
_WHITE: RGB = (255, 255, 255)
_INK: RGB = (30, 28, 36)


def draw_clock(canvas: Canvas, a: Appearance) -> Anchors:
    """A clock from the front.

    Genes for both forms: 0 size of the case, 1 thickness of the frame, 4 the time it shows, 5 size of the hour marks.
    Alarm clock (form 0): 2 size of the bells, 3 length and spread of the feet.
    Wall clock (form 1): 2 from a circle to a rounded square, 3 width of the outer ring.
    The frame has the pattern, bells or outer ring are secondary, feet, handle and marks are accent.
    """
    size, frame, third, fourth, time, marks = a.shape
    thick = 0.12 + 0.14 * frame
    if a.form == 0:
        radius = 0.6 + 0.14 * size
        center = (0.0, 0.9 - radius)
        _draw_bells_and_feet(canvas, a, radius, center[1], third, fourth)
        canvas.shape(ellipse(*center, radius, radius), a.paint(), _OUTLINE)
        dial = radius - thick
        canvas.shape(ellipse(*center, dial, dial), dial_color(a), _OUTLINE, shade(a.primary, 0.5))
    else:
        radius, ring = 0.78 + 0.17 * size, 0.04 + 0.16 * fourth
        center = (0.0, 0.95 - radius)
        canvas.shape(squircle(center, radius, third), a.secondary, _OUTLINE)
        canvas.shape(squircle(center, radius - ring, third), a.paint(), _OUTLINE)
        dial = radius - ring - thick - 0.02
        canvas.shape(squircle(center, dial, third), dial_color(a), _OUTLINE, shade(a.primary, 0.5))
    draw_dial(canvas, a.accent, center, dial, time, marks)
    return THING


def dial_color(a: Appearance) -> RGB:
    """The pale ground of the dial, with a breath of the second colour."""
    return blend(_WHITE, a.secondary, 0.1)


def squircle(center: Point, radius: float, squareness: float) -> list[Point]:
    """A superellipse: a circle for `squareness` 0, nearly a rounded square for 1."""
    power = 2 / (2 + 4 * squareness**2)
    outline = []
    for i in range(48):
        t = 2 * math.pi * i / 48
        cos, sin = math.cos(t), math.sin(t)
        outline.append(
            (
                center[0] + radius * math.copysign(abs(cos) ** power, cos),
                center[1] + radius * math.copysign(abs(sin) ** power, sin),
            )
        )
    return outline


def _draw_bells_and_feet(canvas: Canvas, a: Appearance, radius: float, cy: float, bell: float, feet: float) -> None:
    """Everything of an alarm clock that sticks out from behind its case."""
    spread = 0.08 + 0.67 * feet
    for side in (-1, 1):
        leg: list[Point] = [(side * radius * 0.55, cy + radius * 0.7), (side * (radius * 0.5 + spread * 0.6), 0.93)]
        canvas.stroke(leg, 0.26, shade(a.accent, 0.5))
        canvas.stroke(leg, 0.14, a.accent)
    top = cy - radius
    handle = arc(0, top + 0.1, 0.22, top + 1.0, 180, 360)
    canvas.stroke(handle, 0.17, shade(a.accent, 0.5))
    canvas.stroke(handle, 0.07, a.accent)
    size = 0.25 + 0.15 * bell
    for side in (-1, 1):
        turn = math.radians(side * 40)  # the domes sit askew on the case's shoulders
        cx, base = side * radius * 0.78, cy - radius * 0.8
        dome = [*arc(0, 0, size, size * 1.05, 180, 360, points=16)]
        turned = [
            (cx + x * math.cos(turn) - y * math.sin(turn), base + x * math.sin(turn) + y * math.cos(turn)) for x, y in dome
        ]
        canvas.shape(turned, a.secondary, _OUTLINE)


def _flat(point: Point) -> Point:
    return point


def draw_dial(
    canvas: Canvas,
    accent: RGB,
    center: Point,
    dial: float,
    time: float,
    marks: float,
    *,
    seen: Callable[[Point], Point] = _flat,
) -> None:
    """Four hour marks and two hands; `time` 0..1 sweeps the hour hand most of the way round, the minute hand twice.

    `seen` says where a point of the dial appears: a dial that is turned away is drawn through it.
    """

    def spoke(turn: float, reach: float) -> Point:
        return seen((center[0] + reach * math.sin(2 * math.pi * turn), center[1] - reach * math.cos(2 * math.pi * turn)))

    for quarter in range(4):
        inner = dial * (0.86 - 0.2 * marks)
        canvas.stroke([spoke(quarter / 4, inner), spoke(quarter / 4, dial * 0.84)], 0.07 + 0.06 * marks, shade(accent, 0.75))
    middle = seen(center)
    canvas.stroke([middle, spoke(time * 2.3 + 0.3, dial * 0.68)], 0.11, _INK)
    canvas.stroke([middle, spoke(time * 0.8, dial * 0.46)], 0.15, _INK)
    canvas.dot(*middle, 0.1, _INK)
