"""Dogs and cats. Both face the viewer with a large head; the forms differ in ears, coat outline and stance."""

import math
from collections.abc import Callable

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.anchors import Anchors

EDGE = 0.055
INK: RGB = (30, 24, 28)
TONGUE: RGB = (236, 110, 128)
FLOPPY, PRICK, CURLY, LONG = range(4)
SITTING = 0
#: Draws a head at its centre with half-width and half-height, and returns the eyes.
DrawHead = Callable[[Canvas, Appearance, float, float, float, float], tuple[Point, Point]]


def pale(color: RGB, level: int = 185) -> RGB:
    """The colour, whitened until a dark nose and mouth show up on it."""
    luminance = (299 * color[0] + 587 * color[1] + 114 * color[2]) / 1000
    return blend(color, (255, 255, 255), max(0.25, (level - luminance) / max(1.0, 255 - luminance)))


def draw_eyes(canvas: Canvas, eyes: tuple[Point, Point], radius: float, rim: RGB, iris: RGB | None = None) -> None:
    """Two dark eyes with a light rim, which keeps them visible on dark or patterned coats; `iris` makes them cat's eyes."""
    for x, y in eyes:
        canvas.dot(x, y, radius * (1.3 if iris else 1.4), INK if iris else rim)
        if iris:
            canvas.dot(x, y, radius * 1.05, iris)
            canvas.shape(ellipse(x, y, radius * 0.5, radius * 0.95, points=14), INK)
        else:
            canvas.dot(x, y, radius, INK)
            canvas.dot(x - radius * 0.3, y - radius * 0.35, radius * 0.36, (255, 255, 255))


def limb(canvas: Canvas, points: list[Point], width: float, color: RGB) -> None:
    """A round-ended leg, arm or tail with a dark edge."""
    canvas.stroke(points, width + 2 * EDGE, shade(color, 0.55))
    canvas.stroke(points, width, color)


def fluffy(cx: float, cy: float, rx: float, ry: float, bumps: int) -> list[Point]:
    """An ellipse with a cloud's edge: curly fur."""
    steps = [2 * math.pi * i / (bumps * 6) for i in range(bumps * 6)]
    bulge = [0.86 + 0.2 * abs(math.sin(bumps * t / 2)) for t in steps]
    return [(cx + rx * k * math.cos(t), cy + ry * k * math.sin(t)) for t, k in zip(steps, bulge, strict=True)]


def placed(points: list[Point], side: int, dx: float, dy: float) -> list[Point]:
    """The points mirrored to a side (-1 or 1) and moved."""
    return [(dx + side * x, dy + y) for x, y in points]


def dog_ears_behind(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    """Ears that stand behind a dog's head: tall, leaf-shaped and set wide."""
    if a.form != PRICK:
        return
    for side in (-1, 1):
        tip = hh * 0.55 + 0.14 + 0.42 * a.shape[1]
        for size, paint, edge in ((1.0, a.primary, EDGE), (0.55, blend(a.secondary, (240, 160, 150), 0.5), 0.0)):
            leaf: list[Point] = [(-0.22, 0.0), (-0.13, -tip * 0.62), (0.05, -tip), (0.15, -tip * 0.6), (0.16, 0.06)]
            outline = smooth([(x * size, y * size - 0.03 * (1 - size)) for x, y in leaf])
            canvas.shape(placed(outline, side, hx + side * hw * 0.66, hy - hh * 0.38), paint, edge)


def dog_skull(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    """A dog's head without ears and face."""
    if a.form == CURLY:
        canvas.shape(fluffy(hx, hy - 0.02, hw, hh, 11), a.paint(), EDGE)
        canvas.shape(fluffy(hx, hy - hh * 0.72, hw * 0.62, hh * 0.4, 8), a.primary, EDGE * 0.8)
    else:
        head: list[Point] = [(0, -hh), (hw * 0.7, -hh * 0.8), (hw, -hh * 0.1), (hw * 0.68, hh * 0.72), (0, hh)]
        outline = [(hx + x, hy + y) for x, y in head] + [(hx - x, hy + y) for x, y in head[3:0:-1]]
        canvas.shape(smooth(outline), a.paint(), EDGE)


def dog_muzzle(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    """Blaze, muzzle, nose and tongue of a dog."""
    snout = a.shape[3]
    if a.form == PRICK:  # the blaze between the eyes
        canvas.shape([(hx - 0.05, hy - hh * 0.9), (hx + 0.05, hy - hh * 0.9), (hx + 0.17, hy + 0.2), (hx - 0.17, hy + 0.2)],
                     pale(a.secondary))  # fmt: skip
    mw, mh = hw * (0.36 + 0.34 * snout), hh * (0.3 + 0.24 * snout)
    my = hy + hh * 0.55
    canvas.shape(ellipse(hx, my + mh * 0.9, 0.13, 0.13 + mh * 0.3), TONGUE, EDGE * 0.8)
    canvas.shape(ellipse(hx, my, mw, mh), pale(a.secondary if a.form == PRICK else a.primary), EDGE * 0.7)
    canvas.stroke([(hx, my - mh * 0.3), (hx, my + mh * 0.5)], 0.045, INK)
    canvas.shape(ellipse(hx, my - mh * 0.48, 0.12 + 0.05 * snout, 0.09 + 0.03 * snout), INK)


def dog_ears_in_front(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    """Ears that lie on a dog's head: flaps or puffs."""
    ear = a.shape[1]
    for side in (-1, 1):
        drop = 0.3 + 0.5 * ear
        if a.form in (FLOPPY, LONG):
            flap: list[Point] = [(-0.1, -0.1), (0.1, -0.08), (0.24, drop * 0.55), (0.12, drop), (-0.06, drop * 0.7)]
            canvas.shape(placed(smooth(flap), side, hx + side * hw * 0.84, hy - hh * 0.55), a.secondary, EDGE)
        elif a.form == CURLY:  # from small puffs high on the head to long hanging ones
            rise = hh * (0.62 - 0.7 * ear)
            puff = fluffy(hx + side * hw * (0.8 + 0.16 * ear), hy - rise, 0.17, 0.17 + 0.22 * ear, 7)
            canvas.shape(puff, blend(a.secondary, a.primary, 0.25), EDGE)


def dog_eyes(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Draw a dog's eyes and say where they are."""
    spread = hw * 0.42
    eyes = ((hx - spread, hy - hh * 0.14), (hx + spread, hy - hh * 0.14))
    draw_eyes(canvas, eyes, 0.105, pale(a.primary, 215))
    return eyes


def dog_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Ears, head, muzzle and face of a dog; returns the eyes."""
    for draw in (dog_ears_behind, dog_skull, dog_muzzle, dog_ears_in_front):
        draw(canvas, a, hx, hy, hw, hh)
    return dog_eyes(canvas, a, hx, hy, hw, hh)


def draw_dog(canvas: Canvas, a: Appearance, *, draw_head: DrawHead = dog_head) -> Anchors:
    """Forms: floppy-eared, prick-eared, curly, long (a dachshund seen from the side, its face to the viewer).

    Genes: 0 head size, 1 ear length, 2 body width (long form: body depth), 3 muzzle size, 4 tail length, 5 leg length.
    `draw_head` draws the head over the rest.
    """
    head, ear, wide, _, tail, leg = a.shape
    hw = (0.44 if a.form != LONG else 0.46) + 0.17 * head
    hh = hw * 0.88
    paws = pale(a.secondary if a.form == PRICK else a.primary)
    if a.form == LONG:
        length = 0.12 + 0.3 * leg
        depth = 0.23 + 0.17 * wide
        cy = 0.9 - length - depth
        hx, hy = -0.96 + hw + 0.12, max(cy - 0.36, -0.95 + hh)
        limb(
            canvas,
            arc(0.78 + 0.02 * tail, cy - 0.34, 0.12 + 0.1 * tail, 0.3 + 0.2 * tail, 90, -30 - 40 * tail),
            0.09,
            a.primary,
        )
        for x in (-0.34, -0.1, 0.52, 0.74):
            limb(canvas, [(x, cy), (x, 0.82)], 0.15, a.primary)
            canvas.shape(ellipse(x - 0.04, 0.86, 0.13, 0.08), paws, EDGE * 0.7)
        trunk = rounded_box(-0.55, cy - depth, 0.9, cy + depth, depth)
        canvas.shape(trunk, a.paint(1), EDGE)
        canvas.stroke([(hx + hw * 0.5, hy + hh * 0.95), (hx + hw * 0.9, hy + hh * 0.75)], 0.1, a.accent)
        eyes = draw_head(canvas, a, hx, hy, hw, hh)
        left = min(hx + hw * 0.6, -0.1)
        return Anchors((hx, hy), hw, hh, eyes, (hx, hy + hh), (left, cy - depth, 0.9, cy + depth))
    rise = 0.1 + 0.27 * ear if a.form == PRICK else 0.06 if a.form == CURLY else 0.0
    hy = -0.96 + hh + rise
    bw = 0.3 + 0.34 * wide
    bottom = 0.92 - (0.12 + 0.3 * leg)
    top = hy + hh * 0.45
    swing = 0.25 + 0.5 * tail
    if a.form == CURLY:
        limb(canvas, [(bw * 0.8, bottom - 0.15), (bw + 0.12, bottom - 0.1 - swing * 0.6)], 0.1, a.primary)
        canvas.shape(
            fluffy(bw + 0.14, bottom - 0.14 - swing * 0.7, 0.15 + 0.07 * tail, 0.15 + 0.07 * tail, 7), a.secondary, EDGE
        )
    else:
        sweep: list[Point] = [(bw * 0.7, bottom - 0.08), (bw + 0.16, bottom - 0.14), (bw + 0.26, bottom - 0.14 - swing * 0.5)]
        limb(canvas, [*sweep, (bw + 0.18, bottom - 0.14 - swing)], 0.15, a.primary)
        canvas.dot(bw + 0.18, bottom - 0.14 - swing, 0.085, paws if a.form == PRICK else a.secondary)
    stance = bw * 0.6
    for side in (-1, 1):
        if a.form == CURLY:
            limb(canvas, [(side * stance, bottom - 0.1), (side * stance, 0.85)], 0.16, a.primary)
            canvas.shape(fluffy(side * stance, 0.8, 0.22, 0.16, 7), pale(a.primary, 200), EDGE)
        else:
            limb(canvas, [(side * stance, bottom - 0.1), (side * stance, 0.84)], 0.22, a.primary)
            canvas.shape(ellipse(side * stance, 0.85, 0.2, 0.11), paws, EDGE)
    middle = (top + bottom) / 2
    if a.form == CURLY:
        canvas.shape(fluffy(0, middle, bw * 1.08, (bottom - top) / 2 + 0.06, 12), a.paint(1), EDGE)
    else:
        canvas.shape(rounded_box(-bw, top, bw, bottom, 0.32), a.paint(1), EDGE)
    if a.form == PRICK:
        canvas.shape(
            ellipse(0, (hy + hh + bottom) / 2 - 0.06, bw * 0.55, max(0.1, (bottom - hy - hh) / 2 + 0.04)), pale(a.secondary)
        )
    canvas.stroke(arc(0, hy + hh * 0.75, hw * 0.62, hh * 0.34, 20, 160), 0.11, a.accent)
    eyes = draw_head(canvas, a, 0.0, hy, hw, hh)
    return Anchors((0.0, hy), hw, hh, eyes, (0.0, hy + hh), (-bw, hy + hh * 0.95, bw, bottom))


def _cat_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Triangle ears, a wide flat face, coloured slit eyes and whiskers; returns the eyes."""
    tall = 0.2 + 0.3 * a.shape[1]
    for side in (-1, 1):
        x, y = hx + side * hw * 0.58, hy - hh * 0.55
        canvas.shape(placed([(-0.22, 0.0), (0.12, -tall), (0.24, 0.22)], side, x, y), a.primary, EDGE)
        inner: list[Point] = [(-0.09, 0.0), (0.1, -tall * 0.66), (0.15, 0.12)]
        canvas.shape(placed(inner, side, x, y), blend(a.secondary, (245, 160, 165), 0.6))
    cheek: list[Point] = [(0, -hh * 0.86), (hw * 0.62, -hh * 0.8), (hw, hh * 0.05), (hw * 0.72, hh * 0.78), (0, hh)]
    outline = [(hx + x, hy + y) for x, y in cheek] + [(hx - x, hy + y) for x, y in cheek[3:0:-1]]
    canvas.shape(smooth(outline), a.paint(), EDGE)
    mw, mh = hw * (0.26 + 0.42 * a.shape[3]), hh * (0.24 + 0.16 * a.shape[3])
    my = hy + hh * 0.5
    light = pale(a.secondary, 205)
    canvas.shape(ellipse(hx - mw * 0.5, my, mw * 0.62, mh), light)
    canvas.shape(ellipse(hx + mw * 0.5, my, mw * 0.62, mh), light)
    hair = (250, 250, 250) if sum(a.primary) < 330 else INK
    for side in (-1, 1):
        for lift in (-0.08, 0.1):
            canvas.stroke([(hx + side * hw * 0.5, my + lift * 0.4), (hx + side * (hw + 0.16), my + lift)], 0.03, hair)
        canvas.stroke(arc(hx + side * 0.07, my + mh * 0.1, 0.07, mh * 0.45, 0, 180, points=8), 0.035, INK)
    canvas.shape([(hx - 0.09, my - mh * 0.75), (hx + 0.09, my - mh * 0.75), (hx, my - mh * 0.05)], (214, 92, 110), 0.03)
    spread = hw * 0.48
    eyes = ((hx - spread, hy - hh * 0.1), (hx + spread, hy - hh * 0.1))
    draw_eyes(canvas, eyes, 0.11, light, iris=pale(a.accent, 130))
    return eyes


def draw_cat(canvas: Canvas, a: Appearance) -> Anchors:
    """Forms: sitting (pear-shaped, tail beside it), standing (seen from the side, tail up). The accent is eyes and collar.

    Genes: 0 head size, 1 ear height, 2 body width, 3 muzzle size, 4 tail length, 5 leg length (sitting: how upright).
    """
    head, ear, wide, _, tail, leg = a.shape
    hw = 0.43 + 0.17 * head
    hh = hw * 0.82
    light = pale(a.secondary, 205)
    tip = 0.2 + 0.3 * ear - hh * 0.45  # how far the ears stand above the head
    if a.form == SITTING:
        hy = -0.98 + hh + max(0.0, tip) + 0.22 * (1 - leg)
        bw = 0.38 + 0.28 * wide
        curl = arc(bw + 0.02, 0.88 - 0.16 - 0.2 * tail, 0.16 + 0.14 * tail, 0.16 + 0.2 * tail, 120, -120 - 80 * tail)
        limb(canvas, [(bw * 0.3, 0.82), *curl], 0.11, a.primary)
        canvas.stroke(curl[-6:], 0.11, a.secondary)
        top = hy + hh * 0.6
        pear: list[Point] = [(0, top), (bw * 0.52, top + 0.06), (bw * 0.72, 0.3), (bw, 0.68), (bw * 0.72, 0.92), (0, 0.93)]
        canvas.shape(smooth([*pear, *[(-x, y) for x, y in pear[4:0:-1]]]), a.paint(1), EDGE)
        canvas.shape(ellipse(0, (hy + hh + 0.6) / 2, bw * 0.34, (0.7 - hy - hh) / 2 + 0.08), light)
        for side in (-1, 1):
            limb(canvas, [(side * 0.13, 0.5), (side * 0.13, 0.83)], 0.13, a.primary)
            canvas.shape(ellipse(side * 0.15, 0.87, 0.14, 0.08), light, EDGE * 0.8)
        canvas.stroke(arc(0, hy + hh * 0.72, hw * 0.55, hh * 0.36, 20, 160), 0.1, a.accent)
        eyes = _cat_head(canvas, a, 0.0, hy, hw, hh)
        return Anchors((0.0, hy), hw, hh, eyes, (0.0, hy + hh), (-bw * 0.85, hy + hh * 0.95, bw * 0.85, 0.9))
    hx = -0.97 + hw + 0.06
    length, depth = 0.18 + 0.34 * leg, 0.2 + 0.16 * wide
    cy = 0.9 - length - depth
    hy = max(cy - 0.3, -0.98 + hh + max(0.0, tip))
    reach = 0.35 + 0.5 * tail
    mast: list[Point] = [(0.68, cy - depth * 0.4), (0.84, cy - depth - 0.1), (0.78, cy - depth - reach * 0.6)]
    hook = (0.9, max(-0.9, cy - depth - reach))
    limb(canvas, [*mast, hook], 0.11, a.primary)
    canvas.stroke([mast[-1], hook], 0.11, a.secondary)
    for x in (-0.42, -0.18, 0.46, 0.68):
        limb(canvas, [(x, cy), (x, 0.85)], 0.12, a.primary)
        canvas.shape(ellipse(x - 0.03, 0.88, 0.11, 0.065), light, EDGE * 0.7)
    canvas.shape(rounded_box(-0.6, cy - depth, 0.8, cy + depth, depth), a.paint(1), EDGE)
    canvas.stroke([(hx + hw * 0.3, hy + hh), (hx + hw * 0.95, hy + hh * 0.6)], 0.1, a.accent)
    eyes = _cat_head(canvas, a, hx, hy, hw, hh)
    return Anchors((hx, hy), hw, hh, eyes, (hx, hy + hh), (min(hx + hw * 0.55, -0.1), cy - depth, 0.8, cy + depth))
