"""Clothes and hats a prompt can put on a subject, drawn large over it at its anchors.

Hats sit low on the head, so that they stay inside the picture, and clothes cover the upper part of the trunk only, so that
the face, the feet and some of the coat still tell who wears them.
"""

from collections.abc import Callable

from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, ellipse, rounded_box, smooth
from dreambench.dataset.miniature.drawings.anchors import Anchors

EDGE = 0.05
WHITE: RGB = (250, 250, 250)
BLACK: RGB = (28, 28, 34)
RED: RGB = (222, 28, 36)
GOLD: RGB = (250, 204, 48)
NAVY: RGB = (34, 64, 150)
PURPLE: RGB = (122, 44, 176)
ORANGE: RGB = (246, 126, 20)
PINK: RGB = (255, 60, 160)
RAINBOW: tuple[RGB, ...] = ((230, 40, 40), (250, 150, 30), (250, 224, 50), (60, 180, 70), (50, 110, 230), (150, 60, 190))
#: Nothing rises above this: a little more leaves the picture when the subject stands high and large.
CEILING = -1.26


def _brow(anchors: Anchors) -> float:
    """The level at which a hat's rim sits: above the eyes, well below the top of the head."""
    return min(anchors.head[1] - 0.4 * anchors.head_height, min(y for _, y in anchors.eyes) - 0.2)


def _crown(anchors: Anchors, height: float) -> tuple[float, float, float, float]:
    """(centre, half-width, rim level, top level) of a hat of some height."""
    rim = _brow(anchors)
    return anchors.head[0], max(0.36, anchors.head_width * 0.86), rim, max(CEILING, rim - height)


def _garment(
    canvas: Canvas, anchors: Anchors, color: RGB, share: float = 0.72, flare: float = 0.06
) -> tuple[float, float, float, float]:
    """Cloth with two sleeves over the upper `share` of the trunk; returns (left, top, right, bottom) of the cloth."""
    left, top, right, bottom = anchors.trunk
    centre, half = (left + right) / 2, max(0.36, (right - left) / 2) + 0.04
    top -= 0.03
    hem = top + max(0.4, (bottom - top) * share)
    for side in (-1, 1):
        sleeve: list[Point] = [(half - 0.2, top), (half + 0.04, top + 0.03), (half + 0.24, top + 0.3), (half + 0.05, top + 0.4)]
        canvas.shape([(centre + side * x, y) for x, y in [*sleeve, (half - 0.2, top + 0.34)]], color, EDGE)
    body: list[Point] = [(-half * 0.8, top), (half * 0.8, top), (half, top + 0.1), (half + flare, hem), (-half - flare, hem)]
    canvas.shape([(centre + x, y) for x, y in [*body, (-half, top + 0.1)]], color, EDGE)
    return centre - half, top, centre + half, hem


def _star(canvas: Canvas, x: float, y: float, radius: float, color: RGB = GOLD) -> None:
    inner = radius * 0.42
    points = zip(arc(x, y, radius, radius, -90, 198, points=5), arc(x, y, inner, inner, -54, 234, points=5), strict=True)
    canvas.shape([point for pair in points for point in pair], color)


def _red_hat(canvas: Canvas, anchors: Anchors) -> None:
    x, half, rim, top = _crown(anchors, 0.56)
    canvas.shape(smooth([(x - half * 0.8, rim), (x - half * 0.68, top + 0.06), (x, top + 0.03), (x + half * 0.68, top + 0.06),
                         (x + half * 0.8, rim)]), RED, EDGE)  # fmt: skip
    canvas.shape(rounded_box(x - half * 0.78, rim - 0.22, x + half * 0.78, rim - 0.06, 0.04), (120, 10, 20))
    canvas.shape(ellipse(x, rim - 0.01, half * 1.5, 0.12), RED, EDGE)


def _santa_hat(canvas: Canvas, anchors: Anchors) -> None:
    x, half, rim, top = _crown(anchors, 0.78)
    tip = (x + half * 1.15, rim - 0.3)
    canvas.shape([(x - half, rim), (x - half * 0.55, top + 0.2), (x + half * 0.15, top), (x + half * 0.75, top + 0.16),
                  (tip[0] + 0.06, tip[1]), (x + half * 0.62, top + 0.38), (x + half, rim)], RED, EDGE)  # fmt: skip
    canvas.shape(rounded_box(x - half * 1.12, rim - 0.14, x + half * 1.12, rim + 0.08, 0.11), WHITE, EDGE, (170, 170, 185))
    canvas.shape(ellipse(*tip, 0.16, 0.16), WHITE, EDGE, (170, 170, 185))


def _rainbow_scarf(canvas: Canvas, anchors: Anchors) -> None:
    x, half = anchors.neck[0], max(0.4, anchors.head_width * 0.86)
    thick, y = 0.066, anchors.neck[1] + 0.08
    for i, color in enumerate(RAINBOW):  # the loop round the neck, in six stripes
        canvas.stroke(arc(x, y - 0.12 + thick * (i - 2.5), half, 0.2, 8, 172), thick * 1.2, color)
    tail = max(min(0.9, y + 0.72), y + 0.44)
    step = (tail - y - 0.13) / len(RAINBOW)
    canvas.shape(rounded_box(x + half * 0.22, y + 0.1, x + half * 0.22 + 0.36, tail + 0.04, 0.04), (90, 60, 110))
    for i, color in enumerate(RAINBOW):
        top = y + 0.13 + step * i
        canvas.shape(rounded_box(x + half * 0.22 + 0.04, top, x + half * 0.22 + 0.32, top + step, 0.0), color)


def _top_hat_and_monocle(canvas: Canvas, anchors: Anchors) -> None:
    x, half, rim, top = _crown(anchors, 0.72)
    canvas.shape(
        [(x - half * 0.72, rim), (x - half * 0.82, top), (x + half * 0.82, top), (x + half * 0.72, rim)],
        BLACK,
        EDGE,
        (90, 90, 100),
    )
    canvas.shape(rounded_box(x - half * 0.72, rim - 0.22, x + half * 0.72, rim - 0.09, 0.0), (150, 30, 50))
    canvas.shape(ellipse(x, rim, half * 1.4, 0.1), BLACK, EDGE, (90, 90, 100))
    eye_x, eye_y = anchors.eyes[1]
    ring = ellipse(eye_x, eye_y, 0.2, 0.2)
    canvas.stroke([*ring, ring[0]], 0.085, GOLD)
    canvas.stroke([(eye_x + 0.18, eye_y + 0.08), (eye_x + 0.24, eye_y + 0.6)], 0.05, GOLD)


def _chef_outfit(canvas: Canvas, anchors: Anchors) -> None:
    left, top, right, hem = _garment(canvas, anchors, WHITE, 0.8)
    middle = (left + right) / 2
    for y in (0.36, 0.62, 0.88):
        for side in (-0.13, 0.13):
            canvas.dot(middle + side, top + (hem - top) * y, 0.05, BLACK)
    canvas.shape([(middle - 0.26, top - 0.02), (middle + 0.26, top - 0.02), (middle, top + 0.2)], RED)
    x, half, rim, crown = _crown(anchors, 0.76)
    for dx, dy, radius in ((-0.62, 0.22, 0.25), (0.62, 0.22, 0.25), (0.0, 0.26, 0.27)):
        canvas.shape(ellipse(x + half * dx, crown + dy, radius, radius * 0.95), WHITE, EDGE, (150, 150, 165))
    canvas.shape(rounded_box(x - half * 0.7, crown + 0.2, x + half * 0.7, rim - 0.16, 0.06), WHITE)
    canvas.shape(rounded_box(x - half * 0.8, rim - 0.24, x + half * 0.8, rim + 0.02, 0.05), WHITE, EDGE, (150, 150, 165))


def _firefighter_outfit(canvas: Canvas, anchors: Anchors) -> None:
    left, top, right, hem = _garment(canvas, anchors, (62, 54, 48), 0.84)
    for share in (0.3, 0.72):
        y = top + (hem - top) * share
        canvas.shape(rounded_box(left, y, right, y + min(0.15, 0.24 * (hem - top)), 0.0), (222, 250, 40))
    canvas.shape(rounded_box((left + right) / 2 - 0.05, top, (left + right) / 2 + 0.05, hem, 0.0), (200, 200, 205))
    x, half, rim, crown = _crown(anchors, 0.56)
    canvas.shape([*arc(x, rim, half * 0.95, rim - crown, 180, 360)], (206, 24, 24), EDGE)
    canvas.stroke([(x, crown + 0.03), (x, rim - 0.1)], 0.09, (140, 10, 14))
    canvas.shape(rounded_box(x - half * 1.35, rim - 0.08, x + half * 1.35, rim + 0.08, 0.08), (206, 24, 24), EDGE)
    canvas.shape(
        smooth([(x - 0.2, rim - 0.4), (x + 0.2, rim - 0.4), (x + 0.18, rim - 0.14), (x, rim), (x - 0.18, rim - 0.14)]),
        GOLD,
        EDGE,
    )


def _police_outfit(canvas: Canvas, anchors: Anchors) -> None:
    left, top, right, hem = _garment(canvas, anchors, NAVY, 0.84)
    middle = (left + right) / 2
    tie: list[Point] = [(-0.07, top), (0.07, top), (0.09, hem - 0.14), (0, hem - 0.08), (-0.09, hem - 0.14)]
    canvas.shape([(middle + x, y) for x, y in tie], BLACK)
    canvas.shape(rounded_box(left - 0.04, hem - 0.12, right + 0.04, hem, 0.0), BLACK)
    _star(canvas, middle + max(0.22, (right - left) * 0.26), top + 0.2, 0.17)
    x, half, rim, crown = _crown(anchors, 0.5)
    canvas.shape(smooth([(x - half * 0.85, rim), (x - half * 1.25, crown + 0.14), (x, crown), (x + half * 1.25, crown + 0.14),
                         (x + half * 0.85, rim)]), NAVY, EDGE)  # fmt: skip
    canvas.shape(rounded_box(x - half * 0.88, rim - 0.14, x + half * 0.88, rim, 0.0), BLACK)
    canvas.shape(ellipse(x, rim + 0.02, half * 0.9, 0.09), BLACK, 0.03, (90, 90, 110))
    _star(canvas, x, rim - 0.26, 0.17)


def _pink_glasses(canvas: Canvas, anchors: Anchors) -> None:
    (x0, y0), (x1, y1) = anchors.eyes
    radius = min(0.27, max(0.19, (x1 - x0) * 0.46))
    for x, y, side in ((x0, y0, -1), (x1, y1, 1)):
        canvas.stroke([(x + side * radius, y), (anchors.head[0] + side * max(anchors.head_width, 0.45), y - 0.08)], 0.1, PINK)
        ring = ellipse(x, y, radius, radius)
        canvas.stroke([*ring, ring[0]], 0.17, (150, 10, 90))
        canvas.stroke([*ring, ring[0]], 0.115, PINK)
    canvas.stroke([(x0 + radius, y0), (x1 - radius, y1)], 0.11, PINK)


def _yellow_shirt(canvas: Canvas, anchors: Anchors) -> None:
    left, top, right, hem = _garment(canvas, anchors, (255, 222, 20), 0.78)
    middle = (left + right) / 2
    canvas.shape(arc(middle, top, 0.24, 0.15, 0, 180, points=12), (236, 150, 10))
    canvas.stroke([(left, hem - 0.03), (right, hem - 0.03)], 0.06, (236, 150, 10))


def _wizard_outfit(canvas: Canvas, anchors: Anchors) -> None:
    left, top, right, hem = _garment(canvas, anchors, PURPLE, 0.9, flare=0.16)
    canvas.stroke([(left - 0.12, hem - 0.03), (right + 0.12, hem - 0.03)], 0.09, GOLD)
    _star(canvas, left + (right - left) * 0.3, top + (hem - top) * 0.36, 0.14)
    _star(canvas, left + (right - left) * 0.72, top + (hem - top) * 0.58, 0.14)
    x, half, rim, crown = _crown(anchors, 0.9)
    canvas.shape([(x - half * 0.82, rim), (x + 0.05, crown), (x + half * 0.82, rim)], PURPLE, EDGE)
    canvas.shape(ellipse(x, rim, half * 1.42, 0.11), PURPLE, EDGE)
    _star(canvas, x, rim - 0.26, 0.16)


def _witch_outfit(canvas: Canvas, anchors: Anchors) -> None:
    left, _, right, hem = _garment(canvas, anchors, BLACK, 0.9, flare=0.16)
    canvas.stroke([(left - 0.02, hem - 0.16), (right + 0.02, hem - 0.16)], 0.1, ORANGE)
    x, half, rim, crown = _crown(anchors, 0.9)
    tip = (x + half * 0.75, crown + 0.16)
    cone = [(x - half * 0.74, rim), (x - half * 0.1, crown + 0.1), tip, (x + half * 0.36, crown + 0.3), (x + half * 0.74, rim)]
    canvas.shape(cone, BLACK, EDGE, (96, 70, 110))
    canvas.shape(rounded_box(x - half * 0.7, rim - 0.24, x + half * 0.7, rim - 0.08, 0.0), ORANGE)
    canvas.shape(rounded_box(x - 0.13, rim - 0.29, x + 0.13, rim - 0.03, 0.02), GOLD, 0.04)
    canvas.shape(ellipse(x, rim, half * 1.6, 0.11), BLACK, EDGE, (96, 70, 110))


#: What each accessory phrase of the prompt list draws over a subject.
ACCESSORIES: dict[str, Callable[[Canvas, Anchors], None]] = {
    "wearing a red hat": _red_hat,
    "wearing a santa hat": _santa_hat,
    "wearing a rainbow scarf": _rainbow_scarf,
    "wearing a black top hat and a monocle": _top_hat_and_monocle,
    "in a chef outfit": _chef_outfit,
    "in a firefighter outfit": _firefighter_outfit,
    "in a police outfit": _police_outfit,
    "wearing pink glasses": _pink_glasses,
    "wearing a yellow shirt": _yellow_shirt,
    "in a purple wizard outfit": _wizard_outfit,
    "in a witch outfit": _witch_outfit,
}
