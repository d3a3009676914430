"""Drawings of toys: bath duck, monster, swirl with a face, car and robot."""

from collections.abc import Sequence
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Paint, Pattern, Point, arc, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors

EDGE: Final = 0.055
WHITE: Final[RGB] = (252, 252, 250)
INK: Final[RGB] = (28, 26, 32)
TYRE: Final[RGB] = (44, 44, 50)
GLASS: Final[RGB] = (176, 220, 240)
DUCK, MONSTER, SWIRL, CAR, ROBOT = range(5)


def _span(gene: float, low: float, high: float) -> float:
    return low + (high - low) * gene


def _joined(canvas: Canvas, pieces: Sequence[tuple[Sequence[Point], Paint]]) -> None:
    """Fill overlapping pieces as one body: only the silhouette of them all is outlined."""
    for points, paint in pieces:
        base = paint.primary if isinstance(paint, Pattern) else paint
        canvas.stroke([*points, points[0]], 2 * EDGE, shade(base, 0.55))
    for points, paint in pieces:
        canvas.shape(points, paint)


def _limb(canvas: Canvas, points: Sequence[Point], width: float, color: RGB) -> None:
    """An outlined arm, leg or stalk."""
    canvas.stroke(points, width + 2 * EDGE, shade(color, 0.55))
    canvas.stroke(points, width, color)


def ball(canvas: Canvas, x: float, y: float, radius: float, color: RGB) -> None:
    """An outlined circle."""
    canvas.dot(x, y, radius + EDGE, shade(color, 0.55))
    canvas.dot(x, y, radius, color)


def _eye(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A white eye with a dark rim and a large pupil."""
    canvas.dot(x, y, radius + 0.05, INK)
    canvas.dot(x, y, radius, WHITE)
    canvas.dot(x, y + radius * 0.1, radius * 0.58, INK)


def draw_toy(canvas: Canvas, a: Appearance) -> Anchors:
    """A toy: duck (0), monster (1), swirl (2), car (3) or robot (4); each form documents its own genes."""
    (_draw_duck, _draw_monster, _draw_swirl, _draw_car, _draw_robot)[a.form](canvas, a)
    return THING


def _draw_duck(canvas: Canvas, a: Appearance) -> None:
    """A swimming duck in profile; secondary is the wing, accent the beak.

    Genes: height of the trunk, size of the head, length of the beak, lift of the tail, size of the wing, length of the neck.
    """
    half, head = _span(a.shape[0], 0.36, 0.54), _span(a.shape[1], 0.32, 0.48)
    beak, tail = _span(a.shape[2], 0.12, 0.5), _span(a.shape[3], 0.0, 0.5)
    wing, neck = _span(a.shape[4], 0.2, 0.4), _span(a.shape[5], 0.0, 0.3)
    middle = 0.95 - half
    head_x, head_y = 0.26, max(-0.95 + head, middle - half - head * 0.5 - neck)
    trunk = smooth(
        [
            (-0.97, middle - half * 0.5 - tail),
            (-0.5, middle - half * 0.55),
            (0.2, middle - half * 0.95),
            (0.82, middle - half * 0.5),
            (0.86, middle + half * 0.45),
            (0.4, 0.95),
            (-0.4, 0.95),
            (-0.88, middle + half * 0.3),
        ]
    )
    throat = [(head_x - head * 0.75, head_y), (head_x + head * 0.75, head_y), (0.68, middle), (-0.1, middle)]
    bill = [(head_x + head * 0.7, head_y - 0.16), (head_x + head + beak, head_y + 0.08), (head_x + head * 0.7, head_y + 0.34)]
    canvas.shape(smooth(bill, 4), a.accent, EDGE)
    _joined(canvas, [(throat, a.primary), (trunk, a.paint()), (ellipse(head_x, head_y, head, head), a.primary)])
    canvas.shape(throat, a.primary)
    canvas.shape(ellipse(-0.18, middle + 0.02, wing * 1.3, wing * 0.8, -14), a.secondary, EDGE)
    _eye(canvas, head_x + head * 0.3, head_y - head * 0.2, 0.13)


def _draw_monster(canvas: Canvas, a: Appearance) -> None:
    """A plump monster with eyes on stalks; secondary is the belly, accent the hands and feet.

    Genes: width, height of the trunk, length of the eye stalks, size of the eyes, reach of the arms, size of the belly patch.
    """
    width, height = _span(a.shape[0], 0.4, 0.66), _span(a.shape[1], 0.9, 1.2)
    stalk, eye = _span(a.shape[2], 0.1, 0.42), _span(a.shape[3], 0.14, 0.26)
    arm, belly = a.shape[4], _span(a.shape[5], 0.4, 0.78)
    bottom = 0.78
    top, middle = bottom - height, bottom - height / 2
    apart = max(width * 0.55, eye + 0.04)
    eye_y = max(top + 0.12 - stalk, -0.9 + eye)
    for side in (-1, 1):
        hand = (side * _span(arm, width + 0.12, 0.86), _span(arm, middle + 0.42, middle - 0.3))
        _limb(canvas, [(side * width * 0.7, middle - 0.05), hand], 0.15, a.primary)
        ball(canvas, *hand, 0.12, a.accent)
        _limb(canvas, [(side * apart, top + 0.25), (side * apart, eye_y)], 0.16, a.primary)
        canvas.shape(ellipse(side * width * 0.6, 0.82, 0.26, 0.13), a.accent, EDGE)
    canvas.shape(rounded_box(-width, top, width, bottom, width * 0.8), a.paint(), EDGE)
    canvas.shape(ellipse(0, bottom - 0.1 - height * 0.22, width * belly, height * 0.3 * belly + 0.06), a.secondary, EDGE)
    smile = arc(0, top + 0.22, width * 0.5, 0.15, 0, 180)
    canvas.shape(smile, INK)
    for side in (-1, 1):
        ball(canvas, side * apart, eye_y, eye + 0.04, a.primary)
        _eye(canvas, side * apart, eye_y, eye)


def _draw_swirl(canvas: Canvas, a: Appearance) -> None:
    """A soft-ice swirl with a face; secondary is the tip and the creases' light, accent the smile.

    Genes: width, height, narrowness of the top, size of the eyes, width of the smile, lean of the tip.
    """
    width, height = _span(a.shape[0], 0.7, 0.96), _span(a.shape[1], 1.35, 1.8)
    narrow, eye = _span(a.shape[2], 0.82, 0.55), _span(a.shape[3], 0.13, 0.24)
    smile, lean = _span(a.shape[4], 0.18, 0.56), _span(a.shape[5], -0.4, 0.4)
    tier = height * 0.3
    tiers = [(width * narrow**i, 0.95 - tier * (0.5 + 0.86 * i)) for i in range(3)]
    tip_x, tip_y = tiers[2][0], tiers[2][1]
    tip = [
        (-tip_x * 0.6, tip_y),
        (lean * 0.3 - tip_x * 0.3, tip_y - tier * 0.55),
        (lean, 0.95 - height),
        (lean * 0.3 + tip_x * 0.45, tip_y - tier * 0.4),
        (tip_x * 0.6, tip_y),
    ]
    tip = [(x + lean * 0.5, y) for x, y in tip]
    canvas.shape(smooth(tip), a.secondary, EDGE)
    for i, (half, y) in reversed(list(enumerate(tiers))):
        shift = lean * (0.0, 0.12, 0.45)[i]
        canvas.shape(rounded_box(shift - half, y - tier * 0.55, shift + half, y + tier * 0.5, tier * 0.5), a.paint(i), EDGE)
    face = tiers[1][1] - 0.02
    mouth = [(-smile, face + 0.3), *arc(0, face + 0.3, smile, 0.24, 180, 0)]
    canvas.shape(mouth, a.accent, EDGE, INK)
    for side in (-1, 1):
        _eye(canvas, side * (eye + 0.1), face - 0.02, eye)


def _draw_car(canvas: Canvas, a: Appearance) -> None:
    """A toy car in profile, its bonnet to the right; secondary is the cabin and sill, accent hubs, lamp and aerial knob.

    Genes: height of the trunk, length of the cabin, height of the cabin, size of the wheels, slope of the bonnet,
    length of the aerial.
    """
    trunk, cabin = _span(a.shape[0], 0.4, 0.66), _span(a.shape[1], 0.34, 0.64)
    roof, wheel = _span(a.shape[2], 0.36, 0.62), _span(a.shape[3], 0.22, 0.36)
    slope, aerial = _span(a.shape[4], 0.0, 0.36) * trunk / 0.53, _span(a.shape[5], -0.2, 0.7)
    sill = 0.95 - wheel * 0.7
    deck = sill - trunk
    left, top = -0.62, deck - roof
    tip = max(-0.9, top - aerial)
    canvas.stroke([(left - 0.12, deck + 0.05), (left - 0.12, tip)], 0.09, INK)
    ball(canvas, left - 0.12, tip, 0.09, a.accent)
    hood = [(left, deck + 0.04), (left + 0.16, top), (left + 2 * cabin - 0.2, top), (left + 2 * cabin + 0.14, deck + 0.04)]
    canvas.shape(hood, a.secondary, EDGE)
    pane = [
        (left + 0.14, deck - 0.02),
        (left + 0.25, top + 0.12),
        (left + 2 * cabin - 0.26, top + 0.12),
        (left + 2 * cabin - 0.02, deck - 0.02),
    ]
    canvas.shape(pane, GLASS, 0.04, shade(a.secondary, 0.5))
    body = [
        (-0.96, deck + 0.06),
        (-0.9, deck),
        (max(0.4, left + 2 * cabin + 0.14), deck),
        (0.9, deck + slope),
        (0.97, deck + slope + 0.1),
        (0.97, sill),
        (-0.96, sill),
    ]
    canvas.shape(body, a.paint(), EDGE)
    canvas.shape([(-0.97, sill - 0.14), (0.98, sill - 0.14), (0.98, sill), (-0.97, sill)], a.secondary, EDGE)
    canvas.shape(ellipse(0.86, deck + slope + 0.14, 0.1, 0.1), a.accent, 0.04)
    for x in (-0.55, 0.55):
        canvas.dot(x, 0.95 - wheel, wheel, TYRE)
        canvas.dot(x, 0.95 - wheel, wheel * 0.5, a.accent)


def _draw_robot(canvas: Canvas, a: Appearance) -> None:
    """A standing robot with a visor; secondary is arms, legs and ears, accent the eyes' glow, the chest plate and the hands.

    Genes: width of the head, height of the head, width of the trunk, lift of the arms, width of the feet,
    size of the chest plate.
    """
    head_w, head_h = _span(a.shape[0], 0.32, 0.58), _span(a.shape[1], 0.42, 0.66)
    trunk, lift = _span(a.shape[2], 0.34, 0.54), a.shape[3]
    foot, plate = _span(a.shape[4], 0.2, 0.36), _span(a.shape[5], 0.25, 0.85)
    top = -0.74 + (0.66 - head_h) * 0.3
    chin = top + head_h
    hip = 0.5
    canvas.stroke([(0, top), (0, top - 0.12)], 0.1, INK)
    ball(canvas, 0, top - 0.14, 0.09, a.accent)
    for side in (-1, 1):
        hand = (side * _span(lift, trunk + 0.2, 0.86), _span(lift, hip + 0.06, chin - 0.2))
        elbow = (side * min(trunk + 0.26, 0.8), _span(lift, chin + 0.3, chin + 0.4))
        _limb(canvas, [(side * trunk * 0.8, chin + 0.18), elbow, hand], 0.17, a.secondary)
        ball(canvas, *hand, 0.12, a.accent)
        leg = side * max(trunk * 0.55, foot * 0.7 + 0.02)
        canvas.shape(rounded_box(leg - 0.13, hip - 0.1, leg + 0.13, 0.85, 0.02), a.secondary, EDGE)
        canvas.shape(rounded_box(leg - foot * 0.75, 0.72, leg + foot * 0.75, 0.95, 0.12), a.primary, EDGE)
        canvas.shape(ellipse(side * head_w, top + head_h / 2, 0.1, head_h * 0.26), a.secondary, EDGE)
    canvas.shape(rounded_box(-trunk, chin + 0.04, trunk, hip, 0.16), a.paint(), EDGE)
    canvas.shape(ellipse(0, (chin + hip) / 2 + 0.02, trunk * plate, min(trunk * plate, (hip - chin) * 0.4)), a.accent, EDGE)
    canvas.shape(rounded_box(-head_w, top, head_w, chin, 0.2), a.primary, EDGE)
    canvas.shape(rounded_box(-head_w * 0.78, top + head_h * 0.28, head_w * 0.78, top + head_h * 0.76, 0.14), INK)
    for side in (-1, 1):
        canvas.dot(side * head_w * 0.38, top + head_h * 0.52, min(0.1, head_h * 0.17), shade(a.accent, 1.35))
