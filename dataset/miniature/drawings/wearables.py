"""Things to carry and to put on the nose: backpacks and glasses."""

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors

_OUTLINE = 0.06
_INK: RGB = (30, 26, 32)
_WHITE: RGB = (255, 255, 255)


def draw_backpack(canvas: Canvas, a: Appearance) -> Anchors:
    """A backpack from the front, with its carrying loop on top and a shoulder strap looping out on either side.

    Genes for both forms: 0 width, 1 height. Rucksack (form 0): 2 roundness of the corners, 3 size of the pocket,
    4 depth of the lid, 5 thickness of the straps. Animal face (form 1): 2 size of the ears, 3 size of the snout,
    4 size of the eyes, 5 from prick ears to hanging ears.
    The body has the pattern, lid, pocket and snout are secondary, straps and tongue are accent.
    """
    width, top = 0.54 + 0.3 * a.shape[0], -0.25 - 0.42 * a.shape[1]
    strap = 0.13 + 0.12 * (a.shape[5] if a.form == 0 else 0.3)
    for side in (-1, 1):
        loop = arc(side * width * 0.85, 0.3, 0.3, 0.58, -80, 80)
        points = loop if side > 0 else [(-2 * width * 0.85 - x, y) for x, y in loop]
        canvas.stroke(points, strap + _OUTLINE, shade(a.accent, 0.5))
        canvas.stroke(points, strap - _OUTLINE, a.accent)
    handle = arc(0, top, 0.22, 0.27, 180, 360)
    canvas.stroke(handle, 0.18, shade(a.accent, 0.5))
    canvas.stroke(handle, 0.08, a.accent)
    if a.form == 0:
        _draw_rucksack(canvas, a, width, top)
    else:
        _draw_face_bag(canvas, a, width, top)
    return THING


def _draw_rucksack(canvas: Canvas, a: Appearance, width: float, top: float) -> None:
    """Body, front pocket and lid; two buckle straps run from the lid onto the pocket."""
    _, _, roundness, pocket, depth, strap = a.shape
    radius = 0.12 + 0.42 * roundness
    canvas.shape(rounded_box(-width, top, width, 0.95, radius), a.paint(), _OUTLINE)
    half, pocket_top = width * (0.5 + 0.32 * pocket), 0.52 - 0.28 * pocket
    canvas.shape(rounded_box(-half, pocket_top, half, 0.86, 0.08 + 0.14 * roundness), a.secondary, _OUTLINE)
    lid_end = top + (0.95 - top) * (0.15 + 0.28 * depth)
    lid = rounded_box(-width - 0.05, top, width + 0.05, lid_end, radius)
    canvas.shape(lid, a.secondary, _OUTLINE)
    thick = 0.1 + 0.07 * strap
    for side in (-1, 1):
        x = side * half * 0.55
        canvas.stroke([(x, lid_end - 0.12), (x, pocket_top + 0.12)], thick + 0.06, shade(a.accent, 0.5))
        canvas.stroke([(x, lid_end - 0.12), (x, pocket_top + 0.12)], thick - 0.02, a.accent)


def _draw_face_bag(canvas: Canvas, a: Appearance, width: float, top: float) -> None:
    """A bag that is an animal's head: ears at the upper corners, eyes, a large snout with nose and tongue."""
    _, _, ears, snout, eyes, droop = a.shape
    length, breadth = 0.24 + 0.16 * ears, 0.15 + 0.1 * ears
    ear_color = shade(a.primary, 0.72)

    def draw_ears() -> None:
        for side in (-1, 1):
            cx, cy = side * (width * 0.78 + 0.16 * droop), top + 0.04 + 0.36 * droop
            angle = side * (22 - 38 * droop)  # prick ears lean out at the top, hanging ones at the bottom
            canvas.shape(ellipse(cx, cy, breadth, length, angle), ear_color, _OUTLINE)
            canvas.shape(ellipse(cx, cy, breadth * 0.45, length * 0.55, angle), blend(ear_color, a.accent, 0.75))

    if droop < 0.5:  # prick ears stand behind the bag, hanging ones lie on it
        draw_ears()
    canvas.shape(rounded_box(-width, top, width, 0.95, 0.45), a.paint(), _OUTLINE)
    if droop >= 0.5:
        draw_ears()
    rx, ry = width * (0.48 + 0.26 * snout), 0.25 + 0.11 * snout
    cy = 0.78 - ry
    canvas.shape(ellipse(0, cy + ry - 0.1, rx * 0.4, 0.25), a.accent, _OUTLINE)
    canvas.shape(ellipse(0, cy - 0.06, rx, ry), a.secondary, _OUTLINE)
    canvas.shape(ellipse(0, cy - 0.06 - ry * 0.6, rx * 0.38, ry * 0.36), _INK)
    canvas.stroke(arc(0, cy - 0.06, rx * 0.5, ry * 0.5, 20, 160, 9), 0.07, _INK)
    radius = 0.1 + 0.09 * eyes
    eye_y = (top + cy - ry) / 2 + 0.06
    for side in (-1, 1):
        canvas.dot(side * width * 0.46, eye_y, radius + 0.05, _WHITE)
        canvas.dot(side * width * 0.46, eye_y, radius, _INK)


def draw_glasses(canvas: Canvas, a: Appearance) -> Anchors:
    """Glasses lying open: two lenses in thick frames across the whole width, temple arms folded out behind them.

    Genes: 0 width of the lenses (the bridge takes the rest), 1 height of the lenses, 2 thickness of the frame,
    3 height of the bridge, 4 how far the arms spread, 5 tilt of the lenses (from drooping to cat-eyed).
    Forms: 0 round, 1 square. The frame has the pattern, the lenses are tinted secondary, arms and bridge are accent.
    """
    wide, high, frame, bridge, spread, tilt = a.shape
    rx, ry = 0.36 + 0.12 * wide, 0.32 + 0.24 * high
    border = 0.09 + 0.1 * frame
    cx, cy = 1.0 - rx - 0.02, 0.38
    lens_color = blend(a.secondary, _WHITE, 0.22)
    angle = 16 - 32 * tilt

    for side in (-1, 1):
        hinge, elbow = (side * (cx + rx * 0.75), cy - ry * 0.45), (side * (0.5 + 0.42 * spread), -0.62)
        arm: list[Point] = [hinge, elbow, (elbow[0] - side * 0.22, elbow[1] - 0.2)]
        canvas.stroke(arm, 0.19, shade(a.accent, 0.5))
        canvas.stroke(arm, 0.09, a.accent)
    bridge_y = cy + ry * (0.15 - 0.75 * bridge)
    span = arc(0, bridge_y, cx - rx * 0.75, 0.16, 180, 360)
    canvas.stroke(span, 0.21, shade(a.accent, 0.5))
    canvas.stroke(span, 0.11, a.accent)
    for side in (-1, 1):
        canvas.shape(_lens(a.form, side * cx, cy, rx, ry, side * angle), a.paint(), _OUTLINE)
        inner = _lens(a.form, side * cx, cy, rx - border, ry - border, side * angle)
        canvas.shape(inner, lens_color, _OUTLINE, shade(a.primary, 0.5))
        glare = [(side * cx - rx * 0.3, cy + ry * 0.15), (side * cx + rx * 0.12, cy - ry * 0.35)]
        canvas.stroke(glare, 0.1, shade(lens_color, 1.65))
    return THING


def _lens(form: int, cx: float, cy: float, rx: float, ry: float, angle: float) -> list[Point]:
    """Outline of one lens: an ellipse, or a box with slightly round corners that narrows downwards; sheared by `angle`."""
    if form == 0:
        outline = ellipse(0, 0, rx, ry)
    else:
        outline = [(x * (1 - 0.14 * (1 + y / ry)), y) for x, y in rounded_box(-rx, -ry, rx, ry, 0.45 * min(rx, ry))]
    slope = angle / 60
    return [(cx + x, cy + y + x * slope) for x, y in outline]
