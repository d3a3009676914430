"""Glasses from where their usual drawing does not show them."""

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.views.camera import EDGE, STEEL, WHITE, rail


def _lens_edge(a: Appearance) -> tuple[float, float, float]:
    """Half-width of a lens, its centre, the thickness of the frame."""
    rx = 0.36 + 0.12 * a.shape[0]
    return rx, 1.0 - rx - 0.02, 0.1 + 0.08 * a.shape[2]


def from_the_back(canvas: Canvas, a: Appearance) -> None:
    """As their wearer sees them: nose pads between the lenses, both arms towards the viewer, down and out of the hinges."""
    rx, cx, border = _lens_edge(a)
    ry, cy = 0.32 + 0.24 * a.shape[1], -0.2
    color = blend(a.secondary, WHITE, 0.22)
    canvas.stroke(arc(0, cy - ry * 0.2, max(0.1, cx - rx * 0.75), 0.16, 180, 360), 0.2, shade(a.accent, 0.5))
    canvas.stroke(arc(0, cy - ry * 0.2, max(0.1, cx - rx * 0.75), 0.16, 180, 360), 0.1, a.accent)
    for side in (-1, 1):
        for grow, paint, edge in ((0.0, a.paint(), shade(a.primary, 0.5)), (border, color, shade(a.primary, 0.5))):
            wide, high = rx - grow, ry - grow
            box = rounded_box(side * cx - wide, cy - high, side * cx + wide, cy + high, 0.45 * min(wide, high))
            canvas.shape(ellipse(side * cx, cy, wide, high) if a.form == 0 else box, paint, EDGE, edge)
        pad = ellipse(side * (cx - rx + 0.02), cy + ry * 0.3, 0.06, 0.13, side * -20)
        canvas.shape(pad, (240, 240, 244), 0.035, (130, 130, 140))
        end = side * (0.5 + 0.42 * a.shape[4])
        rail(canvas, [(side * (cx + rx * 0.86), cy - ry * 0.4), (end, 0.74), (end - side * 0.1, 0.9)], 0.17, a.accent)


def from_the_side(canvas: Canvas, a: Appearance) -> None:
    """One arm with its hook, long across the picture, and the front edge-on."""
    ry, thick = 0.32 + 0.24 * a.shape[1], 0.11 + 0.1 * a.shape[2]
    y = 0.55 - ry
    temple: list[Point] = [(-0.72, y), (0.42, y - 0.02), (0.72, y + 0.12), (0.86, y + 0.5)]
    rail(canvas, temple, 0.14, a.accent)
    lens = [(-0.72, y - 0.02), (-0.66 - 0.16, y + ry), (-0.72, y + 2 * ry - 0.08), (-0.6, y + ry)]
    canvas.shape(smooth(lens), blend(a.secondary, WHITE, 0.22), 0.05, shade(a.primary, 0.5))
    canvas.shape(rounded_box(-0.74, y - 0.12, -0.7 + thick, y + 2 * ry - 0.04, 0.05), a.paint(), EDGE)
    canvas.dot(-0.5, y, 0.05, STEEL)


def from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The front as a thin bar with two bows of glass, and both arms running back from its ends."""
    rx, cx, thick = _lens_edge(a)
    for side in (-1, 1):
        x = side * (cx + rx - 0.03)
        rail(canvas, [(x, 0.5), (x, -0.4), (x - side * 0.07, -0.78)], 0.1, a.accent)
        glass = [(cx - rx, 0.5), (cx + rx, 0.5), (cx + rx * 0.7, 0.74), (cx - rx * 0.7, 0.74)]
        canvas.shape([(side * x, y) for x, y in glass], blend(a.secondary, WHITE, 0.22), 0.05, shade(a.primary, 0.5))
    canvas.shape(rounded_box(-0.98, 0.42, 0.98, 0.44 + thick, 0.06), a.paint(), EDGE)
    canvas.stroke(arc(0, 0.5 + thick * 0.5, max(0.1, cx - rx), 0.14, 0, 180), 0.1, a.accent)
    for side in (-1, 1):
        canvas.shape(ellipse(side * max(0.12, cx - rx), 0.36, 0.07, 0.1), (240, 240, 244), 0.035, (130, 130, 140))


def from_below(canvas: Canvas, a: Appearance) -> None:
    """Under the rims: flat lenses at the far end, nose pads, and both arms with their hooked ends towards the viewer."""
    rx, cx, border = _lens_edge(a)
    high, y = (0.32 + 0.24 * a.shape[1]) * 0.42, -0.5
    glass = blend(a.secondary, WHITE, 0.22)
    for side in (-1, 1):
        x = side * (cx + rx * 0.9)
        rail(canvas, [(x, y + 0.06), (x - side * 0.04, 0.46), (x - side * 0.14, 0.72)], 0.12, a.accent)
        canvas.shape(ellipse(x - side * 0.16, 0.78, 0.13, 0.17, side * 24), a.accent, EDGE, shade(a.accent, 0.5))
    rail(canvas, arc(0, y + high * 0.2, max(0.1, cx - rx * 0.75), 0.1, 180, 360), 0.1, a.accent)
    for side in (-1, 1):
        for grow, paint in ((0.0, a.paint()), (border, glass)):
            wide, tall = rx - grow, high - grow * 0.5
            box = rounded_box(side * cx - wide, y - tall, side * cx + wide, y + tall, 0.45 * min(wide, tall))
            canvas.shape(ellipse(side * cx, y, wide, tall) if a.form == 0 else box, paint, EDGE, shade(a.primary, 0.5))
        pad = ellipse(side * (cx - rx + 0.0), y + high * 0.7, 0.08, 0.12, side * -24)
        canvas.shape(pad, (240, 240, 244), 0.035, (130, 130, 140))
