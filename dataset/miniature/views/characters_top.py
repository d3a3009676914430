"""Soft toys, cartoon characters and toys from the top: the crown of the head over the shoulders, the front down the picture."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.animals import EDGE, limb, pale, placed
from dreambench.dataset.miniature.drawings.figures import BEAR, HORNED, SLOTH, WOLF
from dreambench.dataset.miniature.drawings.toys import GLASS, INK, TYRE, WHITE, ball
from dreambench.dataset.miniature.views.marked import marked_body

_SHADOW: Final = 0.66


def _shaded_trunk(canvas: Canvas, a: Appearance, trunk: list[Point], head: list[Point]) -> None:
    """The shoulders, with the head's shadow on them: it is what tells that the head is nearer."""
    under = [(x * 1.16, y * 1.16 + 0.05) for x, y in head]
    marked_body(canvas, trunk, a.paint(1), [(under, shade(a.primary, _SHADOW))])


def _plush_muzzle(canvas: Canvas, a: Appearance, hw: float, front: float) -> None:
    """What looks out from under the crown at its front."""
    snout = a.shape[3]
    if a.form == SLOTH:
        canvas.shape(ellipse(0, front - 0.05, hw * 0.72, 0.15), pale(a.primary, 220), EDGE)
        for side in (-1, 1):
            canvas.shape(ellipse(side * hw * 0.5, front - 0.03, 0.1, 0.1), a.secondary)
        canvas.shape(ellipse(0, front + 0.08, 0.1 + 0.06 * snout, 0.06), INK)
    else:
        half = hw * (0.34 + 0.3 * snout)
        canvas.shape(ellipse(0, front - 0.02, half, 0.22), pale(a.secondary, 220), EDGE)
        canvas.shape(ellipse(0, front + 0.15, 0.13, 0.08), INK)


def _plush_ears(canvas: Canvas, a: Appearance, hy: float, hw: float) -> None:
    """What stands on the crown: ears towards the viewer, and the bear's cap."""
    ear, light = a.shape[1], pale(a.secondary, 190)
    for side in (-1, 1):
        if a.form == BEAR:
            r = 0.17 + 0.13 * ear
            canvas.shape(ellipse(side * hw * 0.86, hy + 0.04, r, r * 0.6, side * -20), light, EDGE, shade(a.primary, 0.55))
            canvas.shape(ellipse(side * hw * 0.86, hy - 0.02, r, r * 0.6, side * -20), a.primary, EDGE)
        if a.form == WOLF:
            out = 0.2 + 0.2 * ear
            tip: list[Point] = [(-0.16, -0.12), (out, -0.2), (-0.06, 0.16)]
            canvas.shape(placed(tip, side, side * hw * 0.78, hy - 0.04), a.primary, EDGE)
    if a.form == BEAR:  # its cap from above
        canvas.shape(ellipse(0, hy - 0.06, 0.29, 0.26), a.accent, EDGE)
        for end in ((-0.24, hy - 0.06), (0.12, hy - 0.26), (0.12, hy + 0.14)):
            canvas.stroke([(0, hy - 0.06), end], 0.04, shade(a.accent, 0.6))


def stuffed_animal(canvas: Canvas, a: Appearance) -> None:
    """Crown, ears and the tip of the muzzle; arms at the sides, legs with upright feet in front, the tail behind."""
    head, _, wide, _, arm, foot = a.shape
    hw = 0.4 + 0.14 * head
    hh, hy, bw, size = hw * 0.86, -0.3, 0.42 + 0.26 * wide, 0.2 + 0.1 * foot
    light = pale(a.secondary, 190)
    if a.form == WOLF:
        brush: list[Point] = [(0.1, -0.5), (0.44, -0.8), (0.86, -0.96 - 0.1 * arm), (0.72, -0.62), (0.3, -0.3)]
        canvas.shape(smooth(brush), a.primary, EDGE)
    spread = min(0.9 - size, bw * 0.62 + 0.2 * foot)
    for side in (-1, 1):
        limb(canvas, [(side * bw * 0.5, 0.3), (side * spread, 0.74)], 0.3, a.primary)
        sole = a.accent if a.form == SLOTH else light
        canvas.shape(ellipse(side * spread, 0.84, size, 0.13), sole, EDGE, shade(a.primary, 0.55))
        canvas.shape(ellipse(side * spread, 0.78, size, 0.13), a.primary, EDGE)
        hand = (side * min(0.84, bw + 0.06 + 0.24 * arm), 0.3 + 0.1 * arm)
        limb(canvas, [(side * bw * 0.7, -0.08), hand], 0.23, a.primary)
        if a.form == SLOTH:
            for claw in (-0.07, 0.07):
                canvas.stroke([(hand[0] + claw, hand[1] + 0.08), (hand[0] + claw, hand[1] + 0.2)], 0.07, a.accent)
    crown = ellipse(0, hy, hw, hh)
    _shaded_trunk(canvas, a, ellipse(0, 0.04, bw, 0.5), crown)
    if a.form == WOLF:
        canvas.shape([(-hw * 0.85, hy + hh * 0.6), (hw * 0.85, hy + hh * 0.6), (0, hy + hh + 0.42)], a.accent, EDGE)
    _plush_muzzle(canvas, a, hw, hy + hh)
    canvas.shape(crown, a.paint(), EDGE)
    _plush_ears(canvas, a, hy, hw)


def cartoon(canvas: Canvas, a: Appearance) -> None:
    """The top of the blob with horns or antennae towards the viewer, eyes that bulge in front, arms and feet below it."""
    head, horn, wide, face, arm, leg = a.shape
    horned = a.form == HORNED
    hw, bw = (0.36 if horned else 0.46) + 0.2 * head, (0.42 if horned else 0.54) + 0.26 * wide
    hh, hy, radius = hw * 0.84, -0.22, 0.13 + 0.07 * face
    middle, deep = 0.02, bw * 0.86
    for side in (-1, 1):
        reach, forward = min(0.9, bw + 0.16 + 0.1 * arm), 0.2 if horned else -0.12
        limb(canvas, [(side * bw * 0.8, middle), (side * reach, middle + forward)], 0.16 if not horned else 0.2, a.primary)
        toes = ellipse(side * bw * 0.46, middle + deep + 0.06 + 0.08 * leg, 0.2, 0.14)
        canvas.shape(toes, a.primary if horned else a.accent, EDGE)
    crown = ellipse(0, hy, hw, hh)
    under = [(x * 1.12, y * 1.12 + 0.06) for x, y in crown]
    belly = blend(a.secondary, a.primary, 0.15)
    marked_body(canvas, ellipse(0, middle, bw, deep), a.paint(),
                [(ellipse(0, middle + deep, bw * 0.5, deep * 0.4), belly), (under, shade(a.primary, _SHADOW))])  # fmt: skip
    for side in (-1, 1):
        x, y = side * hw * 0.46, hy + hh * 0.98
        canvas.shape(ellipse(x, y, radius, radius), WHITE, EDGE, INK)
        canvas.dot(x, y + radius * 0.4, radius * 0.5, INK)
    canvas.shape(crown, a.paint(), EDGE)
    for side in (-1, 1):
        if horned:
            out = 0.22 + 0.24 * horn
            spike: list[Point] = [(-0.12, -0.14), (out * 0.6, -0.2), (out, -0.36), (out * 0.8, -0.02), (-0.02, 0.15)]
            canvas.shape(placed(spike, side, side * hw * 0.66, hy), a.secondary, EDGE)
        else:
            knob = (side * (hw * 0.5 + 0.1 + 0.16 * horn), hy - 0.14 - 0.16 * horn)
            canvas.stroke([(side * hw * 0.3, hy), knob], 0.09, shade(a.primary, 0.6))
            canvas.shape(ellipse(*knob, 0.17, 0.17), a.accent, EDGE)


def toy(canvas: Canvas, a: Appearance) -> None:
    """Duck, monster, swirl, car or robot; duck and car lie along the picture with their front at its top."""
    (_duck, _monster, _swirl, _car, _robot)[a.form](canvas, a)


def _duck(canvas: Canvas, a: Appearance) -> None:
    head, beak = 0.32 + 0.12 * a.shape[1], 0.12 + 0.3 * a.shape[2]
    tail, wing, wide = 0.2 * a.shape[3], 0.2 + 0.2 * a.shape[4], 0.5 + 0.14 * a.shape[0]
    hy = -0.4
    right: list[Point] = [(wide * 0.8, -0.42), (wide, 0.1), (wide * 0.66, 0.62), (0.12, 0.9)]
    trunk = smooth([(0, -0.62), *right, (0, 0.8 + tail), *[(-x, y) for x, y in reversed(right)]])
    crown = ellipse(0, hy, head, head)
    _shaded_trunk(canvas, a, trunk, crown)
    for side in (-1, 1):
        leaf = ellipse(side * wide * 0.78, 0.2, wing * 0.62, wing * 1.3, side * 14)
        canvas.shape(leaf, a.secondary, EDGE)
    tip = hy - head
    half = 0.2 + head * 0.16
    canvas.shape(smooth([(-half, tip + 0.2), (-half * 1.1, tip - beak * 0.6), (0, tip - beak), (half * 1.1, tip - beak * 0.6),
                         (half, tip + 0.2)]), a.accent, EDGE)  # fmt: skip
    for side in (-1, 1):
        canvas.dot(side * head * 0.82, hy - head * 0.42, 0.14, INK)
        canvas.dot(side * head * 0.86, hy - head * 0.44, 0.09, WHITE)
    canvas.shape(crown, a.primary, EDGE)


def _monster(canvas: Canvas, a: Appearance) -> None:
    width, eye, reach = 0.44 + 0.26 * a.shape[0], 0.15 + 0.11 * a.shape[3], a.shape[4]
    apart, deep, stalk = max(width * 0.55, eye + 0.06), width * 0.82, 0.06 + 0.16 * a.shape[2]
    belly = ellipse(0, deep + 0.02, width * (0.5 + 0.4 * a.shape[5]), deep * 0.5)
    for side in (-1, 1):
        canvas.shape(ellipse(side * width * 0.55, deep + 0.14, 0.26, 0.2), a.accent, EDGE)
        hand = (side * (width + 0.14 + (0.72 - width) * reach), 0.3 - 0.36 * reach)
        limb(canvas, [(side * width * 0.8, 0.0), hand], 0.15, a.primary)
        ball(canvas, *hand, 0.12, a.accent)
    marked_body(canvas, ellipse(0, 0, width, deep), a.paint(), [(belly, a.secondary)])
    for i in range(2):  # the crest that runs down its back
        y = -deep * (0.95 - 0.5 * i)
        canvas.shape([(-0.12, y + 0.2), (0, y - 0.08), (0.12, y + 0.2)], a.secondary, EDGE)
    for side in (-1, 1):
        x, y = side * apart * 1.1, -0.1 + stalk
        limb(canvas, [(side * apart * 0.8, -0.2), (x, y)], 0.16, a.primary)
        canvas.dot(x, y + eye * 0.55, eye + 0.05, INK)
        canvas.dot(x, y + eye * 0.55, eye, WHITE)
        canvas.dot(x, y + eye, eye * 0.5, INK)
        ball(canvas, x, y - eye * 0.3, eye * 0.8, a.primary)


def _swirl(canvas: Canvas, a: Appearance) -> None:
    width, narrow, eye = 0.66 + 0.24 * a.shape[0], 0.82 - 0.27 * a.shape[2], 0.13 + 0.09 * a.shape[3]
    lean = -0.4 + 0.8 * a.shape[5]
    tiers = [(width * narrow**i, 0.1 - 0.14 * i) for i in range(3)]
    for i, (half, y) in enumerate(tiers):
        if i == 1:  # the face is on the middle one and looks forward
            front = y + half * 0.86
            canvas.shape(ellipse(0, front + 0.08, 0.18 + 0.3 * a.shape[4], 0.12), a.accent, EDGE, INK)
            for side in (-1, 1):
                canvas.shape(ellipse(side * (eye + 0.1), front - 0.02, eye, eye), WHITE, EDGE, INK)
                canvas.dot(side * (eye + 0.1), front + eye * 0.4, eye * 0.5, INK)
        canvas.shape(ellipse(lean * 0.2 * i, y, half, half * 0.88), a.paint(i), EDGE)
    half, y = tiers[2]
    curl: list[Point] = [(lean * 0.4 - half * 0.7, y + 0.02), (lean * 0.4, y - half * 0.6), (lean * 0.4 + half * 0.66, y),
                         (lean * 1.2, y + half * 0.5)]  # fmt: skip
    canvas.shape(smooth(curl), a.secondary, EDGE)
    canvas.stroke(arc(lean * 0.5, y, half * 0.36, half * 0.3, 160, 420), 0.05, shade(a.secondary, 0.55))


def _car(canvas: Canvas, a: Appearance) -> None:
    half, cabin, wheel = 0.52, 0.34 + 0.3 * a.shape[1], 0.22 + 0.14 * a.shape[3]
    rear = 0.62
    front = rear - 1.7 * cabin
    for side in (-1, 1):
        for y in (-0.55, 0.55):
            canvas.shape(rounded_box(side * (half + 0.02) - 0.13, y - wheel, side * (half + 0.02) + 0.13, y + wheel, 0.07),
                         TYRE, 0.03)  # fmt: skip
    canvas.shape(rounded_box(-half - 0.03, -0.96, half + 0.03, 0.98, 0.22), a.secondary, EDGE)
    canvas.shape(rounded_box(-half + 0.05, -0.92, half - 0.05, 0.92, 0.2), a.paint(), EDGE)
    for side in (-1, 1):
        canvas.shape(ellipse(side * half * 0.62, -0.88, 0.13, 0.09), a.accent, 0.04)
    wide = half - 0.1
    glass = shade(a.secondary, 0.5)
    canvas.shape(rounded_box(-wide, front - 0.16, wide, rear + 0.12, 0.12), GLASS, EDGE, glass)
    canvas.shape(rounded_box(-wide * 0.84, front + 0.08, wide * 0.84, rear - 0.06, 0.1), a.secondary, EDGE, glass)
    canvas.stroke([(half * 0.72, 0.82), (half * 0.72 + 0.1, 0.9 - 0.3 * a.shape[5])], 0.07, INK)
    ball(canvas, half * 0.72 + 0.1, 0.86 - 0.3 * a.shape[5], 0.1, a.accent)


def _robot(canvas: Canvas, a: Appearance) -> None:
    head_w, head_h, trunk = 0.3 + 0.2 * a.shape[0], 0.24 + 0.08 * a.shape[1], 0.48 + 0.16 * a.shape[2]
    lift, foot, plate = a.shape[3], 0.2 + 0.14 * a.shape[4], 0.25 + 0.6 * a.shape[5]
    for side in (-1, 1):
        leg = side * max(trunk * 0.55, foot * 0.7 + 0.02)
        canvas.shape(rounded_box(leg - foot * 0.75, 0.2, leg + foot * 0.75, 0.8, 0.12), a.primary, EDGE)
        hand = (side * min(0.86, trunk + 0.28), 0.5 - 0.2 * lift)
        limb(canvas, [(side * (trunk + 0.1), -0.06), hand], 0.19, a.secondary)
        ball(canvas, *hand, 0.13, a.accent)
        ball(canvas, side * (trunk + 0.06), -0.08, 0.14, a.secondary)
    canvas.shape(ellipse(0, 0.36, trunk * plate, 0.14), a.accent, EDGE)
    box = rounded_box(-trunk, -0.56, trunk, 0.36, 0.14)
    crown = rounded_box(-head_w, -0.16 - head_h, head_w, -0.16 + head_h, 0.14)
    _shaded_trunk(canvas, a, box, crown)
    canvas.shape(rounded_box(-head_w * 0.78, 0.0, head_w * 0.78, -0.06 + head_h, 0.08), INK)
    for side in (-1, 1):
        canvas.shape(ellipse(side * head_w, -0.16, 0.1, head_h * 0.5), a.secondary, EDGE)
        canvas.dot(side * head_w * 0.38, -0.1 + head_h, 0.06, shade(a.accent, 1.35))
    canvas.shape(crown, a.primary, EDGE)
    canvas.dot(0, -0.16, 0.17, INK)
    ball(canvas, 0, -0.16, 0.09, a.accent)
