"""Sneakers and boots from the top, the back and below; their usual drawing is the view from the side."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth

_OUTLINE: Final = 0.06
_WHITE: Final[RGB] = (255, 255, 255)


def _sole_outline(half: float, heel: float, waist: float) -> list[Point]:
    """A sole, the toe up: broad ball, narrow waist, round heel."""
    right: list[Point] = [
        (half * 0.62, -0.84),
        (half, -0.4),
        (half * waist, 0.24),
        (half * heel, 0.68),
        (half * heel * 0.6, 0.93),
    ]
    return smooth([(0.04, -0.97), *right, (0.0, 0.96), *[(-x, y) for x, y in reversed(right)]])


def sneaker_from_below(canvas: Canvas, a: Appearance) -> None:
    """The sole with its tread: bars across, or lumps on a chunky one."""
    half = 0.38 + (0.14 if a.form == 1 else 0.04)
    sole, tread = blend(a.accent, _WHITE, 0.45), shade(a.accent, 0.75)
    canvas.shape(_sole_outline(half + 0.06, 0.84, 0.72), a.paint(), _OUTLINE)
    canvas.shape(_sole_outline(half, 0.82, 0.68), sole, _OUTLINE, shade(a.accent, 0.5))
    for i in range(7):
        y = -0.72 + 0.24 * i
        reach = half * (0.62, 0.78, 0.74, 0.6, 0.5, 0.56, 0.5)[i]
        if a.form == 1:
            for side in (-1, 1):
                left, right = side * reach * 0.55 - reach * 0.4, side * reach * 0.55 + reach * 0.4
                canvas.shape(rounded_box(left, y - 0.07, right, y + 0.07, 0.05), tread, 0.04)
        else:
            canvas.stroke([(-reach, y - 0.04), (0, y + 0.05), (reach, y - 0.04)], 0.1, tread)


def boot_from_below(canvas: Canvas, a: Appearance) -> None:
    """A smooth sole in front, the heel's block behind it, a gap between."""
    half = 0.32 + 0.14 * a.shape[0]
    color = a.accent
    canvas.shape(_sole_outline(half + 0.07, 0.9, 0.62), a.paint(), _OUTLINE)
    front: list[Point] = [(0.03, -0.93), (half * 0.66, -0.78), (half, -0.36), (half * 0.66, 0.12), (-half * 0.66, 0.12),
                          (-half, -0.36), (-half * 0.6, -0.78)]  # fmt: skip
    canvas.shape(smooth(front), color, _OUTLINE)
    canvas.shape(rounded_box(-half * 0.76, 0.36, half * 0.76, 0.9, 0.16), color, _OUTLINE)
    rows = (-0.62, -0.4, -0.18, 0.52, 0.7) if a.form == 1 else (0.62,)
    for y in rows:
        canvas.stroke([(-half * 0.5, y), (half * 0.5, y)], 0.08, shade(color, 0.55))
    if a.form == 0:
        canvas.stroke([*smooth([(x * 0.72, y * 0.8 - 0.08) for x, y in front])], 0.035, shade(color, 0.6))


def sneaker_from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The toe up: toe cap, laces across the tongue, and the opening with the insole in it."""
    half = 0.4 + (0.12 if a.form == 1 else 0.04)
    canvas.shape(_sole_outline(half + 0.07, 0.84, 0.78), blend(a.accent, _WHITE, 0.62), _OUTLINE, shade(a.accent, 0.5))
    canvas.shape(_sole_outline(half, 0.82, 0.78), a.paint(), _OUTLINE)
    edge = -0.82 + 0.3 * (0.4 + 0.6 * a.shape[2])
    canvas.shape(arc(0, edge, half * 0.86, edge + 0.96, 180, 360), a.secondary, _OUTLINE)
    canvas.shape(smooth([(-0.17, -0.36), (0.17, -0.36), (0.24, 0.26), (-0.24, 0.26)]), a.secondary, 0.05)
    canvas.shape(ellipse(0, 0.5, half * 0.6, 0.34), shade(a.secondary, 0.35), _OUTLINE)
    canvas.shape(ellipse(0, 0.56, half * 0.4, 0.2), shade(a.secondary, 0.7))
    lace = (250, 250, 250) if sum(a.primary) < 420 else (70, 62, 72)
    for y in (-0.34, -0.14, 0.06):
        canvas.stroke([(-0.24, y), (0.24, y + 0.04)], 0.09, lace)
    for side in (-1, 1):
        canvas.stroke([(side * half * 0.92, -0.02), (side * half * 0.66, 0.22)], 0.12, a.accent)


def boot_from_the_top(canvas: Canvas, a: Appearance) -> None:
    """The foot points up the picture, out of the shaft's wide dark mouth."""
    half = 0.32 + 0.12 * a.shape[0]
    tip = -0.66 - 0.28 * a.shape[2]
    right: list[Point] = [(half * 0.8, tip + 0.26), (half, -0.1), (half * 0.8, 0.4)]
    foot: list[Point] = [(0.0, tip), *right, *[(-x, y) for x, y in reversed(right)]]
    canvas.shape(smooth([(x * 1.14, y * 1.05) for x, y in foot]), a.accent, _OUTLINE)
    canvas.shape(smooth(foot), a.paint(), _OUTLINE)
    mouth = min(0.62, half * 1.3 + 0.16 * a.shape[5])
    if a.form == 0:  # the fringe hangs out all round
        for i in range(12):
            (x, y), (out, low) = (arc(0, 0.42, mouth * r, 0.46 * r, 0, 360, points=13)[i] for r in (0.9, 1.22))
            canvas.stroke([(x, y), (out, low)], 0.15, shade(a.secondary, 0.55))
            canvas.stroke([(x, y), (out, low)], 0.09, a.secondary)
    else:
        canvas.shape([(-half * 0.66, tip + 0.3), *arc(0, tip + 0.3, half * 0.66, 0.26, 180, 360), (half * 0.66, tip + 0.3)],
                     a.secondary, 0.05)  # fmt: skip
        lace = (250, 250, 250) if sum(a.primary) < 420 else (70, 62, 72)
        for y in (-0.3, -0.12):
            canvas.stroke([(-0.18, y), (0.18, y + 0.04)], 0.09, lace)
    canvas.shape(ellipse(0, 0.42, mouth, 0.46), a.secondary, _OUTLINE)
    canvas.shape(ellipse(0, 0.42, mouth * 0.72, 0.32), shade(a.primary, 0.3), 0.05)


def sneaker_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The heel: its counter with a stripe and a loop to pull, the collar's edge above, the sole's end below."""
    sole, collar = a.shape[0], a.shape[1]
    floor = 0.95 - (0.36 + 0.2 * sole if a.form == 1 else 0.16 + 0.17 * sole)
    ankle, half = floor - (0.62 + 0.3 * collar), 0.52 + 0.08 * (a.form == 1)
    tip = ankle - 0.1 - 0.26 * a.shape[4]
    canvas.shape(rounded_box(-half * 0.5, tip, half * 0.5, ankle + 0.2, 0.12), shade(a.secondary, 0.8), _OUTLINE)
    canvas.shape(ellipse(0, ankle + 0.04, half * 0.74, 0.14), shade(a.secondary, 0.35), _OUTLINE)
    wall: list[Point] = [
        (half * 0.76, ankle + 0.02),
        (half * 0.8, ankle + 0.3),
        (half, floor - 0.1),
        (half * 0.96, floor + 0.04),
    ]
    rim = arc(0, ankle + 0.02, half * 0.76, 0.14, 180, 0)
    canvas.shape([*rim, *wall, *[(-x, y) for x, y in reversed(wall)]], a.paint(), _OUTLINE)
    high = floor - (floor - ankle) * (0.4 + 0.3 * a.shape[5])
    canvas.shape([(-half * 0.5, high), (half * 0.5, high), (half * 0.82, floor), (-half * 0.82, floor)], a.secondary, _OUTLINE)
    canvas.stroke([(0, high), (0, floor - 0.04)], 0.12, a.accent)
    canvas.shape(rounded_box(-0.1, ankle - 0.02, 0.1, ankle + 0.36, 0.08), a.accent, 0.05)
    sole_end = rounded_box(-half * 1.12, floor, half * 1.12, 0.95, 0.1)
    canvas.shape(sole_end, blend(a.accent, _WHITE, 0.62), _OUTLINE, shade(a.accent, 0.5))
    if a.form == 1:
        for side in (-1, 1):
            middle = side * half * 0.56
            canvas.shape(rounded_box(middle - half * 0.5, 0.72, middle + half * 0.5, 0.95, 0.08), a.accent, 0.05)


def boot_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """The shaft with its seam and a loop at the top; the heel's block below, no toe in sight."""
    half, out, lift = 0.3 + 0.17 * a.shape[0], 0.04 + 0.18 * a.shape[5], (0.16 if a.form == 1 else 0.34) * a.shape[1]
    floor = 0.95 - (0.12 + 0.14 * a.shape[4] if a.form == 1 else 0.1)
    seat = floor - 0.06 - lift
    heel = [(-half * 0.82, seat - 0.04), (half * 0.82, seat - 0.04), (half * 0.7, 0.95), (-half * 0.7, 0.95)]
    canvas.shape(heel, a.accent, _OUTLINE)
    right: list[Point] = [(half + out, -0.92), (half * 0.86, 0.1), (half * 1.02, seat - 0.16), (half * 0.9, seat)]
    canvas.shape([*[(-x, y) for x, y in right], *reversed(right)], a.paint(), _OUTLINE)
    canvas.stroke([(0, -0.8), (0, seat - 0.06)], 0.05, shade(a.primary, 0.5))
    counter = [(-half * 0.6, seat - 0.34), (half * 0.6, seat - 0.34), (half * 0.88, seat), (-half * 0.88, seat)]
    canvas.shape(counter, a.secondary, 0.05)
    if a.form == 1:
        end = -0.72 + 0.34 * a.shape[3]
        canvas.shape([(-half - out - 0.05, -0.95), (half + out + 0.05, -0.95), (half + 0.05, end), (-half - 0.05, end)],
                     a.secondary, _OUTLINE)  # fmt: skip
    else:
        start, length = -0.62 + 0.32 * a.shape[3], 0.36 + 0.6 * a.shape[4]
        reach, step = half + out * 0.5, (half + out * 0.5) * 0.4
        for i in range(5):
            x = -reach + step * i
            canvas.shape([(x, start), (x + step, start), (x + step * 0.7, start + length), (x + step * 0.3, start + length)],
                         a.secondary, 0.05)  # fmt: skip
        canvas.shape(rounded_box(-reach - 0.04, start - 0.1, reach + 0.04, start + 0.06, 0.05), a.secondary, 0.05)
    canvas.shape(rounded_box(-0.09, -0.98, 0.09, -0.64, 0.08), a.accent, 0.05)
