"""Soft toys and cartoon characters."""

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, shade, smooth
from dreambench.dataset.miniature.drawings.anchors import Anchors
from dreambench.dataset.miniature.drawings.animals import EDGE, INK, draw_eyes, limb, pale, placed

BEAR, SLOTH, WOLF = range(3)
HORNED = 0
WHITE: RGB = (255, 255, 255)


def _plush_head(canvas: Canvas, a: Appearance, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Head and face of a soft toy; returns the eyes."""
    ear, snout = a.shape[1], a.shape[3]
    light = pale(a.secondary, 190)
    if a.form == BEAR:
        for side in (-1, 1):
            x, y, r = side * hw * 0.76, hy - hh * 0.72, 0.15 + 0.13 * ear
            canvas.shape(ellipse(x, y, r, r), a.primary, EDGE)
            canvas.shape(ellipse(x, y, r * 0.55, r * 0.55), light)
        canvas.shape(ellipse(0, hy, hw, hh), a.paint(), EDGE)
        canvas.shape(arc(0, hy - hh * 0.8, 0.25, 0.34, 180, 360, points=14), a.accent, EDGE)  # its own little cap
    elif a.form == SLOTH:
        canvas.shape(ellipse(0, hy, hw * 1.05, hh * 0.95), a.paint(), EDGE)
        canvas.shape(smooth([(0, hy - hh * 0.45), (hw * 0.55, hy - hh * 0.6), (hw * 0.82, hy), (hw * 0.5, hy + hh * 0.68),
                             (0, hy + hh * 0.8), (-hw * 0.5, hy + hh * 0.68), (-hw * 0.82, hy), (-hw * 0.55, hy - hh * 0.6)]),
                     pale(a.primary, 220))  # fmt: skip
        for side in (-1, 1):  # the sloth's dark eye stripes, drooping outwards
            stripe = ellipse(side * hw * 0.5, hy + 0.02, 0.14 + 0.16 * ear, 0.12, side * 32)
            canvas.shape(stripe, shade(a.secondary, 0.6) if sum(a.secondary) > 420 else a.secondary)
    else:
        for side in (-1, 1):
            tall = 0.26 + 0.26 * ear
            for size, paint, edge in ((1.0, a.primary, EDGE), (0.5, shade(a.secondary, 0.8), 0.0)):
                tip: list[Point] = [(-0.22 * size, 0.04), (0.04, -tall * size), (0.2 * size, 0.1)]
                canvas.shape(placed(tip, side, side * hw * 0.6, hy - hh * 0.66), paint, edge)
        half: list[Point] = [(hw * 0.62, -hh * 0.84), (hw * 0.9, -hh * 0.1), (hw * 1.18, hh * 0.42), (hw * 0.72, hh * 0.6)]
        half += [(hw * 0.56, hh * 0.92)]
        outline: list[Point] = [(0, -hh * 0.92), *half, (0, hh), *[(-x, y) for x, y in reversed(half)]]
        canvas.shape([(x, hy + y) for x, y in outline], a.paint(), EDGE)
        for side in (-1, 1):  # the pale mask of cheeks and brows
            canvas.shape(ellipse(side * hw * 0.5, hy + hh * 0.34, hw * 0.45, hh * 0.5, side * -20), light)
            canvas.shape(ellipse(side * hw * 0.42, hy - hh * 0.42, hw * 0.17, hh * 0.12), light)
    mw, mh = hw * (0.3 + 0.34 * snout), hh * (0.26 + 0.22 * snout)
    my = hy + hh * 0.46
    if a.form != SLOTH:
        canvas.shape(ellipse(0, my, mw, mh), pale(a.secondary, 220), EDGE * 0.7)
        canvas.shape(ellipse(0, my - mh * 0.42, 0.12 + 0.04 * snout, 0.085 + 0.03 * snout), INK)
        canvas.stroke([(0, my - mh * 0.3), (0, my + mh * 0.5)], 0.045, INK)
    else:
        canvas.shape(ellipse(0, my - mh * 0.3, 0.1 + 0.12 * snout, 0.07 + 0.06 * snout), INK)
        canvas.stroke(arc(0, my + mh * 0.2, hw * (0.24 + 0.2 * snout), hh * 0.22, 20, 160, points=10), 0.05, INK)
    spread = hw * (0.46 if a.form == SLOTH else 0.42)
    eyes = ((-spread, hy - hh * 0.08), (spread, hy - hh * 0.08))
    draw_eyes(canvas, eyes, 0.095, pale(a.primary, 215))
    return eyes


def draw_stuffed_animal(canvas: Canvas, a: Appearance) -> Anchors:
    """A soft toy sitting with its feet towards the viewer. Forms: bear (cap), sloth (hanging arms), wolf (kerchief, tail).

    Genes: 0 head size, 1 ear size (sloth: eye stripes), 2 body width, 3 muzzle size (sloth: nose and smile), 4 arm length
    (wolf: tail as well), 5 foot size and spread.
    """
    head, ear, wide, _, arm, foot = a.shape
    hw = 0.44 + 0.16 * head
    hh = hw * 0.86
    rise = {BEAR: 0.1, SLOTH: 0.0, WOLF: 0.1 + 0.22 * ear}[a.form]
    hy = -0.95 + hh + rise
    bw = 0.34 + 0.28 * wide
    neck = hy + hh
    light = pale(a.secondary, 190)
    if a.form == WOLF:
        brush: list[Point] = [
            (bw * 0.6, 0.8),
            (bw + 0.2, 0.5),
            (bw + 0.34, 0.1 - 0.35 * arm),
            (bw + 0.48, 0.4),
            (bw + 0.36, 0.82),
        ]
        canvas.shape(smooth(brush), a.primary, EDGE)
        canvas.dot(bw + 0.34, 0.2 - 0.33 * arm, 0.08, light)
    middle = (hy + hh * 0.5 + 0.9) / 2
    canvas.shape(ellipse(0, middle, bw, 0.9 - middle), a.paint(1), EDGE)
    patch = max(0.16, (0.86 - neck) / 2 - 0.04)
    canvas.shape(ellipse(0, (neck + 0.84) / 2, bw * 0.56, patch), light, EDGE * 0.6)
    canvas.stroke([(0, neck), (0, 0.82)], 0.035, shade(light, 0.6))  # the seam down the belly
    size = 0.2 + 0.1 * foot
    spread = min(0.92 - size, bw * 0.75 + 0.2 * foot)
    for side in (-1, 1):
        shoulder = (side * bw * 0.72, neck + 0.06)
        if a.form == SLOTH:
            hand = (side * (bw + 0.2), min(0.76, neck + 0.18 + 0.42 * arm))
            limb(canvas, [shoulder, (side * (bw + 0.16), neck + 0.12), hand], 0.19, a.primary)
            for claw in (-0.07, 0.07):
                canvas.stroke([(hand[0] + claw, hand[1] + 0.06), (hand[0] + claw, hand[1] + 0.17)], 0.07, a.accent)
        else:
            hand = (side * min(0.84, bw * 0.8 + 0.08 + 0.32 * arm), neck + 0.24 - 0.1 * arm)
            limb(canvas, [shoulder, hand], 0.23, a.primary)
            canvas.dot(*hand, 0.075, light)
        canvas.shape(ellipse(side * spread, 0.93 - size, size, size), a.primary, EDGE)
        canvas.shape(ellipse(side * spread, 0.95 - size, size * 0.58, size * 0.58), a.accent if a.form == SLOTH else light)
    if a.form == WOLF:
        canvas.shape([(-hw * 0.7, neck - 0.08), (hw * 0.7, neck - 0.08), (0, neck + 0.3)], a.accent, EDGE)
    eyes = _plush_head(canvas, a, hy, hw, hh)
    return Anchors((0.0, hy), hw, hh, eyes, (0.0, neck), (-bw, neck - 0.02, bw, 0.9))


def draw_cartoon(canvas: Canvas, a: Appearance) -> Anchors:
    """A flat character, head and body in one blob. Forms: horned (pillar with two horns), round (ball with two antennae).

    Genes: 0 head width, 1 horn or antenna length, 2 belly width, 3 size of eyes and mouth, 4 arm length, 5 leg length.
    """
    head, horn, wide, face, arm, leg = a.shape
    horned = a.form == HORNED
    hw = (0.36 if horned else 0.46) + 0.2 * head
    bw = (0.38 if horned else 0.52) + 0.28 * wide
    rise = 0.16 + 0.3 * horn
    top = -0.97 + rise * 0.85
    foot = 0.14 + 0.26 * leg
    bottom = 0.93 - foot
    hh = (bottom - top) * 0.29
    hy = top + hh
    for side in (-1, 1):
        if horned:
            spike: list[Point] = [(-0.17, 0.16), (-0.02, -rise * 0.5), (0.12, -rise), (0.19, 0.24)]
            canvas.shape(placed(spike, side, side * hw * 0.6, top + 0.04), a.secondary, EDGE)
        else:
            knob = (side * (hw * 0.45 + 0.1), top - rise + 0.12)
            canvas.stroke([(side * hw * 0.35, top + 0.1), knob], 0.08, shade(a.primary, 0.6))
            canvas.shape(ellipse(*knob, 0.13, 0.13), a.accent, EDGE)
        stance = bw * 0.46
        limb(canvas, [(side * stance, bottom - 0.14), (side * stance, 0.82)], 0.22 if horned else 0.15, a.primary)
        if not horned:
            canvas.shape(ellipse(side * (stance + 0.06), 0.86, 0.2, 0.1), a.accent, EDGE)
        shoulder = (side * (hw + bw) * 0.42, hy + hh * 1.05)
        raised = -0.12 - 0.3 * arm if not horned else 0.16 + 0.42 * arm
        limb(canvas, [shoulder, (side * min(0.88, bw + 0.16), shoulder[1] + raised)], 0.16, a.primary)
    half: list[Point] = [(hw * 0.72, top + 0.05), (hw, hy), (bw, bottom - (bottom - top) * 0.34), (bw * 0.8, bottom - 0.03)]
    body: list[Point] = [(0.0, top), *half, (0.0, bottom), *[(-x, y) for x, y in reversed(half)]]
    canvas.shape(smooth(body), a.paint(), EDGE)
    belly = (hy + hh + bottom) / 2 + 0.06
    canvas.shape(ellipse(0, belly, bw * 0.5, (bottom - belly) * 0.72), blend(a.secondary, a.primary, 0.15))
    radius = 0.12 + 0.07 * face
    spread = hw * 0.44
    eyes = ((-spread, hy - hh * 0.05), (spread, hy - hh * 0.05))
    for x, y in eyes:
        canvas.shape(ellipse(x, y, radius, radius), WHITE, EDGE, INK)
        canvas.dot(x + 0.02, y + 0.02, radius * 0.58, INK)
    mouth = hy + hh * 0.62
    canvas.shape(arc(0, mouth, hw * (0.25 + 0.28 * face), hh * 0.4, 0, 180, points=12), INK)
    tooth = hw * (0.12 + 0.1 * face)
    if horned:
        canvas.shape([(-tooth, mouth), (0, mouth), (-tooth * 0.5, mouth + hh * 0.24)], WHITE)
    else:
        canvas.shape(ellipse(0, mouth + hh * 0.24, tooth, hh * 0.12, points=12), a.accent)
    return Anchors((0.0, hy), hw, hh, eyes, (0.0, hy + hh), (-bw * 0.92, hy + hh, bw * 0.92, bottom))
