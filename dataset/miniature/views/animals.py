"""Dogs and cats from the back, the top, the side and below: the same coat, ears, tail and collar, other parts in sight."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade, smooth
from dreambench.dataset.miniature.drawings.animals import (
    CURLY,
    EDGE,
    INK,
    PRICK,
    dog_ears_behind,
    dog_ears_in_front,
    dog_skull,
    draw_eyes,
    fluffy,
    limb,
    pale,
    placed,
)

_PAD: Final[RGB] = (232, 130, 140)
_DOG: Final = "dog"


def _is_curly(a: Appearance) -> bool:
    return a.class_noun == _DOG and a.form == CURLY


def _trunk(canvas: Canvas, a: Appearance, box: tuple[float, float, float, float]) -> None:
    """The trunk's outline with the coat's pattern in it: (left, top, right, bottom)."""
    left, top, right, bottom = box
    cx, cy, rx, ry = (left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2
    outline = fluffy(cx, cy, rx * 1.06, ry * 1.06, 12) if _is_curly(a) else rounded_box(*box, min(rx, ry))
    canvas.shape(outline, a.paint(1), EDGE)


def _paws(a: Appearance) -> RGB:
    if a.class_noun != _DOG:
        return pale(a.secondary, 205)
    return pale(a.secondary if a.form == PRICK else a.primary)


def _tail(canvas: Canvas, a: Appearance, points: list[Point], width: float) -> None:
    """A tail with the tip it has from the front."""
    limb(canvas, points, width, a.primary)
    if _is_curly(a):
        canvas.shape(fluffy(*points[-1], 0.19, 0.19, 7), a.secondary, EDGE)
    else:
        canvas.stroke(points[-2:], width, _paws(a) if a.class_noun == _DOG and a.form == PRICK else a.secondary)


def _cat_ears(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float, inner: RGB | None = None) -> None:
    tall = 0.2 + 0.3 * a.shape[1]
    for side in (-1, 1):
        x, y = hx + side * hw * 0.58, hy - hh * 0.55
        canvas.shape(placed([(-0.22, 0.0), (0.12, -tall), (0.24, 0.22)], side, x, y), a.primary, EDGE)
        if inner:
            canvas.shape(placed([(-0.09, 0.0), (0.1, -tall * 0.66), (0.15, 0.12)], side, x, y), inner)


def _head_without_face(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    """A head as one sees it from behind or above: skull and ears."""
    if a.class_noun == _DOG:
        if a.form == PRICK:  # their backs, without the pink inside
            tip = hh * 0.55 + 0.14 + 0.42 * a.shape[1]
            for side in (-1, 1):
                leaf: list[Point] = [(-0.22, 0.0), (-0.13, -tip * 0.62), (0.05, -tip), (0.15, -tip * 0.6), (0.16, 0.06)]
                canvas.shape(placed(smooth(leaf), side, hx + side * hw * 0.66, hy - hh * 0.38), a.primary, EDGE)
        dog_skull(canvas, a, hx, hy, hw, hh)
        dog_ears_in_front(canvas, a, hx, hy, hw, hh)
        return
    _cat_ears(canvas, a, hx, hy, hw, hh)
    canvas.shape(ellipse(hx, hy, hw, hh * 0.94), a.paint(), EDGE)


def _head_size(a: Appearance) -> tuple[float, float]:
    half = 0.44 + 0.17 * a.shape[0]
    return half, half * (0.88 if a.class_noun == _DOG else 0.82)


def _headroom(a: Appearance) -> float:
    """How far the ears stand above the head."""
    if a.class_noun == _DOG:
        return 0.1 + 0.27 * a.shape[1] if a.form == PRICK else 0.04
    return max(0.0, 0.2 + 0.3 * a.shape[1] - 0.2)


def back(canvas: Canvas, a: Appearance) -> None:
    """The back of the head behind the back of the trunk, and the tail in the middle."""
    hw, hh = _head_size(a)
    hy = -0.96 + hh + _headroom(a)
    wide, leg, tail = 0.4 + 0.26 * a.shape[2], a.shape[5], a.shape[4]
    bottom = 0.92 - (0.1 + 0.24 * leg if a.class_noun == _DOG else 0.04)
    _head_without_face(canvas, a, 0.0, hy, hw, hh)
    for side in (-1, 1):
        limb(canvas, [(side * wide * 0.62, bottom - 0.16), (side * wide * 0.62, 0.83)], 0.22, a.primary)
        canvas.shape(ellipse(side * wide * 0.66, 0.87, 0.19, 0.1), _paws(a), EDGE)
    top = hy + hh * 0.66
    if _is_curly(a) or a.class_noun == _DOG:
        _trunk(canvas, a, (-wide, top, wide, bottom))
    else:
        half: list[Point] = [(wide * 0.62, top + 0.06), (wide * 0.8, 0.3), (wide * 1.05, 0.66), (wide * 0.8, 0.92)]
        canvas.shape(smooth([(0, top), *half, (0, 0.94), *[(-x, y) for x, y in half[::-1]]]), a.paint(1), EDGE)
    canvas.stroke(arc(0, top + 0.02, hw * 0.6, 0.1, 10, 170), 0.11, a.accent)
    root, out = bottom - 0.2, wide + 0.2
    if a.class_noun == _DOG:  # held up, out to one side
        raised = root - 0.3 - 0.4 * tail
        _tail(canvas, a, _eased([(0.0, root), (wide * 0.6, root + 0.02), (out, root - 0.16), (out, raised)]), 0.15)
    else:  # along the ground
        _tail(canvas, a, _eased([(0.0, root), (0.06, 0.8), (wide * 0.8, 0.9), (out + 0.26 * tail, 0.74 - 0.2 * tail)]), 0.13)


def _eased(points: list[Point]) -> list[Point]:
    """An open line through the points without corners."""
    mirrored = [*points, *points[-2:0:-1]]
    return smooth(mirrored, 5)[: 5 * (len(points) - 1) + 1]


def _from_above(canvas: Canvas, a: Appearance) -> tuple[float, float, float, float]:
    """What views from above and below share: tail, paws at four corners. Returns head's y and sizes, and half the trunk."""
    hw, hh = _head_size(a)
    hw, hh = hw * 0.84, hh * 0.8
    hy, wide, tail = -0.42, 0.3 + 0.2 * a.shape[2], a.shape[4]
    sweep: list[Point] = [(0.0, 0.6), (0.05, 0.8), (0.2 + 0.1 * tail, 0.95), (0.3 + 0.3 * tail, 0.86 - 0.25 * tail)]
    _tail(canvas, a, _eased(sweep), 0.15 if a.class_noun == _DOG else 0.11)
    out = wide + 0.1 + 0.12 * a.shape[5]
    for side in (-1, 1):
        for y, lean in ((0.1, -0.12), (0.6, 0.06)):
            limb(canvas, [(side * wide * 0.7, y), (side * out, y + lean)], 0.2, a.primary)
            canvas.shape(ellipse(side * (out + 0.04), y + lean * 1.3, 0.14, 0.13), _paws(a), EDGE)
    return hy, hw, hh, wide


def top(canvas: Canvas, a: Appearance) -> None:
    """The back along the picture, the head in front with the muzzle ahead of it, four paws at the sides."""
    hy, hw, hh, wide = _from_above(canvas, a)
    _trunk(canvas, a, (-wide, -0.2, wide, 0.76))
    canvas.stroke([(0.0, -0.02), (0.0, 0.66)], 0.05, shade(a.primary, 0.75))
    canvas.stroke(arc(0, hy + hh * 0.75, hw * 0.66, 0.16, 20, 160), 0.11, a.accent)
    if a.class_noun == _DOG:
        snout = 0.14 + 0.1 * a.shape[3]
        canvas.shape(rounded_box(-snout, hy - hh - 0.22, snout, hy, snout), _paws(a), EDGE)
        canvas.shape(ellipse(0, hy - hh - 0.2, 0.11, 0.08), INK)
        _head_without_face(canvas, a, 0.0, hy, hw, hh)
        return
    canvas.shape(ellipse(0, hy - hh * 0.92, 0.17, 0.13), pale(a.secondary, 205), EDGE * 0.8)
    canvas.shape(ellipse(0, hy - hh * 0.92 - 0.1, 0.06, 0.045), _PAD)
    hair = (250, 250, 250) if sum(a.primary) < 330 else INK
    for side in (-1, 1):
        for lift in (-0.16, 0.0):
            canvas.stroke([(side * 0.1, hy - hh * 0.95), (side * (hw + 0.05), hy - hh * 0.95 + lift)], 0.03, hair)
    canvas.shape(ellipse(0, hy, hw, hh * 0.94), a.paint(), EDGE)
    for side in (-1, 1):  # the ears point up, towards the viewer
        x = side * hw * 0.6
        canvas.shape(placed([(-0.17, 0.14), (0.1, -0.22), (0.2, 0.12)], side, x, hy - 0.02), a.primary, EDGE)
        canvas.shape(placed([(-0.07, 0.08), (0.08, -0.1), (0.11, 0.07)], side, x, hy - 0.02), shade(a.primary, 0.6))


def below(canvas: Canvas, a: Appearance) -> None:
    """The pale belly along the picture, four soles with pink pads, and the chin."""
    hy, hw, hh, wide = _from_above(canvas, a)
    out = wide + 0.1 + 0.12 * a.shape[5]
    if a.class_noun == _DOG:
        dog_ears_behind(canvas, a, 0.0, hy, hw, hh)
        dog_ears_in_front(canvas, a, 0.0, hy, hw, hh)
        dog_skull(canvas, a, 0.0, hy, hw, hh)
    else:
        _cat_ears(canvas, a, 0.0, hy, hw, hh, shade(a.primary, 0.7))
        canvas.shape(ellipse(0, hy, hw, hh * 0.94), a.paint(), EDGE)
    light = pale(a.secondary if a.class_noun != _DOG or a.form == PRICK else a.primary, 215)
    snout = 0.15 + 0.08 * a.shape[3] if a.class_noun == _DOG else 0.14
    canvas.shape(ellipse(0, hy - hh * 0.55, snout, hh * 0.62), light, EDGE * 0.8)
    canvas.shape(ellipse(0, hy - hh * 1.1, 0.1, 0.07), INK if a.class_noun == _DOG else _PAD)
    _trunk(canvas, a, (-wide, -0.2, wide, 0.76))
    canvas.shape(ellipse(0, 0.3, wide * 0.66, 0.4), light)
    for side in (-1, 1):
        for y in (0.2, 0.38, 0.54):
            canvas.dot(side * wide * 0.3, y, 0.035, _PAD)
    canvas.stroke(arc(0, hy + hh * 0.75, hw * 0.66, 0.16, 20, 160), 0.11, a.accent)
    for side in (-1, 1):
        for y in (0.1 - 0.156, 0.6 + 0.078):
            x = side * (out + 0.05)
            canvas.shape(ellipse(x, y, 0.19, 0.18), _paws(a), EDGE)
            canvas.dot(x, y + 0.05, 0.085, _PAD)
            for toe in (-0.09, 0.0, 0.09):
                canvas.dot(x + toe, y - 0.09, 0.042, _PAD)


def side(canvas: Canvas, a: Appearance) -> None:
    """In profile, the head to the left: one eye, one ear, the muzzle ahead, four legs in a row, the tail behind."""
    is_dog = a.class_noun == _DOG
    hw, hh = (size * 0.82 for size in _head_size(a))
    tall, depth, tail = 0.16 + 0.26 * a.shape[5], 0.22 + 0.16 * a.shape[2], a.shape[4]
    cy = 0.88 - tall - depth
    hx, hy = -0.42, max(cy - depth - hh * 0.5, -0.92 + hh + (_headroom(a) if not is_dog or a.form == PRICK else 0.0))
    root: Point = (0.74, cy - depth * 0.4)
    sweep: list[Point] = [root, (0.9, cy - depth - 0.14), (0.84, cy - depth - 0.22 - 0.3 * tail),
                          (0.94, cy - depth - 0.34 - 0.36 * tail)]  # fmt: skip
    _tail(canvas, a, _eased(sweep), 0.15 if is_dog else 0.11)
    for x, shine in ((-0.14, 0.8), (0.64, 0.8), (-0.32, 1.0), (0.46, 1.0)):
        limb(canvas, [(x, cy), (x, 0.84)], 0.17, shade(a.primary, shine))
        canvas.shape(ellipse(x - 0.05, 0.87, 0.14, 0.08), _paws(a), EDGE * 0.8)
    _trunk(canvas, a, (-0.5, cy - depth, 0.82, cy + depth))
    canvas.shape([(-0.52, cy), (-0.52, hy), (-0.16, hy), (-0.02, cy - depth * 0.6)], a.primary)
    canvas.stroke([(hx - 0.02, hy + hh * 0.98), (hx + hw * 0.9, hy + hh * 0.66)], 0.11, a.accent)
    light = _paws(a)
    if is_dog:
        snout = 0.08 + 0.12 * a.shape[3]
        if a.form == PRICK:
            _leaf(canvas, a, hx + hw * 0.25, hy - hh * 0.5, hh)
        dog_skull(canvas, a, hx, hy, hw, hh)
        canvas.shape(rounded_box(hx - hw - snout, hy + hh * 0.02, hx - hw * 0.3, hy + hh * 0.72, hh * 0.3), light, EDGE)
        canvas.shape(ellipse(hx - hw - snout + 0.04, hy + hh * 0.14, 0.1, 0.085), INK)
        canvas.stroke([(hx - hw - snout + 0.1, hy + hh * 0.5), (hx - hw * 0.6, hy + hh * 0.5)], 0.04, INK)
        _ear_in_profile(canvas, a, hx, hy, hw, hh)
    else:
        high = 0.2 + 0.3 * a.shape[1]
        ear: list[Point] = [(hx - 0.06, hy - hh * 0.6), (hx + hw * 0.34, hy - hh * 0.7 - high), (hx + hw * 0.7, hy - hh * 0.4)]
        canvas.shape(ear, a.primary, EDGE)
        canvas.shape(ellipse(hx, hy, hw, hh * 0.94), a.paint(), EDGE)
        canvas.shape(ellipse(hx - hw * 0.86, hy + hh * 0.34, 0.17 + 0.06 * a.shape[3], hh * 0.36), light, EDGE * 0.8)
        canvas.shape(ellipse(hx - hw * 0.9 - 0.14, hy + hh * 0.2, 0.07, 0.055), (214, 92, 110))
        hair = (250, 250, 250) if sum(a.primary) < 330 else INK
        for lift in (0.0, 0.14):
            canvas.stroke([(hx - hw * 0.8, hy + hh * 0.4), (hx - hw * 0.1, hy + hh * 0.36 + lift)], 0.03, hair)
    eye = (hx - hw * 0.38, hy - hh * 0.22)
    draw_eyes(canvas, (eye, eye), 0.1, pale(a.primary, 215), iris=None if is_dog else pale(a.accent, 130))


def _leaf(canvas: Canvas, a: Appearance, x: float, y: float, hh: float) -> None:
    tip = hh * 0.55 + 0.14 + 0.42 * a.shape[1]
    for size, paint, edge in ((1.0, a.primary, EDGE), (0.55, blend(a.secondary, (240, 160, 150), 0.5), 0.0)):
        leaf: list[Point] = [(-0.22, 0.1), (-0.13, -tip * 0.62), (0.05, -tip), (0.15, -tip * 0.6), (0.16, 0.16)]
        canvas.shape(smooth([(x + px * size, y + py * size) for px, py in leaf]), paint, edge)


def _ear_in_profile(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> None:
    if a.form == PRICK:
        return
    x, y, drop = hx + hw * 0.36, hy - hh * 0.5, 0.3 + 0.5 * a.shape[1]
    if a.form == CURLY:
        paint = blend(a.secondary, a.primary, 0.25)
        canvas.shape(fluffy(x, y + drop * 0.5, 0.19, 0.2 + 0.22 * a.shape[1], 7), paint, EDGE)
    else:
        flap: list[Point] = [(-0.16, 0.0), (0.1, -0.06), (0.24, drop * 0.5), (0.08, drop), (-0.14, drop * 0.72)]
        canvas.shape(smooth([(x + px, y + py) for px, py in flap]), a.secondary, EDGE)
