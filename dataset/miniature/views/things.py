"""Backpacks, clocks and glasses from where their usual drawing does not show them."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth

_OUTLINE: Final = 0.06
_INK: Final[RGB] = (30, 26, 32)
_WHITE: Final[RGB] = (255, 255, 255)
_METAL: Final[RGB] = (206, 210, 216)


def _rail(canvas: Canvas, points: list[Point], width: float, color: RGB) -> None:
    canvas.stroke(points, width + 0.1, shade(color, 0.5))
    canvas.stroke(points, width, color)


def backpack_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The padded side that lies on one's back, with both shoulder straps across it."""
    width, top = 0.54 + 0.3 * a.shape[0], -0.25 - 0.42 * a.shape[1]
    _rail(canvas, arc(0, top, 0.22, 0.27, 180, 360), 0.08, a.accent)
    if a.form == 1:
        for side in (-1, 1):
            droop = a.shape[5]
            ear = ellipse(side * (width * 0.78 + 0.16 * droop), top + 0.04 + 0.36 * droop, 0.2, 0.3, side * (22 - 38 * droop))
            canvas.shape(ear, shade(a.primary, 0.72), _OUTLINE)
    radius = 0.12 + 0.42 * a.shape[2] if a.form == 0 else 0.45
    canvas.shape(rounded_box(-width, top, width, 0.95, radius), a.paint(), _OUTLINE)
    canvas.shape(rounded_box(-width * 0.62, top + 0.22, width * 0.62, 0.84, 0.14), shade(a.secondary, 0.9), _OUTLINE)
    for row in range(3):
        y = top + 0.22 + (0.62 - top) * (row + 1) / 4
        canvas.stroke([(-width * 0.56, y), (width * 0.56, y)], 0.045, shade(a.secondary, 0.55))
    strap = 0.15 + 0.08 * (a.shape[5] if a.form == 0 else 0.3)
    for side in (-1, 1):
        ribbon: list[Point] = [(side * width * 0.3, top + 0.1), (side * width * 0.72, top + 0.5), (side * width * 0.78, 0.4),
                               (side * width * 0.66, 0.84)]  # fmt: skip
        _rail(canvas, ribbon, strap, a.accent)
        canvas.shape(rounded_box(side * width * 0.76 - 0.12, 0.3, side * width * 0.76 + 0.12, 0.42, 0.02), _METAL, 0.04, _INK)
    canvas.stroke([(-width * 0.34, top + 0.1), (width * 0.34, top + 0.1)], 0.12, shade(a.accent, 0.7))


def backpack_from_the_side(canvas: Canvas, a: Appearance) -> None:
    """In profile: the pocket bulges to the left, the strap hangs in a bow on the right."""
    top = -0.25 - 0.42 * a.shape[1]
    bow = arc(0.34, 0.24, 0.42, 0.34 - top * 0.6, -82, 82)
    _rail(canvas, bow, 0.13, a.accent)
    _rail(canvas, arc(0.18, top, 0.15, 0.24, 180, 360), 0.08, a.accent)
    bulge = 0.24 + 0.1 * a.shape[3]
    if a.form == 1:  # the snout sticks out, the ear stands on the corner
        canvas.shape(ellipse(-0.06, top + 0.02, 0.17, 0.3, 12 - 30 * a.shape[5]), shade(a.primary, 0.72), _OUTLINE)
    canvas.shape(rounded_box(-0.46, top, 0.4, 0.95, 0.26), a.paint(), _OUTLINE)
    if a.form == 1:
        canvas.shape(ellipse(-0.4, 0.46, bulge, 0.3), a.secondary, _OUTLINE)
        canvas.shape(ellipse(-0.42 - bulge * 0.8, 0.36, 0.1, 0.09), _INK)
        canvas.dot(-0.24, (top + 0.3) / 2, 0.15, _WHITE)
        canvas.dot(-0.27, (top + 0.3) / 2, 0.1, _INK)
    else:
        canvas.shape(rounded_box(-0.5 - bulge, 0.5 - 0.28 * a.shape[3], -0.36, 0.88, 0.12), a.secondary, _OUTLINE)
        end = top + (0.95 - top) * (0.15 + 0.28 * a.shape[4])
        lid: list[Point] = [(0.42, top + 0.06), (0.1, top - 0.05), (-0.4, top + 0.02), (-0.56, end), (0.42, end - 0.14)]
        canvas.shape(lid, a.secondary, _OUTLINE)
        canvas.stroke([(-0.5, end - 0.06), (-0.44 - bulge * 0.6, 0.6)], 0.1, a.accent)
    canvas.shape(rounded_box(-0.06, 0.34, 0.26, 0.84, 0.06), shade(a.primary, 0.7), 0.045)  # the net for a bottle


def clock_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """A plate with screws: a winding key and a knob on an alarm clock, a hook and the battery on a wall clock."""
    size, _, third, fourth, _, _ = a.shape
    if a.form == 0:
        radius = 0.6 + 0.14 * size
        cy = 0.9 - radius
        for side in (-1, 1):
            leg: list[Point] = [(side * radius * 0.55, cy + radius * 0.7), (side * (radius * 0.5 + 0.05 + 0.4 * fourth), 0.93)]
            _rail(canvas, leg, 0.16, a.accent)
            bell = 0.25 + 0.15 * third
            canvas.shape(ellipse(side * radius * 0.82, cy - radius * 0.88, bell, bell * 0.8, side * 40), a.secondary, _OUTLINE)
        _rail(canvas, arc(0, cy - radius + 0.1, 0.22, cy - radius + 1.0, 180, 360), 0.07, a.accent)
        canvas.shape(ellipse(0, cy, radius, radius), a.paint(), _OUTLINE)
        canvas.shape(ellipse(0, cy, radius * 0.78, radius * 0.78), shade(a.primary, 0.8), 0.05)
        for wing in (-1, 1):
            canvas.shape(ellipse(wing * 0.13, cy + 0.02, 0.13, 0.09), _METAL, 0.045, _INK)
        canvas.dot(0, cy + 0.02, 0.06, _INK)
        canvas.shape(ellipse(0, cy + radius * 0.48, 0.1, 0.1), a.accent, 0.05)
        screws, reach = cy, radius * 0.62
    else:
        radius = 0.78 + 0.17 * size
        cy = 0.95 - radius
        edge = radius * (0.95 - 0.6 * third)
        canvas.shape(rounded_box(-radius, cy - radius, radius, cy + radius, edge), a.secondary, _OUTLINE)
        inner = radius * 0.84
        canvas.shape(rounded_box(-inner, cy - inner, inner, cy + inner, edge), a.paint(), 0.045)
        canvas.shape(rounded_box(-0.34, cy - 0.2, 0.34, cy + 0.36, 0.05), (52, 52, 60), _OUTLINE)
        canvas.shape(rounded_box(-0.25, cy + 0.1, 0.2, cy + 0.26, 0.03), (230, 150, 40), 0.035, _INK)
        canvas.shape(rounded_box(0.2, cy + 0.14, 0.26, cy + 0.22, 0.0), _METAL)
        canvas.dot(0, cy - 0.04, 0.1, _METAL)
        canvas.shape(ellipse(0, cy - radius * 0.62, 0.2, 0.13), _INK)
        canvas.shape(ellipse(0, cy - radius * 0.57, 0.1, 0.07), _METAL)
        screws, reach = cy, radius * 0.55
    for x, y in ((-1, -1), (1, -1), (-1, 1), (1, 1)):
        canvas.dot(x * reach * 0.8, screws + y * reach * 0.8, 0.055, _METAL)


def _lens_edge(a: Appearance) -> tuple[float, float, float]:
    """Half-width of a lens, its centre, the thickness of the frame."""
    rx = 0.36 + 0.12 * a.shape[0]
    return rx, 1.0 - rx - 0.02, 0.1 + 0.08 * a.shape[2]


def glasses_from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The front as a thin bar with two bows of glass, and both arms running back from its ends."""
    rx, cx, thick = _lens_edge(a)
    for side in (-1, 1):
        x = side * (cx + rx - 0.03)
        _rail(canvas, [(x, 0.5), (x, -0.4), (x - side * 0.07, -0.78)], 0.1, a.accent)
        glass = [(cx - rx, 0.5), (cx + rx, 0.5), (cx + rx * 0.7, 0.74), (cx - rx * 0.7, 0.74)]
        canvas.shape([(side * x, y) for x, y in glass], blend(a.secondary, _WHITE, 0.22), 0.05, shade(a.primary, 0.5))
    canvas.shape(rounded_box(-0.98, 0.42, 0.98, 0.44 + thick, 0.06), a.paint(), _OUTLINE)
    canvas.stroke(arc(0, 0.5 + thick * 0.5, max(0.1, cx - rx), 0.14, 0, 180), 0.1, a.accent)
    for side in (-1, 1):
        canvas.shape(ellipse(side * max(0.12, cx - rx), 0.36, 0.07, 0.1), (240, 240, 244), 0.035, (130, 130, 140))


def glasses_from_the_side(canvas: Canvas, a: Appearance) -> None:
    """One arm with its hook, long across the picture, and the front edge-on."""
    ry, thick = 0.32 + 0.24 * a.shape[1], 0.11 + 0.1 * a.shape[2]
    y = 0.55 - ry
    temple: list[Point] = [(-0.72, y), (0.42, y - 0.02), (0.72, y + 0.12), (0.86, y + 0.5)]
    _rail(canvas, temple, 0.14, a.accent)
    lens = [(-0.72, y - 0.02), (-0.66 - 0.16, y + ry), (-0.72, y + 2 * ry - 0.08), (-0.6, y + ry)]
    canvas.shape(smooth(lens), blend(a.secondary, _WHITE, 0.22), 0.05, shade(a.primary, 0.5))
    canvas.shape(rounded_box(-0.74, y - 0.12, -0.7 + thick, y + 2 * ry - 0.04, 0.05), a.paint(), _OUTLINE)
    canvas.dot(-0.5, y, 0.05, _METAL)


def glasses_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """As their wearer sees them: nose pads between the lenses, both arms towards the viewer, down and out of the hinges."""
    rx, cx, border = _lens_edge(a)
    ry, cy = 0.32 + 0.24 * a.shape[1], -0.2
    color = blend(a.secondary, _WHITE, 0.22)
    canvas.stroke(arc(0, cy - ry * 0.2, max(0.1, cx - rx * 0.75), 0.16, 180, 360), 0.2, shade(a.accent, 0.5))
    canvas.stroke(arc(0, cy - ry * 0.2, max(0.1, cx - rx * 0.75), 0.16, 180, 360), 0.1, a.accent)
    for side in (-1, 1):
        for grow, paint, edge in ((0.0, a.paint(), shade(a.primary, 0.5)), (border, color, shade(a.primary, 0.5))):
            wide, high = rx - grow, ry - grow
            box = rounded_box(side * cx - wide, cy - high, side * cx + wide, cy + high, 0.45 * min(wide, high))
            canvas.shape(ellipse(side * cx, cy, wide, high) if a.form == 0 else box, paint, _OUTLINE, edge)
        pad = ellipse(side * (cx - rx + 0.02), cy + ry * 0.3, 0.06, 0.13, side * -20)
        canvas.shape(pad, (240, 240, 244), 0.035, (130, 130, 140))
        end = side * (0.5 + 0.42 * a.shape[4])
        _rail(canvas, [(side * (cx + rx * 0.86), cy - ry * 0.4), (end, 0.74), (end - side * 0.1, 0.9)], 0.17, a.accent)
