"""Soft toys, cartoon characters and toys from the back: no face, no belly, what sits behind."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.animals import EDGE, limb, placed
from dreambench.dataset.miniature.drawings.figures import BEAR, HORNED, SLOTH, WOLF
from dreambench.dataset.miniature.drawings.toys import ball

_INK: Final[RGB] = (28, 26, 32)
_GLASS: Final[RGB] = (176, 220, 240)


def stuffed_animal(canvas: Canvas, a: Appearance) -> None:
    """The seam down the back, the label at its foot, and the tail; ears seen from behind."""
    head, ear, wide, _, arm, foot = a.shape
    hw = 0.44 + 0.16 * head
    hh = hw * 0.86
    hy = -0.95 + hh + {BEAR: 0.1, SLOTH: 0.0, WOLF: 0.1 + 0.22 * ear}[a.form]
    bw, neck, size = 0.38 + 0.28 * wide, hy + hh, 0.2 + 0.1 * foot
    for side in (-1, 1):
        shoulder, lift = (side * bw * 0.72, neck + 0.06), 0.24 - 0.1 * arm
        hand = (side * min(0.84, bw * 0.8 + 0.08 + 0.32 * arm), neck + lift)
        if a.form == SLOTH:
            hand = (side * (bw + 0.2), min(0.76, neck + 0.18 + 0.42 * arm))
        limb(canvas, [shoulder, hand], 0.21, a.primary)
        spread = min(0.9 - size, bw * 0.75 + 0.2 * foot)
        canvas.shape(ellipse(side * spread, 0.93 - size * 0.7, size, size * 0.7), a.primary, EDGE)
        if a.form == BEAR:
            r = 0.15 + 0.13 * ear
            canvas.shape(ellipse(side * hw * 0.76, hy - hh * 0.72, r, r), a.primary, EDGE)
        if a.form == WOLF:
            tip: list[Point] = [(-0.22, 0.04), (0.04, -0.26 - 0.26 * ear), (0.2, 0.1)]
            canvas.shape(placed(tip, side, side * hw * 0.6, hy - hh * 0.66), a.primary, EDGE)
    canvas.shape(ellipse(0, hy, hw * (1.05 if a.form == SLOTH else 1.0), hh * 0.96), a.paint(), EDGE)
    if a.form == BEAR:
        canvas.shape(arc(0, hy - hh * 0.8, 0.25, 0.34, 180, 360, points=14), a.accent, EDGE)
    middle = (hy + hh * 0.5 + 0.9) / 2
    canvas.shape(ellipse(0, middle, bw, 0.9 - middle), a.paint(1), EDGE)
    if a.form == WOLF:
        canvas.stroke(arc(0, neck - 0.08, hw * 0.66, 0.14, 10, 170), 0.14, a.accent)
        brush: list[Point] = [(-0.06, 0.62), (-0.24, 0.2), (0.0, 0.16 - 0.3 * arm), (0.24, 0.22), (0.06, 0.62)]
        canvas.shape(smooth(brush), a.primary, EDGE)
    else:
        seam = [(0.05 * (-1) ** i, neck + 0.06 + (0.66 - neck) * i / 7) for i in range(8)]
        canvas.stroke(seam, 0.045, shade(a.primary, 0.5))
        canvas.shape(ellipse(0, 0.74, 0.15, 0.13), a.secondary, EDGE)
    canvas.shape(rounded_box(bw * 0.3, 0.6, bw * 0.3 + 0.18, 0.8, 0.02), (250, 250, 250), 0.035, (130, 130, 140))


def cartoon(canvas: Canvas, a: Appearance) -> None:
    """The blob with horns or antennae and limbs, and a zip down the back."""
    head, horn, wide, _, arm, leg = a.shape
    horned = a.form == HORNED
    hw, bw = (0.36 if horned else 0.46) + 0.2 * head, (0.38 if horned else 0.52) + 0.28 * wide
    rise, bottom = 0.16 + 0.3 * horn, 0.93 - 0.14 - 0.26 * leg
    top = -0.97 + rise * 0.85
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
        limb(canvas, [(side * bw * 0.46, bottom - 0.14), (side * bw * 0.46, 0.82)], 0.22 if horned else 0.15, a.primary)
        if not horned:
            canvas.shape(ellipse(side * (bw * 0.46 + 0.04), 0.86, 0.18, 0.09), a.accent, EDGE)
        shoulder = (side * (hw + bw) * 0.42, hy + hh * 1.05)
        raised = 0.16 + 0.42 * arm if horned else -0.12 - 0.3 * arm
        limb(canvas, [shoulder, (side * min(0.88, bw + 0.16), shoulder[1] + raised)], 0.16, a.primary)
    half: list[Point] = [(hw * 0.72, top + 0.05), (hw, hy), (bw, bottom - (bottom - top) * 0.34), (bw * 0.8, bottom - 0.03)]
    canvas.shape(smooth([(0.0, top), *half, (0.0, bottom), *[(-x, y) for x, y in reversed(half)]]), a.paint(), EDGE)
    start, end = hy + hh * 0.4, bottom - 0.12
    canvas.stroke([(0, start), (0, end)], 0.13, shade(a.primary, 0.5))
    canvas.stroke([(0, start), (0, end)], 0.04, (226, 226, 232))
    canvas.shape(rounded_box(-0.07, start, 0.07, start + 0.2, 0.05), (226, 226, 232), 0.035, (90, 90, 100))


def toy(canvas: Canvas, a: Appearance) -> None:
    """Duck, monster, swirl, car or robot, turned away."""
    (_duck, _monster, _swirl, _car, _robot)[a.form](canvas, a)


def _duck(canvas: Canvas, a: Appearance) -> None:
    half, head, lift = 0.36 + 0.18 * a.shape[0], 0.32 + 0.16 * a.shape[1], 0.5 * a.shape[3]
    middle = 0.95 - half
    hy = max(-0.95 + head, middle - half - head * 0.5 - 0.3 * a.shape[5])
    canvas.shape(rounded_box(-head * 0.6, hy, head * 0.6, middle, 0.1), a.primary, EDGE)
    canvas.shape(ellipse(0, hy, head, head), a.primary, EDGE)
    canvas.shape(ellipse(0, middle, 0.76, half), a.paint(), EDGE)
    for side in (-1, 1):
        wing = 0.2 + 0.2 * a.shape[4]
        canvas.shape(ellipse(side * 0.62, middle - 0.02, wing * 0.7, wing * 1.1, side * 18), a.secondary, EDGE)
    tip: list[Point] = [(-0.26, middle + half * 0.5), (0, middle - half * 0.3 - lift), (0.26, middle + half * 0.5)]
    canvas.shape(smooth([*tip, (0, middle + half * 0.74)]), shade(a.primary, 1.12), EDGE, shade(a.primary, 0.55))


def _monster(canvas: Canvas, a: Appearance) -> None:
    width, height, eye = 0.4 + 0.26 * a.shape[0], 0.9 + 0.3 * a.shape[1], 0.14 + 0.12 * a.shape[3]
    top, bottom = 0.78 - height, 0.78
    middle, apart = bottom - height / 2, max(width * 0.55, eye + 0.04)
    for side in (-1, 1):
        reach = a.shape[4]
        hand = (side * (width + 0.12 + (0.74 - width) * reach), middle + 0.42 - 0.72 * reach)
        limb(canvas, [(side * width * 0.7, middle - 0.05), hand], 0.15, a.primary)
        ball(canvas, *hand, 0.12, a.accent)
        eye_y = max(top + 0.02 - 0.32 * a.shape[2], -0.9 + eye)
        limb(canvas, [(side * apart, top + 0.25), (side * apart, eye_y)], 0.16, a.primary)
        ball(canvas, side * apart, eye_y, eye + 0.04, a.primary)
        canvas.shape(ellipse(side * width * 0.6, 0.82, 0.26, 0.13), a.accent, EDGE)
    canvas.shape(rounded_box(-width, top, width, bottom, width * 0.8), a.paint(), EDGE)
    for i in range(3):  # a crest of spikes down the back
        y = top + height * (0.2 + 0.24 * i)
        canvas.shape([(-0.14, y + 0.2), (0, y - 0.04), (0.14, y + 0.2)], a.secondary, EDGE)


def _swirl(canvas: Canvas, a: Appearance) -> None:
    width, height = 0.7 + 0.26 * a.shape[0], 1.35 + 0.45 * a.shape[1]
    narrow, lean, tier = 0.82 - 0.27 * a.shape[2], 0.4 - 0.8 * a.shape[5], height * 0.3
    tiers = [(width * narrow**i, 0.95 - tier * (0.5 + 0.86 * i)) for i in range(3)]
    tip_x, tip_y = tiers[2]
    tip: list[Point] = [(-tip_x * 0.6, tip_y), (lean * 0.3 - tip_x * 0.3, tip_y - tier * 0.55), (lean, 0.95 - height),
                        (lean * 0.3 + tip_x * 0.45, tip_y - tier * 0.4), (tip_x * 0.6, tip_y)]  # fmt: skip
    canvas.shape(smooth([(x + lean * 0.5, y) for x, y in tip]), a.secondary, EDGE)
    for i, (half, y) in reversed(list(enumerate(tiers))):
        shift = lean * (0.0, 0.12, 0.45)[i]
        canvas.shape(rounded_box(shift - half, y - tier * 0.55, shift + half, y + tier * 0.5, tier * 0.5), a.paint(i), EDGE)


def _car(canvas: Canvas, a: Appearance) -> None:
    trunk, roof, wheel = 0.4 + 0.26 * a.shape[0], 0.36 + 0.26 * a.shape[2], 0.22 + 0.14 * a.shape[3]
    sill = 0.95 - wheel * 0.7
    deck = sill - trunk
    for side in (-1, 1):
        canvas.shape(rounded_box(side * 0.56 - 0.15, 0.95 - 2 * wheel, side * 0.56 + 0.15, 0.95, 0.07), (44, 44, 50), 0.03)
    tip = max(-0.9, deck - roof + 0.2 - 0.9 * a.shape[5])
    canvas.stroke([(0.5, deck), (0.5, tip)], 0.09, _INK)
    ball(canvas, 0.5, tip, 0.09, a.accent)
    canvas.shape([(-0.6, deck + 0.04), (-0.44, deck - roof), (0.44, deck - roof), (0.6, deck + 0.04)], a.secondary, EDGE)
    pane = [(-0.42, deck - 0.04), (-0.32, deck - roof + 0.12), (0.32, deck - roof + 0.12), (0.42, deck - 0.04)]
    canvas.shape(pane, _GLASS, 0.04, shade(a.secondary, 0.5))
    canvas.shape(rounded_box(-0.74, deck, 0.74, sill, 0.1), a.paint(), EDGE)
    canvas.shape(rounded_box(-0.76, sill - 0.14, 0.76, sill, 0.04), a.secondary, EDGE)
    for side in (-1, 1):
        canvas.shape(rounded_box(side * 0.56 - 0.12, deck + 0.1, side * 0.56 + 0.12, deck + 0.24, 0.05), (230, 30, 36), 0.04)
    canvas.shape(rounded_box(-0.22, deck + 0.14, 0.22, deck + 0.3, 0.02), (250, 250, 250), 0.04, _INK)


def _robot(canvas: Canvas, a: Appearance) -> None:
    head_w, head_h, trunk = 0.32 + 0.26 * a.shape[0], 0.42 + 0.24 * a.shape[1], 0.34 + 0.2 * a.shape[2]
    lift, foot, hip = a.shape[3], 0.2 + 0.16 * a.shape[4], 0.5
    top = -0.74 + (0.66 - head_h) * 0.3
    chin = top + head_h
    canvas.stroke([(0, top), (0, top - 0.12)], 0.1, _INK)
    ball(canvas, 0, top - 0.14, 0.09, a.accent)
    for side in (-1, 1):
        hand = (side * (trunk + 0.2 + (0.66 - trunk) * lift), hip + 0.06 + (chin - 0.26 - hip) * lift)
        elbow = (side * min(trunk + 0.26, 0.8), chin + 0.3 + 0.1 * lift)
        limb(canvas, [(side * trunk * 0.8, chin + 0.18), elbow, hand], 0.17, a.secondary)
        ball(canvas, *hand, 0.12, a.accent)
        leg = side * max(trunk * 0.55, foot * 0.7 + 0.02)
        canvas.shape(rounded_box(leg - 0.13, hip - 0.1, leg + 0.13, 0.85, 0.02), a.secondary, EDGE)
        canvas.shape(rounded_box(leg - foot * 0.75, 0.72, leg + foot * 0.75, 0.95, 0.12), a.primary, EDGE)
        canvas.shape(ellipse(side * head_w, top + head_h / 2, 0.1, head_h * 0.26), a.secondary, EDGE)
    canvas.shape(rounded_box(-trunk, chin + 0.04, trunk, hip, 0.16), a.paint(), EDGE)
    low, high = chin + 0.14, hip - 0.08
    canvas.shape(rounded_box(-trunk * 0.6, low, trunk * 0.6, high, 0.04), a.secondary, EDGE)
    for share in (0.3, 0.55, 0.8):  # the battery's lid
        y = low + (high - low) * share
        canvas.stroke([(-trunk * 0.4, y), (trunk * 0.4, y)], 0.05, shade(a.secondary, 0.5))
    canvas.shape(rounded_box(-head_w, top, head_w, chin, 0.2), a.primary, EDGE)
