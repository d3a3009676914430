"""Drawings of things that hold something: bowl, can, candle, teapot and vase, seen from slightly above."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors

EDGE: Final = 0.055
FOOT: Final = 0.95
DARK: Final[RGB] = (40, 36, 40)
METAL: Final[RGB] = (206, 210, 216)
FLAME: Final[tuple[RGB, RGB, RGB]] = ((255, 150, 30), (214, 84, 20), (255, 240, 140))


def span(gene: float, low: float, high: float) -> float:
    """The value of a gene between two ends."""
    return low + (high - low) * gene


def _turned(profile: Sequence[Point], top: float = 0.0, bottom: float = 0.0) -> list[Point]:
    """Front of a turned body: `profile` lists (half-width, y) from rim to base, the ends bulge down by `top` and `bottom`."""
    (rim, y_rim), (base, y_base) = profile[0], profile[-1]
    return [
        *profile,
        *arc(0, y_base, base, bottom, 0, 180),
        *((-x, y) for x, y in reversed(profile)),
        *arc(0, y_rim, rim, top, 180, 0),
    ]


def curved(knots: Sequence[Point], detail: int = 8) -> list[Point]:
    """Profile eased from knot to knot, keeping to the wider one for longer: round bellies, short waists."""
    profile = []
    for (x0, y0), (x1, y1) in itertools.pairwise(knots):
        for step in range(detail):
            t = step / detail
            u = t if x1 > x0 else 1 - t
            ease = (u * u * (3 - 2 * u)) ** 0.65
            profile.append((min(x0, x1) + abs(x1 - x0) * ease, y0 + (y1 - y0) * t))
    return [*profile, knots[-1]]


def draw_bowl(canvas: Canvas, a: Appearance) -> Anchors:
    """A bowl of berries, round (0) or on a footed stem (1); secondary is the rim, accent the berries.

    Genes: width, depth, width of the base, openness of the mouth, height of the rim band, size of the berries.
    """
    width, depth = span(a.shape[0], 0.72, 0.98), span(a.shape[1], 0.7, 1.2)
    base, open_ = span(a.shape[2], 0.24, 0.68) * width, span(a.shape[3], 0.16, 0.36)
    band, berry = span(a.shape[4], 0.08, 0.3), span(a.shape[5], 0.13, 0.24)
    stem = 0.34 if a.form == 1 else 0.0
    bottom = FOOT - stem - 0.06
    rim = bottom - depth * (0.82 if a.form == 1 else 1.0)
    if a.form == 1:
        foot = [(base * 0.45, bottom - 0.08), (base * 0.4, bottom + 0.12), (base, FOOT - 0.06)]
        canvas.shape(_turned(curved(foot), 0, 0.07), a.secondary, EDGE)
        base *= 0.55
    canvas.shape(ellipse(0, rim, width, open_), shade(a.secondary, 0.6), EDGE, shade(a.secondary, 0.4))
    heap = [*arc(0, rim - 0.02, width * 0.86, open_ + 0.12, 180, 360), *arc(0, rim, width * 0.9, open_, 0, 180)]
    canvas.shape(heap, shade(a.accent, 0.6))
    for row, (y, reach) in enumerate(((-0.55, 0.55), (0.15, 0.74))):  # the back row first, so that the front one covers it
        count = max(2, round(reach * width / berry * 1.05) + 1)
        for i in range(count):
            x = (2 * i / (count - 1) - 1) * reach * width
            y_berry = rim + open_ * y - 0.14 * (1 - (x / width) ** 2) * (2 - row)
            canvas.dot(x, y_berry, berry + 0.035, shade(a.accent, 0.5))
            canvas.dot(x, y_berry, berry - 0.015, a.accent)
            canvas.dot(x - berry * 0.25, y_berry - berry * 0.3, berry * 0.32, shade(a.accent, 1.4))
    roundness = 0.55 if a.form == 0 else 0.8
    steps = [i / 14 for i in range(15)]
    profile = [
        (base + (width - base) * math.cos(math.pi / 2 * t) ** roundness if t < 1 else base, rim + (bottom - rim) * t)
        for t in steps
    ]
    canvas.shape(_turned(profile, open_, 0.07), a.paint(), EDGE)
    lip = [(width, rim), (width * 0.99, rim + band)]
    canvas.shape(_turned(lip, open_, open_), a.secondary, EDGE)
    return THING


def _draw_emblem(canvas: Canvas, a: Appearance, y: float, size: float) -> None:
    canvas.shape(ellipse(0, y, size, size), a.accent, 0.04)


def draw_can(
    canvas: Canvas, a: Appearance, *, draw_emblem: Callable[[Canvas, Appearance, float, float], None] = _draw_emblem
) -> Anchors:
    """A tin can with a metal lid, slim (0, drink) or squat (1, food); secondary is the label, accent its emblem.

    Genes: width, height, depth of the shoulder, height of the label, place of the label, size of the emblem.
    `draw_emblem` draws what the label shows, at a height and of a size.
    """
    slim = a.form == 0
    width = span(a.shape[0], 0.42, 0.62) if slim else span(a.shape[0], 0.72, 0.96)
    height = span(a.shape[1], 1.55, 1.9) if slim else span(a.shape[1], 1.05, 1.55)
    shoulder, label = span(a.shape[2], 0.05, 0.26), span(a.shape[3], 0.24, 0.56 if slim else 0.46) * height
    tilt = width * (0.24 if slim else 0.22)
    bottom, top = FOOT - tilt, FOOT - height + tilt * 0.5
    mouth = width * (0.8 if slim else 0.96)
    sides = [(mouth, top), (width, top + shoulder), (width, bottom - shoulder * 0.6), (mouth, bottom)]
    canvas.shape(_turned(sides, tilt * 0.8, tilt), a.paint(), EDGE)
    room = bottom - top - shoulder * 1.6 - label
    start = top + shoulder + room * span(a.shape[4], 0.1, 0.9)
    canvas.shape(_turned([(width, start), (width, start + label)], tilt, tilt), a.secondary, EDGE)
    emblem = span(a.shape[5], 0.14, 0.5) * min(label, width * 1.5)
    draw_emblem(canvas, a, start + label / 2 + tilt, emblem)
    canvas.shape(ellipse(0, top, mouth, tilt * 0.85), METAL, EDGE, (112, 116, 124))
    if slim:
        canvas.shape(ellipse(0, top + 0.01, mouth * 0.36, tilt * 0.32), (120, 124, 132))
    else:
        canvas.shape(ellipse(0, top, mouth * 0.68, tilt * 0.55), shade(METAL, 0.82))
    return THING


def draw_flame(canvas: Canvas, foot: float, size: float) -> None:
    """A wick at height `foot` with a bright flame of height `size` above it."""
    canvas.stroke([(0, foot), (0, foot - 0.16)], 0.06, DARK)
    low = foot - 0.08
    for part, (color, edge) in ((1.0, FLAME[:2]), (0.5, (FLAME[2], FLAME[2]))):
        wide, high = size * 0.36 * part, size * part
        drop = [
            (0.0, low - high),
            (wide * 0.9, low - high * 0.42),
            (wide * 0.6, low),
            (-wide * 0.6, low),
            (-wide * 0.9, low - high * 0.42),
        ]
        canvas.shape(smooth(drop), color, EDGE if part == 1 else 0.0, edge)


def _draw_tag(canvas: Canvas, a: Appearance, top: float, bottom: float) -> None:
    tag = span(a.shape[0], 0.52, 0.94) * span(a.shape[4], 0.4, 0.9)
    canvas.shape(rounded_box(-tag, top, tag, bottom, 0.08), a.secondary, EDGE)


def pillar(a: Appearance) -> tuple[float, float, float]:
    """Half-width of a pillar candle, the height of its top, the height where it stands on its holder."""
    width, height = span(a.shape[0], 0.26, 0.54), span(a.shape[1], 0.85, 1.3)
    flame, rise = span(a.shape[5], 0.4, 0.75), span(a.shape[4], 0.1, 0.32)
    foot = FOOT - rise
    return width, max(foot - height * (1.15 - rise), flame - 0.9), foot


#: Where melted wax runs down a pillar: (share of the half-width, length), from right to left.
DRIPS: Final = (
    (1.0, 0.35), (0.6, 0.3), (0.45, 1.0), (0.1, 0.4), (-0.15, 0.35), (-0.35, 0.7), (-0.6, 0.3), (-0.85, 1.15), (-1.0, 0.9),
)  # fmt: skip


def draw_candle(
    canvas: Canvas,
    a: Appearance,
    *,
    draw_tag: Callable[[Canvas, Appearance, float, float], None] = _draw_tag,
    drips: Sequence[Point] = DRIPS,
) -> Anchors:
    """A burning candle, in a jar (0) or a dripping pillar on a holder (1).

    Jar genes: width, height, height of the bare glass, height of the label, width of the label, size of the flame;
    secondary is the label, accent the rim. Pillar genes: width, height, length of the drips, width of the holder,
    height of the holder, size of the flame; secondary is the holder, accent the melted wax.
    `draw_tag` draws the jar's label, between two heights; `drips` are the pillar's.
    """
    flame = span(a.shape[5], 0.4, 0.75)
    if a.form == 0:
        width, height = span(a.shape[0], 0.52, 0.94), span(a.shape[1], 0.9, 1.35)
        glass, label = span(a.shape[2], 0.1, 0.38), span(a.shape[3], 0.22, 0.52)
        tilt = width * 0.2
        top, bottom = FOOT - height, FOOT - tilt
        canvas.shape(ellipse(0, top, width, tilt), shade(a.accent, 0.7), EDGE, shade(a.accent, 0.45))
        canvas.shape(_turned([(width, top), (width, bottom)], tilt, tilt), a.paint(), EDGE)
        middle = (top + glass + bottom) / 2 + tilt * 0.9
        half = label * (bottom - top - glass * 0.5) * 0.75
        draw_tag(canvas, a, middle - half, min(middle + half, FOOT - 0.1))
        canvas.shape(_turned([(width * 1.03, top), (width * 1.03, top + glass)], tilt, tilt), a.accent, EDGE)
        canvas.shape(ellipse(0, top, width * 0.86, tilt * 0.72), blend(a.primary, (255, 236, 170), 0.6), 0.04)
        draw_flame(canvas, top, flame)
        return THING
    drip, plate = span(a.shape[2], 0.12, 0.6), span(a.shape[3], 0.62, 0.96)
    width, top, foot = pillar(a)
    tilt = width * 0.24
    canvas.shape(_turned([(plate, foot), (plate * 0.62, FOOT - 0.06)], 0.0, 0.06), shade(a.secondary, 0.75), EDGE)
    canvas.shape(ellipse(0, foot, plate, 0.14), a.secondary, EDGE)
    canvas.shape(_turned([(width, top), (width, foot)], tilt, tilt * 0.6), a.paint(), EDGE)
    melted = [*arc(0, top, width, tilt, 180, 360), *((width * x, top + 0.06 + drip * y) for x, y in drips)]
    canvas.shape(melted, a.accent, EDGE)
    canvas.shape(ellipse(0, top, width * 0.72, tilt * 0.6), shade(a.accent, 1.35))
    draw_flame(canvas, top, flame)
    return THING


def draw_teapot(canvas: Canvas, a: Appearance) -> Anchors:
    """A teapot, round (0) or tall and straight-sided (1); secondary is lid, handle and foot, accent the knob.

    Genes: width of the body, height of the body, height of the lid, reach and height of the spout, size of the handle,
    size of the knob.
    """
    tall = a.form == 1
    width = span(a.shape[0], 0.36, 0.5) if tall else span(a.shape[0], 0.48, 0.68)
    height = span(a.shape[1], 1.1, 1.42) if tall else span(a.shape[1], 0.85, 1.3)
    cap, spout = span(a.shape[2], 0.1, 0.32), a.shape[3]
    grip, knob = span(a.shape[4], 0.2, 0.42), span(a.shape[5], 0.07, 0.2)
    top, middle = FOOT - 0.06 - height, FOOT - 0.06 - height / 2
    hand = arc(
        -width * 0.86, middle - 0.04, min(grip + 0.1, 0.9 - width * 0.75), height * span(a.shape[4], 0.24, 0.44), 75, 285
    )
    canvas.stroke(hand, 0.22, shade(a.secondary, 0.55))
    canvas.stroke(hand, 0.12, a.secondary)
    reach, lift = width + span(spout, 0.22, 0.42), span(spout, middle, top - 0.1)
    nose = [
        (width * 0.5, middle - 0.14),
        (width * 0.9 + (reach - width) * 0.35, (middle + lift) / 2),
        (reach - 0.06, lift),
        (reach + 0.14, lift + 0.02),
        (reach - 0.02, (middle + lift) / 2 + 0.18),
        (width * 0.6, middle + 0.36),
    ]
    canvas.shape(nose, shade(a.primary, 0.85), EDGE, shade(a.primary, 0.5))
    canvas.shape(_turned([(width * 0.62, FOOT - 0.14), (width * 0.66, FOOT - 0.05)], 0, 0.05), a.secondary, EDGE)
    if tall:
        body = _turned([(width * 0.72, top), (width, FOOT - 0.2), (width * 0.9, FOOT - 0.1)], 0.0, 0.06)
    else:
        body = ellipse(0, middle, width, height / 2)
    canvas.shape(body, a.paint(), EDGE)
    brim = width * (0.74 if tall else 0.62)
    edge = max(top + (0.04 if tall else height * 0.1), cap + knob * 1.6 - 0.92)
    canvas.dot(0, edge - cap - knob * 0.6, knob + 0.04, shade(a.accent, 0.5))
    canvas.dot(0, edge - cap - knob * 0.6, knob, a.accent)
    canvas.shape([*arc(0, edge, brim, cap, 180, 360), *arc(0, edge, brim, 0.08, 0, 180)], a.secondary, EDGE)
    return THING


def draw_vase(canvas: Canvas, a: Appearance) -> Anchors:
    """A vase, a long-necked bottle (0) or an urn with flared rim and ears (1); secondary is lip and foot, accent the collar.

    Bottle genes: width of the belly, length of the neck, width of the neck, height of the shoulder, flare of the lip,
    width of the base. Urn genes: width of the belly, height, width of the neck, flare of the rim, size of the ears,
    width of the foot.
    """
    if a.form == 0:
        belly, neck = span(a.shape[0], 0.4, 0.78), span(a.shape[2], 0.12, 0.3)
        top, lip = -0.94, span(a.shape[4], 1.1, 2.6) * neck
        throat = top + span(a.shape[1], 0.35, 0.95)
        widest = throat + (FOOT - throat) * span(a.shape[3], 0.65, 0.4)
        base = belly * span(a.shape[5], 0.35, 0.95)
        knots = [(lip, top), (neck, top + 0.2), (neck, throat - 0.06), (belly, widest), (base, FOOT - 0.06)]
    else:
        belly, neck = span(a.shape[0], 0.52, 0.8), span(a.shape[2], 0.24, 0.46)
        top, lip = FOOT - span(a.shape[1], 1.4, 1.85), neck * span(a.shape[3], 1.25, 1.8)
        throat, widest = top + 0.36, top + 0.36 + (FOOT - top) * 0.26
        base = belly * span(a.shape[5], 0.35, 0.8)
        knots = [(lip, top), (neck, throat), (belly, widest), (base * 0.8, FOOT - 0.2), (base, FOOT - 0.06)]
        ear = span(a.shape[4], 0.06, 0.3)
        for side in (-1, 1):
            loop = [(side * neck, throat - 0.06), (side * (belly * 0.7 + ear), throat - 0.04), (side * belly * 0.95, widest)]
            canvas.stroke(loop, 0.2, shade(a.secondary, 0.55))
            canvas.stroke(loop, 0.1, a.secondary)
    profile = curved(knots)
    rim = max(0.06, lip * 0.2)
    canvas.shape(_turned(profile, rim, 0.06), a.paint(), EDGE)
    canvas.shape(_turned([(base, FOOT - 0.16), (base, FOOT - 0.06)], 0.06, 0.06), a.secondary, EDGE)
    half = neck * 1.08
    canvas.shape(_turned([(half, throat - 0.2), (half, throat - 0.06)], 0.03, 0.03), a.accent, EDGE)
    canvas.shape(ellipse(0, top, lip, rim), shade(a.secondary, 0.45), 0.09, a.secondary)
    canvas.stroke([*ellipse(0, top, lip + 0.04, rim + 0.04), (lip + 0.04, top)], 0.03, shade(a.secondary, 0.5))
    return THING
