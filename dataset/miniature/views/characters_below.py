"""Soft toys, cartoon characters and toys from below, in front of them: large soles, a short belly, the chin, a small head.

Duck and car show their whole underside instead, the front at the picture's top.
"""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.animals import EDGE, draw_eyes, limb, pale, placed
from dreambench.dataset.miniature.drawings.figures import BEAR, HORNED, SLOTH, WOLF
from dreambench.dataset.miniature.drawings.toys import INK, TYRE, WHITE, ball
from dreambench.dataset.miniature.views.marked import marked_body

_CHASSIS: Final[RGB] = (70, 72, 80)
_STEEL: Final[RGB] = (168, 172, 180)


def _sole(canvas: Canvas, x: float, y: float, size: float, color: RGB, pad: RGB) -> None:
    """A sole with its pad, and toe pads over it."""
    canvas.shape(ellipse(x, y, size, size), color, EDGE)
    canvas.shape(ellipse(x, y + size * 0.22, size * 0.56, size * 0.46), pad)
    for toe in (-0.5, 0.0, 0.5):
        canvas.dot(x + size * toe, y - size * (0.6 - 0.24 * abs(toe)), size * 0.19, pad)


def _looking_ahead(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A large eye from below: flattened, the pupil at its top."""
    canvas.shape(ellipse(x, y, radius, radius * 0.62), WHITE, EDGE, INK)
    canvas.shape(ellipse(x, y - radius * 0.2, radius * 0.5, radius * 0.36), INK)


def _plush_head(canvas: Canvas, a: Appearance, hy: float, hw: float, hh: float) -> None:
    """The head without its chin: muzzle and eyes pushed up, ears and the bear's cap just over the edge."""
    ear, snout, light = a.shape[1], a.shape[3], pale(a.secondary, 190)
    for side in (-1, 1):
        if a.form == BEAR:
            r = 0.13 + 0.11 * ear
            canvas.shape(ellipse(side * hw * 0.86, hy - hh * 0.5, r, r * 0.8), a.primary, EDGE)
            canvas.shape(ellipse(side * hw * 0.86, hy - hh * 0.5, r * 0.55, r * 0.45), light)
        if a.form == WOLF:
            tip: list[Point] = [(-0.18, 0.06), (0.06, -0.16 - 0.2 * ear), (0.18, 0.12)]
            canvas.shape(placed(tip, side, side * hw * 0.6, hy - hh * 0.66), a.primary, EDGE)
    if a.form == BEAR:
        canvas.shape(arc(0, hy - hh * 0.8, 0.24, 0.16, 180, 360, points=14), a.accent, EDGE)
    canvas.shape(ellipse(0, hy, hw * 1.04, hh), a.paint(), EDGE)
    spread = hw * 0.46
    if a.form == SLOTH:
        canvas.shape(ellipse(0, hy - hh * 0.12, hw * 0.8, hh * 0.7), pale(a.primary, 220))
        for side in (-1, 1):
            dark = shade(a.secondary, 0.6) if sum(a.secondary) > 420 else a.secondary
            canvas.shape(ellipse(side * spread, hy - hh * 0.5, 0.12 + 0.1 * ear, 0.07, side * 20), dark)
    for side in (-1, 1):
        eye = (side * spread, hy - hh * 0.52)
        draw_eyes(canvas, (eye, eye), 0.06, pale(a.primary, 215))
    mw = hw * (0.4 + 0.3 * snout)
    if a.form != SLOTH:
        canvas.shape(ellipse(0, hy - hh * 0.06, mw, hh * 0.56), pale(a.secondary, 220), EDGE)
        canvas.stroke(arc(0, hy + hh * 0.06, mw * 0.6, hh * 0.24, 20, 160), 0.04, INK)
    canvas.shape(ellipse(0, hy - hh * 0.52, 0.1 + 0.05 * snout, 0.075), INK)


def stuffed_animal(canvas: Canvas, a: Appearance) -> None:
    """Two soles with pads before the short belly, the seat with its label, the muzzle's underside, the ears behind the head."""
    head, _, wide, _, arm, foot = a.shape
    hw = 0.36 + 0.12 * head
    hh, hy, bw, size = hw * 0.7, -0.56, 0.44 + 0.26 * wide, 0.28 + 0.09 * foot
    light = pale(a.secondary, 190)
    for side in (-1, 1):
        hand = (side * min(0.9, bw + 0.12 + 0.26 * arm), -0.12 + 0.16 * (a.form == SLOTH))
        limb(canvas, [(side * bw * 0.7, -0.14), hand], 0.22, a.primary)
        if a.form == SLOTH:
            for claw in (-0.07, 0.07):
                canvas.stroke([(hand[0] + claw, hand[1] + 0.08), (hand[0] + claw, hand[1] + 0.2)], 0.07, a.accent)
        else:
            canvas.dot(*hand, 0.08, light)
    _plush_head(canvas, a, hy, hw, hh)
    body = ellipse(0, 0.24, bw, 0.48)
    chin = ellipse(0, hy + hh * 0.6, hw, hh * 0.75)
    marks = [(ellipse(0, 0.1, bw * 0.6, 0.26), light), (chin, shade(a.primary, 0.66))]
    marked_body(canvas, body, a.paint(1), marks)
    canvas.shape(ellipse(0, hy + hh * 0.86, hw * 0.8, hh * 0.34), a.primary, EDGE)  # the chin
    if a.form == WOLF:
        canvas.shape([(-hw * 0.8, -0.3), (hw * 0.8, -0.3), (0, 0.0)], a.accent, EDGE)
        canvas.shape(smooth([(-0.1, 0.5), (0.1, 0.5), (0.2, 0.8), (0.0, 0.98), (-0.2, 0.8)]), a.primary, EDGE)
    else:
        canvas.stroke([(0, 0.3), (0, 0.7)], 0.045, shade(a.primary, 0.5))
    canvas.shape(rounded_box(0.05, 0.62, 0.2, 0.84, 0.02), (250, 250, 250), 0.035, (130, 130, 140))
    apart = max(size + 0.06, min(0.96 - size, bw * 0.75 + 0.2 * foot))
    for side in (-1, 1):
        _sole(canvas, side * apart, 0.52, size, a.primary, a.accent if a.form == SLOTH else light)


def cartoon(canvas: Canvas, a: Appearance) -> None:
    """The blob tapers upwards from its round underside; mouth and eyes are flattened, horns or antennae far away."""
    head, horn, wide, face, arm, leg = a.shape
    horned = a.form == HORNED
    hw, bw = (0.3 if horned else 0.38) + 0.16 * head, (0.44 if horned else 0.56) + 0.24 * wide
    top, low = -0.72, 0.4
    for side in (-1, 1):
        if horned:
            rise = 0.14 + 0.2 * horn
            spike: list[Point] = [(-0.13, 0.12), (0.0, -rise * 0.6), (0.12, -rise), (0.15, 0.16)]
            canvas.shape(placed(spike, side, side * hw * 0.6, top + 0.06), a.secondary, EDGE)
        else:
            knob = (side * (hw * 0.5 + 0.08), top - 0.06 - 0.14 * horn)
            canvas.stroke([(side * hw * 0.4, top + 0.1), knob], 0.07, shade(a.primary, 0.6))
            canvas.shape(ellipse(*knob, 0.1, 0.1), a.accent, EDGE)
        hand = (side * min(0.92, bw + 0.24), -0.06 + (0.1 + 0.14 * arm if horned else -0.24 - 0.2 * arm))
        limb(canvas, [(side * bw * 0.8, -0.04), hand], 0.2, a.primary)
    half: list[Point] = [
        (hw * 0.8, top + 0.05),
        (hw, top + 0.3),
        (bw, low - 0.34),
        (bw * 0.96, low - 0.02),
        (bw * 0.6, low + 0.22),
    ]
    outline = smooth([(0.0, top), *half, (0.0, low + 0.28), *[(-x, y) for x, y in reversed(half)]])
    belly, mouth = blend(a.secondary, a.primary, 0.15), top + 0.4
    wide_mouth = hw * (0.34 + 0.3 * face)
    marks: list[tuple[list[Point], RGB]] = [
        (ellipse(0, low + 0.12, bw * 0.92, 0.26), shade(a.primary, 0.74)),
        (ellipse(0, low - 0.24, bw * 0.56, 0.17), belly),
        (arc(0, mouth, wide_mouth, 0.2, 0, 180), INK),
    ]
    marked_body(canvas, outline, a.paint(), marks)
    tooth = hw * (0.12 + 0.1 * face)
    if horned:
        canvas.shape([(-tooth, mouth), (0, mouth), (-tooth * 0.5, mouth + 0.12)], WHITE)
    else:
        canvas.shape(ellipse(0, mouth + 0.1, tooth, 0.06), a.accent)
    for side in (-1, 1):
        _looking_ahead(canvas, side * hw * 0.48, top + 0.2, 0.13 + 0.06 * face)
        x, y = side * bw * 0.48, 0.72 + 0.06 * leg
        limb(canvas, [(side * bw * 0.44, low + 0.06), (x, y - 0.1)], 0.24 if horned else 0.17, a.primary)
        color = a.primary if horned else a.accent
        size = min(0.26, bw * 0.46)
        canvas.shape(ellipse(x, y, size, 0.23), color, EDGE)
        canvas.shape(ellipse(x, y, size * 0.62, 0.13), shade(color, 1.4 if sum(color) < 420 else 0.78))


def toy(canvas: Canvas, a: Appearance) -> None:
    """Duck, monster, swirl, car or robot from below."""
    (_duck, _monster, _swirl, _car, _robot)[a.form](canvas, a)


def _duck(canvas: Canvas, a: Appearance) -> None:
    """The flat bottom with the hole of the squeaker; bill and head reach out in front of it."""
    head, beak = 0.3 + 0.12 * a.shape[1], 0.12 + 0.3 * a.shape[2]
    tail, wing, wide = 0.2 * a.shape[3], 0.2 + 0.2 * a.shape[4], 0.54 + 0.14 * a.shape[0]
    hy, half = -0.56, 0.2 + head * 0.16
    tip = hy - head * 0.7
    for side in (-1, 1):
        canvas.shape(ellipse(side * wide * 0.98, 0.2, wing * 0.5, wing * 1.2, side * 14), a.secondary, EDGE)
    canvas.shape(ellipse(0, hy, head, head * 0.9), a.primary, EDGE)
    canvas.shape(smooth([(-half, tip + 0.26), (-half * 1.1, tip - beak * 0.3), (0, tip - beak * 0.6),
                         (half * 1.1, tip - beak * 0.3), (half, tip + 0.26), (0, tip + 0.4)]), a.accent, EDGE)  # fmt: skip
    canvas.stroke([(-half * 0.7, tip + 0.1), (0, tip + 0.2), (half * 0.7, tip + 0.1)], 0.04, shade(a.accent, 0.6))
    right: list[Point] = [(wide * 0.8, -0.4), (wide, 0.1), (wide * 0.66, 0.62), (0.12, 0.9)]
    canvas.shape(smooth([(0, -0.56), *right, (0, 0.8 + tail), *[(-x, y) for x, y in reversed(right)]]), a.paint(1), EDGE)
    canvas.shape(ellipse(0, 0.16, wide * 0.62, 0.44), shade(a.primary, 0.82), 0.045, shade(a.primary, 0.6))
    canvas.dot(0, 0.16, 0.15, shade(a.primary, 0.6))
    canvas.dot(0, 0.16, 0.09, INK)


def _monster(canvas: Canvas, a: Appearance) -> None:
    width, eye, reach = 0.44 + 0.26 * a.shape[0], 0.12 + 0.09 * a.shape[3], a.shape[4]
    apart, top, stalk = max(width * 0.5, eye + 0.06), -0.52, 0.06 + 0.2 * a.shape[2]
    for side in (-1, 1):
        hand = (side * (width + 0.14 + (0.72 - width) * reach), 0.12 - 0.36 * reach)
        limb(canvas, [(side * width * 0.8, -0.02), hand], 0.17, a.primary)
        ball(canvas, *hand, 0.14, a.accent)
        limb(canvas, [(side * apart, top + 0.2), (side * apart, top - stalk)], 0.15, a.primary)
        ball(canvas, side * apart, top - stalk, eye + 0.04, a.primary)
        _looking_ahead(canvas, side * apart, top - stalk - eye * 0.3, eye)
    half: list[Point] = [(width * 0.62, top + 0.06), (width * 0.88, top + 0.34), (width, 0.1), (width * 0.86, 0.44)]
    outline = smooth([(0.0, top), *half, (0.0, 0.64), *[(-x, y) for x, y in reversed(half)]])
    marks: list[tuple[list[Point], RGB]] = [
        (ellipse(0, 0.52, width * 0.92, 0.26), shade(a.primary, 0.74)),
        (ellipse(0, 0.12, width * (0.44 + 0.4 * a.shape[5]), 0.22), a.secondary),
        (arc(0, top + 0.2, width * 0.5, 0.15, 0, 180), INK),
    ]
    marked_body(canvas, outline, a.paint(), marks)
    for side in (-1, 1):
        x = side * max(0.3, width * 0.62)
        canvas.shape(ellipse(x, 0.7, 0.27, 0.25), a.accent, EDGE)
        canvas.shape(ellipse(x, 0.7, 0.16, 0.14), shade(a.accent, 1.4 if sum(a.accent) < 420 else 0.78))


def _swirl(canvas: Canvas, a: Appearance) -> None:
    """The round bottom, and over it the tiers, each smaller and flatter."""
    width, narrow, eye = 0.68 + 0.24 * a.shape[0], 0.8 - 0.25 * a.shape[2], 0.13 + 0.09 * a.shape[3]
    smile, lean = 0.18 + 0.34 * a.shape[4], -0.4 + 0.8 * a.shape[5]
    tiers = [(width, 0.26), (width * narrow, -0.3), (width * narrow**2, -0.62)]
    half, y = tiers[2]
    canvas.shape(smooth([(-half * 0.6, y), (lean * 0.4, y - 0.42), (half * 0.6, y)]), a.secondary, EDGE)
    for i, (half, y) in reversed(list(enumerate(tiers))):
        canvas.shape(rounded_box(-half, y - 0.2, half, y + 0.34, 0.26), a.paint(i), EDGE)
        if i == 1:
            canvas.shape(arc(0, y + 0.04, smile, 0.14, 0, 180), a.accent, EDGE, INK)
            for side in (-1, 1):
                _looking_ahead(canvas, side * (eye + 0.1), y - 0.1, eye)
    canvas.shape(ellipse(0, 0.46, width, 0.46), shade(a.primary, 0.8), EDGE, shade(a.primary, 0.45))
    canvas.shape(ellipse(0, 0.46, width * 0.74, 0.32), shade(a.primary, 0.66), 0.04)


def _car(canvas: Canvas, a: Appearance) -> None:
    """The dark floor between the wheels, with axles, exhaust pipe and screws; the body's rim all round."""
    half, wheel = 0.52, 0.22 + 0.14 * a.shape[3]
    canvas.shape(rounded_box(-half - 0.12, -0.98, half + 0.12, 0.98, 0.24), a.paint(), EDGE)
    canvas.shape(rounded_box(-half, -0.86, half, 0.86, 0.16), a.secondary, EDGE)
    canvas.shape(rounded_box(-half * 0.72, -0.72, half * 0.72, 0.72, 0.08), _CHASSIS, EDGE, INK)
    for y in (-0.52, 0.52):
        canvas.stroke([(-half, y), (half, y)], 0.1, _STEEL)
        for side in (-1, 1):
            x = side * (half + 0.08)
            canvas.shape(rounded_box(x - 0.17, y - wheel, x + 0.17, y + wheel, 0.08), TYRE, 0.04, INK)
            for line in (-0.5, 0.0, 0.5):
                canvas.stroke([(x - 0.11, y + wheel * line), (x + 0.11, y + wheel * line)], 0.04, (96, 96, 104))
    canvas.stroke([(0.16, -0.2), (0.16, 0.9)], 0.1, _STEEL)
    canvas.shape(rounded_box(0.04, 0.12, 0.28, 0.4, 0.08), _STEEL, 0.03)
    canvas.shape(rounded_box(-0.26, -0.3, -0.04, 0.3, 0.03), a.secondary, 0.04)
    for side in (-1, 1):
        canvas.shape(ellipse(side * half * 0.7, -0.92, 0.13, 0.07), a.accent, 0.04)


def _robot(canvas: Canvas, a: Appearance) -> None:
    head_w, trunk, lift = 0.28 + 0.2 * a.shape[0], 0.4 + 0.2 * a.shape[2], a.shape[3]
    head_h, foot, plate = 0.3 + 0.12 * a.shape[1], 0.24 + 0.14 * a.shape[4], 0.25 + 0.6 * a.shape[5]
    top = -0.84
    chin, hip = top + head_h, 0.22
    for side in (-1, 1):
        hand = (side * min(0.88, trunk + 0.3), 0.24 - 0.5 * lift)
        limb(canvas, [(side * trunk * 0.9, chin + 0.16), hand], 0.19, a.secondary)
        ball(canvas, *hand, 0.15, a.accent)
        canvas.shape(ellipse(side * head_w, top + head_h * 0.4, 0.09, head_h * 0.26), a.secondary, EDGE)
    canvas.shape(rounded_box(-head_w, top, head_w, chin + 0.08, 0.14), a.primary, EDGE)
    canvas.shape(rounded_box(-head_w * 0.78, top + 0.06, head_w * 0.78, top + head_h * 0.52, 0.1), INK)
    for side in (-1, 1):
        canvas.dot(side * head_w * 0.38, top + head_h * 0.28, 0.065, shade(a.accent, 1.35))
    canvas.shape(
        rounded_box(-head_w * 0.86, chin - head_h * 0.22, head_w * 0.86, chin + 0.1, 0.08), shade(a.primary, 0.72), 0.04
    )
    canvas.shape([(-trunk * 0.84, chin + 0.1), (trunk * 0.84, chin + 0.1), (trunk, hip), (-trunk, hip)], a.paint(), EDGE)
    canvas.shape(ellipse(0, (chin + 0.1 + hip) / 2, trunk * plate, 0.15), a.accent, EDGE)
    canvas.shape(
        [(-trunk, hip), (trunk, hip), (trunk * 0.94, hip + 0.26), (-trunk * 0.94, hip + 0.26)], shade(a.primary, 0.72), EDGE
    )
    for side in (-1, 1):
        leg = side * max(trunk * 0.6, foot * 0.9)
        canvas.shape(rounded_box(leg - 0.15, hip + 0.12, leg + 0.15, 0.8, 0.02), a.secondary, EDGE)
        canvas.shape(rounded_box(leg - foot * 0.86, 0.5, leg + foot * 0.86, 0.98, 0.12), a.primary, EDGE)
        for y in (0.64, 0.74, 0.84):
            canvas.stroke([(leg - foot * 0.5, y), (leg + foot * 0.5, y)], 0.05, shade(a.primary, 0.5))
