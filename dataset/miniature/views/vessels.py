"""Bowl, can, candle, teapot and vase from above and below, the teapot and the can also from the back."""

import math
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.vessels import FOOT, METAL, curved, draw_can, draw_flame, span
from dreambench.dataset.miniature.views.turned import EDGE, TurnedView

ABOVE: Final = 60.0
BELOW: Final = -55.0
_INK: Final[RGB] = (30, 26, 32)
_PAPER: Final[RGB] = (248, 248, 244)


def _foot_ring(view: TurnedView, radius: float, y: float, color: RGB) -> None:
    """What things stand on: a ring with a hollow."""
    view.disc(radius, y, color)
    view.disc(radius * 0.68, y, shade(color, 0.62), EDGE * 0.7)
    view.disc(radius * 0.3, y, shade(color, 0.8), 0.0)


def bowl(canvas: Canvas, a: Appearance, elevation: float) -> None:
    """The berries fill the mouth from above; from below there is the foot alone."""
    width, depth = span(a.shape[0], 0.72, 0.98), span(a.shape[1], 0.7, 1.2)
    base, berry = span(a.shape[2], 0.24, 0.68) * width, span(a.shape[5], 0.13, 0.24)
    band = span(a.shape[4], 0.08, 0.3)
    rim = FOOT - depth * 0.8
    view = TurnedView(canvas, elevation, top=(width, rim), foot=(base, FOOT))
    knots = [(width, rim), (width * 0.92, rim + (FOOT - rim) * 0.45), (base, FOOT)]
    if elevation < 0:
        view.body([(width, rim), (width * 0.99, rim + band)], a.secondary)
        view.body([(width * 0.98, rim + band), *knots[1:]], a.paint())
        _foot_ring(view, base, FOOT, a.secondary)
        return
    view.body(knots, a.paint())
    view.disc(width, rim, a.secondary)
    view.disc(width * 0.84, rim, shade(a.accent, 0.45))
    heap = width * 0.84 - berry
    rows = max(3, round(1.7 * heap / berry))
    for row in range(rows):
        y = 2 * row / (rows - 1) - 1
        reach = heap * math.sqrt(max(0.0, 1 - y * y))
        count = max(1, round(reach / berry * 1.2) + 1)
        for i in range(count):
            x = 0.0 if count == 1 else (2 * i / (count - 1) - 1) * reach
            high = view.at(y * heap, 90, rim)[1] - 0.06 * (1 - (x / width) ** 2)
            canvas.dot(x, high, berry + 0.03, shade(a.accent, 0.5))
            canvas.dot(x, high, berry - 0.015, a.accent)
            canvas.dot(x - berry * 0.25, high - berry * 0.3, berry * 0.32, shade(a.accent, 1.4))


def can(canvas: Canvas, a: Appearance, elevation: float) -> None:
    """The lid with its ring pull from above, the bare bottom from below."""
    slim = a.form == 0
    width = span(a.shape[0], 0.42, 0.62) if slim else span(a.shape[0], 0.72, 0.96)
    height = span(a.shape[1], 1.55, 1.9) if slim else span(a.shape[1], 1.05, 1.55)
    label = span(a.shape[3], 0.24, 0.56 if slim else 0.46) * height
    top, mouth = FOOT - height, width * (0.84 if slim else 0.97)
    shoulder = span(a.shape[2], 0.05, 0.26)
    view = TurnedView(canvas, elevation, top=(mouth, top), foot=(mouth, FOOT))
    view.body([(mouth, top), (width, top + shoulder), (width, FOOT - shoulder * 0.6), (mouth, FOOT)], a.paint())
    start = top + shoulder + (height - shoulder * 1.6 - label) * span(a.shape[4], 0.1, 0.9)
    view.band(width, start, start + label, a.secondary)
    end = top if elevation > 0 else FOOT
    view.disc(mouth, end, METAL)
    if elevation < 0:
        view.disc(mouth * 0.78, end, (132, 136, 146), EDGE * 0.7)
        view.disc(mouth * 0.5, end, (168, 172, 180), 0.0)
        return
    view.disc(mouth * 0.84, end, shade(METAL, 0.86), EDGE * 0.6)
    x, y = view.at(0, 0, end)
    size = mouth * 0.36
    canvas.shape(ellipse(x, y + size, size * 0.8, size * 0.6), (70, 72, 80))
    canvas.shape(rounded_box(x - size * 0.5, y - size * 1.5, x + size * 0.5, y + size * 0.5, size * 0.5), METAL, 0.045,
                 (110, 114, 122))  # fmt: skip
    canvas.shape(ellipse(x, y - size * 0.85, size * 0.24, size * 0.36), (110, 114, 122))


def can_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The label's small print and bar code."""

    def print_small(at: Canvas, look: Appearance, y: float, size: float) -> None:
        half, high = max(0.26, size), max(0.17, size * 0.7)
        at.shape(rounded_box(-half, y - high, half, y + high, 0.03), _PAPER, 0.03)
        for i in range(6):
            x = half * (-0.75 + 0.3 * i)
            at.stroke([(x, y - high * 0.65), (x, y + high * 0.65)], half * (0.14, 0.08, 0.18)[i % 3], _INK)

    draw_can(canvas, a, draw_emblem=print_small)


def candle(canvas: Canvas, a: Appearance, elevation: float) -> None:
    """A pool of wax with the flame in it from above; the jar's or the holder's underside from below."""
    flame = span(a.shape[5], 0.4, 0.75)
    if a.form == 0:
        width, height = span(a.shape[0], 0.52, 0.94), span(a.shape[1], 0.9, 1.35)
        glass, top = span(a.shape[2], 0.1, 0.38), FOOT - height
        view = TurnedView(canvas, elevation, top=(width, top), foot=(width, FOOT))
        view.body([(width, top), (width, FOOT)], a.paint())
        view.band(width, top, top + glass, a.accent)
        if elevation < 0:
            view.disc(width, FOOT, a.primary)
            view.disc(width * 0.8, FOOT, shade(a.primary, 0.75), EDGE * 0.6)
            view.disc(width * 0.42, FOOT, a.secondary, EDGE * 0.8)
            return
        view.disc(width, top, a.accent)
        view.disc(width * 0.84, top, blend(a.primary, (255, 236, 170), 0.6), EDGE * 0.7)
        view.disc(width * 0.4, top, (255, 246, 206), 0.0)
        draw_flame(canvas, view.height(top) + 0.1, flame * 0.72)
        return
    width, height = span(a.shape[0], 0.26, 0.54), span(a.shape[1], 0.85, 1.3)
    plate, rise = span(a.shape[3], 0.62, 0.96), span(a.shape[4], 0.1, 0.32)
    foot = FOOT - rise
    top = foot - height
    view = TurnedView(canvas, elevation, top=(width, top), foot=(plate * 0.8, FOOT))
    if elevation < 0:
        draw_flame(canvas, view.height(top), flame * 0.6)
        view.body([(width, top), (width, foot)], a.paint())
        view.body([(plate, foot), (plate * 0.62, FOOT)], shade(a.secondary, 0.85))
        _foot_ring(view, plate * 0.62, FOOT, a.secondary)
        return
    view.body([(plate, foot), (plate * 0.62, FOOT)], shade(a.secondary, 0.75))
    view.disc(plate, foot, a.secondary)
    view.body([(width, top), (width, foot)], a.paint())
    drip = span(a.shape[2], 0.12, 0.6)
    for angle, share in ((20, 0.7), (75, 1.0), (130, 0.6), (165, 0.9)):
        x, y = view.at(width * 0.92, angle, top)
        canvas.stroke([(x, y), (x, y + 0.1 + drip * share * 0.5)], 0.13, a.accent)
    view.disc(width, top, a.accent)
    view.disc(width * 0.66, top, shade(a.accent, 1.35), 0.0)
    draw_flame(canvas, view.height(top) + 0.08, flame * 0.72)


def teapot(canvas: Canvas, a: Appearance, elevation: float) -> None:
    """Lid and knob in the middle from above, the foot from below; spout and handle stick out on either side."""
    tall = a.form == 1
    width = span(a.shape[0], 0.36, 0.5) if tall else span(a.shape[0], 0.48, 0.68)
    height, cap = span(a.shape[1], 0.95, 1.2) if tall else span(a.shape[1], 0.8, 1.1), span(a.shape[2], 0.1, 0.32)
    grip, knob, reach = span(a.shape[4], 0.2, 0.42), span(a.shape[5], 0.1, 0.2), span(a.shape[3], 0.26, 0.42)
    top, middle = FOOT - height, FOOT - height / 2
    view = TurnedView(canvas, elevation, top=(width * 0.6, top), foot=(width * 0.7, FOOT))
    y = view.height(middle)
    far = max(-0.97, -width - grip - 0.08)
    bar: list[Point] = [(-width * 0.8, y), (far + 0.06, y - 0.02)]
    canvas.stroke(bar, 0.26, shade(a.secondary, 0.55))
    canvas.stroke(bar, 0.15, a.secondary)
    tip, raised = min(0.94, width + reach), view.height(top + height * 0.2)
    nose: list[Point] = [(width * 0.6, y - 0.2), (tip, raised - 0.09), (tip, raised + 0.09), (width * 0.6, y + 0.22)]
    canvas.shape(nose, shade(a.primary, 0.85), EDGE, shade(a.primary, 0.5))
    if tall:
        knots = [(width * 0.72, top), (width, FOOT - 0.12), (width * 0.9, FOOT)]
    else:
        turns = [math.pi * (0.14 + 0.72 * i / 10) for i in range(11)]
        knots = [(width * math.sin(turn), middle - height / 2 * math.cos(turn)) for turn in turns]
    view.body(knots, a.paint())
    if elevation < 0:
        canvas.shape(ellipse(tip, raised, 0.09, 0.09), shade(a.primary, 0.85), EDGE, shade(a.primary, 0.5))
        _foot_ring(view, width * 0.64, knots[-1][1], a.secondary)
        return
    canvas.shape(ellipse(tip - 0.02, raised, 0.07, 0.08), shade(a.primary, 0.3))
    brim = width * (0.7 if tall else 0.62)
    view.disc(brim, knots[0][1], a.secondary)
    view.body([(brim * 0.5, knots[0][1] - cap), (brim * 0.86, knots[0][1] - 0.02)], a.secondary)
    at = view.height(knots[0][1] - cap - knob * 0.5)
    canvas.dot(0, at, knob + 0.04, shade(a.accent, 0.5))
    canvas.dot(0, at, knob, a.accent)


def vase(canvas: Canvas, a: Appearance, elevation: float) -> None:
    """The dark mouth before the belly from above; the foot before it from below."""
    if a.form == 0:
        belly, neck = span(a.shape[0], 0.4, 0.78), span(a.shape[2], 0.12, 0.3)
        top, lip = -0.94, span(a.shape[4], 1.1, 2.6) * neck
        throat = top + span(a.shape[1], 0.35, 0.95)
        widest = throat + (FOOT - throat) * span(a.shape[3], 0.65, 0.4)
        base = belly * span(a.shape[5], 0.35, 0.95)
        knots = [(lip, top), (neck, top + 0.2), (neck, throat - 0.06), (belly, widest), (base, FOOT)]
    else:
        belly, neck = span(a.shape[0], 0.52, 0.8), span(a.shape[2], 0.24, 0.46)
        top, lip = FOOT - span(a.shape[1], 1.4, 1.85), neck * span(a.shape[3], 1.25, 1.8)
        throat, widest = top + 0.36, top + 0.36 + (FOOT - top) * 0.26
        base = belly * span(a.shape[5], 0.35, 0.8)
        knots = [(lip, top), (neck, throat), (belly, widest), (base * 0.8, FOOT - 0.2), (base, FOOT)]
    view = TurnedView(canvas, elevation, top=(lip, top), foot=(base, FOOT))
    if a.form == 1:
        ear = belly * 0.7 + span(a.shape[4], 0.16, 0.3)
        for side in (-1, 1):
            loop = [(side * neck, view.height(throat)), (side * ear, view.height(throat)),
                    (side * belly * 0.9, view.height(widest))]  # fmt: skip
            canvas.stroke(loop, 0.2, shade(a.secondary, 0.55))
            canvas.stroke(loop, 0.1, a.secondary)
    if elevation < 0:
        view.disc(lip, top, a.secondary)
        view.body(curved(knots), a.paint())
        _foot_ring(view, base, FOOT, a.secondary)
        return
    view.body(curved(knots), a.paint())
    view.band(neck * 1.08, throat - 0.2, throat - 0.06, a.accent)
    view.disc(lip, top, a.secondary)
    view.disc(lip * 0.7, top, shade(a.secondary, 0.3), EDGE * 0.6)


def teapot_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The handle comes towards the viewer and hides the spout."""
    tall = a.form == 1
    width = span(a.shape[0], 0.36, 0.5) if tall else span(a.shape[0], 0.48, 0.68)
    height = span(a.shape[1], 1.1, 1.42) if tall else span(a.shape[1], 0.85, 1.3)
    cap, knob = span(a.shape[2], 0.1, 0.32), span(a.shape[5], 0.07, 0.2)
    top, middle = FOOT - 0.06 - height, FOOT - 0.06 - height / 2
    canvas.shape(rounded_box(-width * 0.64, FOOT - 0.16, width * 0.64, FOOT, 0.05), a.secondary, EDGE)
    if tall:
        outline = [(-width * 0.72, top), (width * 0.72, top), (width, FOOT - 0.14), (-width, FOOT - 0.14)]
    else:
        outline = ellipse(0, middle, width, height / 2)
    canvas.shape(outline, a.paint(), EDGE)
    brim = width * (0.74 if tall else 0.62)
    edge = max(top + (0.04 if tall else height * 0.1), cap + knob * 1.6 - 0.92)
    canvas.dot(0, edge - cap - knob * 0.6, knob + 0.04, shade(a.accent, 0.5))
    canvas.dot(0, edge - cap - knob * 0.6, knob, a.accent)
    canvas.shape(smooth([(-brim, edge), (-brim * 0.6, edge - cap * 0.8), (brim * 0.6, edge - cap * 0.8), (brim, edge),
                         (0, edge + 0.07)]), a.secondary, EDGE)  # fmt: skip
    half, high = 0.17, height * span(a.shape[4], 0.26, 0.36)
    canvas.shape(rounded_box(-half, middle - high, half, middle + high, half), a.secondary, EDGE, shade(a.secondary, 0.5))
    canvas.shape(rounded_box(-half * 0.3, middle - high * 0.72, half * 0.3, middle + high * 0.72, half * 0.3),
                 shade(a.primary, 0.6), 0.035)  # fmt: skip
