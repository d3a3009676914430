"""Soft toys, cartoon characters and toys in profile, the face to the left: one eye, one arm, feet pointing ahead."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.animals import EDGE, draw_eyes, limb, pale
from dreambench.dataset.miniature.drawings.figures import BEAR, HORNED, SLOTH, WOLF
from dreambench.dataset.miniature.drawings.toys import CAR, DUCK, INK, MONSTER, ROBOT, SWIRL, WHITE, ball, draw_toy
from dreambench.dataset.miniature.views.marked import marked_body

#: Forms of toys whose usual drawing is a profile already.
PROFILES: Final = frozenset({DUCK, CAR})


def _bulging_eye(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """An eye seen from its side: narrow, the pupil at its front."""
    canvas.shape(ellipse(x, y, radius * 0.7, radius), WHITE, EDGE, INK)
    canvas.shape(ellipse(x - radius * 0.3, y + radius * 0.1, radius * 0.34, radius * 0.56), INK)


def _foot(canvas: Canvas, heel: Point, length: float, height: float, color: RGB) -> None:
    canvas.shape(ellipse(heel[0] - length * 0.5 + 0.1, heel[1], length * 0.5 + 0.06, height), color, EDGE)


def stuffed_animal(canvas: Canvas, a: Appearance) -> None:
    """Sitting in profile, the face to the left: one eye, one ear, an arm and a foot held out in front."""
    head, ear, wide, snout, arm, foot = a.shape
    hw = 0.42 + 0.14 * head
    hh = hw * 0.9
    hx, hy = -0.08, -0.95 + hh + {BEAR: 0.1, SLOTH: 0.0, WOLF: 0.1 + 0.22 * ear}[a.form]
    neck, bw, size = hy + hh, 0.32 + 0.22 * wide, 0.19 + 0.09 * foot
    light = pale(a.secondary, 190)
    if a.form == WOLF:
        brush: list[Point] = [(0.2, 0.82), (0.5, 0.66), (0.72, 0.2 - 0.3 * arm), (0.86, 0.5), (0.66, 0.86)]
        canvas.shape(smooth(brush), a.primary, EDGE)
    elif a.form == BEAR:
        canvas.shape(ellipse(bw + 0.1, 0.72, 0.14, 0.13), a.secondary, EDGE)
    middle = (neck - 0.2 + 0.92) / 2
    canvas.shape(ellipse(0.08, middle, bw, 0.92 - middle), a.paint(1), EDGE)
    limb(canvas, [(0.1, 0.8), (-0.46, 0.8)], 0.24, a.primary)
    canvas.shape(ellipse(-0.56, 0.93 - size, size * 0.62, size), a.accent if a.form == SLOTH else light, EDGE)
    hand = (-0.46 - 0.26 * arm, neck + 0.22)
    if a.form == WOLF:
        canvas.stroke([(hx - hw * 0.4, neck - 0.02), (hx + hw * 0.66, neck - 0.1)], 0.16, a.accent)
    limb(canvas, [(0.02, neck + 0.14), hand], 0.2, a.primary)
    nose = hx - hw * 0.9 - 0.1 - 0.14 * snout
    if a.form == WOLF:
        tall = 0.26 + 0.26 * ear
        tip = (hx + 0.22, hy - hh * 0.7 - tall)
        canvas.shape([(hx - 0.06, hy - hh * 0.6), tip, (hx + hw * 0.8, hy - hh * 0.3)], a.primary, EDGE)
    canvas.shape(ellipse(hx, hy, hw, hh), a.paint(), EDGE)
    y = hy + hh * 0.3
    if a.form == SLOTH:
        canvas.shape(ellipse(hx - hw * 0.5, hy + 0.04, hw * 0.48, hh * 0.66), pale(a.primary, 220))
        canvas.shape(ellipse(hx - hw * 0.32, hy + 0.02, 0.12 + 0.12 * ear, 0.11, -24), a.secondary)
        nose = hx - hw * 0.92
    else:
        canvas.shape(rounded_box(nose, y - hh * 0.26, hx - hw * 0.3, y + hh * 0.36, hh * 0.3), pale(a.secondary, 220), EDGE)
    canvas.shape(ellipse(nose + 0.03, y - hh * 0.14, 0.1, 0.085), INK)
    if a.form == BEAR:
        r = 0.15 + 0.13 * ear
        canvas.shape(ellipse(hx + hw * 0.34, hy - hh * 0.72, r * 0.85, r), a.primary, EDGE)
        canvas.shape(ellipse(hx + hw * 0.28, hy - hh * 0.72, r * 0.45, r * 0.55), light)
        canvas.shape(arc(hx - 0.14, hy - hh * 0.82, 0.23, 0.3, 170, 350, points=14), a.accent, EDGE)
    eye = (hx - hw * 0.36, hy - hh * 0.16)
    draw_eyes(canvas, (eye, eye), 0.1, pale(a.primary, 215))


def cartoon(canvas: Canvas, a: Appearance) -> None:
    """The blob in profile: belly and mouth run round its front, one horn or antenna before the other, one arm at its side."""
    head, horn, wide, face, arm, leg = a.shape
    horned = a.form == HORNED
    hw, bw = (0.3 if horned else 0.38) + 0.16 * head, (0.34 if horned else 0.46) + 0.24 * wide
    rise, bottom = 0.16 + 0.3 * horn, 0.93 - 0.14 - 0.26 * leg
    top = -0.97 + rise * 0.85
    hh = (bottom - top) * 0.29
    hy = top + hh
    for x in (0.16, -0.06):  # the far one first
        if horned:
            spike: list[Point] = [(-0.15, 0.18), (0.0, -rise * 0.5), (0.2, -rise), (0.17, 0.2)]
            canvas.shape([(x + dx, top + 0.04 + dy) for dx, dy in spike], a.secondary, EDGE)
        else:
            knob = (x - 0.2, top - rise + 0.12)
            canvas.stroke([(x, top + 0.1), knob], 0.08, shade(a.primary, 0.6))
            canvas.shape(ellipse(*knob, 0.13, 0.13), a.accent, EDGE)
    for x in (0.2, -0.12):
        limb(canvas, [(x, bottom - 0.14), (x, 0.82)], 0.22 if horned else 0.15, a.primary)
        _foot(canvas, (x, 0.86), 0.34, 0.1, a.primary if horned else a.accent)
    belly_y, mouth = (hy + hh + bottom) / 2 + 0.06, hy + hh * 0.62
    low = bottom - (bottom - top) * 0.34
    front: list[Point] = [
        (-hw * 0.72, top + 0.07),
        (-hw, hy),
        (-hw * 0.98, mouth),
        (-bw * 1.04, low),
        (-bw * 0.8, bottom - 0.03),
    ]
    back: list[Point] = [(bw * 0.86, bottom - 0.06), (bw * 0.86, low), (hw * 0.86, hy), (hw * 0.72, top + 0.07)]
    outline = smooth([(0.04, top), *front, (0.0, bottom), *back])
    tooth = 0.08 + 0.07 * face
    marks = [
        (ellipse(-bw, belly_y, bw * 0.46, (bottom - belly_y) * 0.8), blend(a.secondary, a.primary, 0.15)),
        (ellipse(-hw, mouth + hh * 0.1, hw * (0.4 + 0.3 * face), hh * 0.24), INK),
        (ellipse(-hw * 0.86, mouth + hh * 0.02, tooth, hh * 0.14), WHITE if horned else a.accent),
    ]
    marked_body(canvas, outline, a.paint(), marks)
    _bulging_eye(canvas, -hw * 0.72, hy - hh * 0.05, 0.14 + 0.07 * face)
    shoulder = (0.08, hy + hh * 1.05)
    limb(canvas, [shoulder, (-0.18 - 0.12 * arm, shoulder[1] + (0.2 + 0.3 * arm if horned else -0.12 * arm))], 0.17, a.primary)


def toy(canvas: Canvas, a: Appearance) -> None:
    """Monster, swirl or robot in profile; duck and car as they are usually drawn."""
    if a.form in PROFILES:
        draw_toy(canvas, a)
        return
    {MONSTER: _monster, SWIRL: _swirl, ROBOT: _robot}[a.form](canvas, a)


def _monster(canvas: Canvas, a: Appearance) -> None:
    width, height, stalk = 0.36 + 0.22 * a.shape[0], 0.9 + 0.3 * a.shape[1], 0.1 + 0.32 * a.shape[2]
    eye, reach, bottom = 0.14 + 0.12 * a.shape[3], a.shape[4], 0.78
    top, middle = bottom - height, bottom - height / 2
    eye_y, belly = max(top + 0.12 - stalk, -0.9 + eye), 0.4 + 0.38 * a.shape[5]
    for x in (0.16, -0.14):
        _foot(canvas, (x, 0.82), 0.44, 0.13, a.accent)
    for i in range(3):  # the crest down its back
        x, y = width * (0.72, 0.98, 0.94)[i], top + height * (0.16 + 0.26 * i)
        canvas.shape([(x - 0.16, y - 0.06), (x + 0.2, y + 0.06), (x - 0.12, y + 0.22)], a.secondary, EDGE)
    body = rounded_box(-width, top, width, bottom, width * 0.8)
    marks = [
        (ellipse(-width, bottom - 0.1 - height * 0.22, width * belly * 0.9, height * 0.3 * belly + 0.06), a.secondary),
        (ellipse(-width, top + 0.3, width * 0.66, 0.12), INK),
    ]
    marked_body(canvas, body, a.paint(), marks)
    hand = (-width * 0.2 - 0.34 * reach, middle + 0.4 - 0.5 * reach)
    limb(canvas, [(width * 0.16, middle - 0.05), hand], 0.16, a.primary)
    ball(canvas, *hand, 0.12, a.accent)
    for x in (0.06, -0.14):
        limb(canvas, [(x, top + 0.2), (x - 0.06, eye_y)], 0.16, a.primary)
        ball(canvas, x - 0.04, eye_y, eye + 0.04, a.primary)
        _bulging_eye(canvas, x - 0.06 - eye * 0.5, eye_y, eye)


def _swirl(canvas: Canvas, a: Appearance) -> None:
    width, height, narrow = 0.66 + 0.24 * a.shape[0], 1.35 + 0.45 * a.shape[1], 0.82 - 0.27 * a.shape[2]
    eye, smile, tier = 0.13 + 0.11 * a.shape[3], 0.18 + 0.38 * a.shape[4], height * 0.3
    tiers = [(width * narrow**i, 0.95 - tier * (0.5 + 0.86 * i)) for i in range(3)]
    tip_x, tip_y = tiers[2]
    tip: list[Point] = [(-tip_x * 0.6, tip_y), (-tip_x * 0.36, tip_y - tier * 0.5), (0.12, 0.95 - height),
                        (tip_x * 0.5, tip_y - tier * 0.45), (tip_x * 0.6, tip_y)]  # fmt: skip
    canvas.shape(smooth(tip), a.secondary, EDGE)
    for i, (half, y) in reversed(list(enumerate(tiers))):
        outline = rounded_box(-half, y - tier * 0.55, half, y + tier * 0.5, tier * 0.5)
        low, reach = y + tier * 0.3, 0.24 + 0.8 * smile
        mouth = (ellipse(-half, low, reach, 0.16), INK)
        inner = (ellipse(-half, low, reach - 0.06, 0.1), a.accent)
        marked_body(canvas, outline, a.paint(i), [mouth, inner] if i == 1 else [])
    half, y = tiers[1]
    _bulging_eye(canvas, -half * 0.86, y - 0.12, eye)


def _robot(canvas: Canvas, a: Appearance) -> None:
    head_w, head_h, trunk = 0.28 + 0.2 * a.shape[0], 0.42 + 0.24 * a.shape[1], 0.26 + 0.14 * a.shape[2]
    lift, foot, plate, hip = a.shape[3], 0.2 + 0.16 * a.shape[4], 0.25 + 0.6 * a.shape[5], 0.5
    top = -0.74 + (0.66 - head_h) * 0.3
    chin = top + head_h
    canvas.stroke([(0.04, top), (0.04, top - 0.12)], 0.1, INK)
    ball(canvas, 0.04, top - 0.14, 0.09, a.accent)
    canvas.shape(rounded_box(-0.1, hip - 0.1, 0.16, 0.85, 0.02), a.secondary, EDGE)
    canvas.shape(rounded_box(-0.18 - foot * 1.3, 0.72, 0.22, 0.95, 0.12), a.primary, EDGE)
    canvas.shape(ellipse(-trunk, (chin + hip) / 2 + 0.02, 0.1, (hip - chin) * 0.4 * plate), a.accent, EDGE)
    canvas.shape(rounded_box(trunk - 0.1, chin + 0.14, trunk + 0.12, hip - 0.08, 0.05), a.secondary, EDGE)
    canvas.shape(rounded_box(-trunk, chin + 0.04, trunk, hip, 0.14), a.paint(), EDGE)
    elbow = (0.12, chin + 0.44)
    hand = (-0.18 - 0.34 * lift, hip + 0.02 - 0.36 * lift)
    limb(canvas, [(0.02, chin + 0.2), elbow, hand], 0.17, a.secondary)
    ball(canvas, *hand, 0.12, a.accent)
    visor = rounded_box(-head_w - 0.3, top + head_h * 0.28, -head_w * 0.12, top + head_h * 0.76, 0.12)
    marked_body(canvas, rounded_box(-head_w, top, head_w, chin, 0.2), a.primary, [(visor, INK)])
    canvas.dot(-head_w * 0.66, top + head_h * 0.52, min(0.08, head_h * 0.15), shade(a.accent, 1.35))
    canvas.shape(ellipse(head_w * 0.4, top + head_h / 2, head_h * 0.18, head_h * 0.26), a.secondary, EDGE)
