"""Things for the feet, seen from the side with the toe to the right: sneakers and boots."""

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, rounded_box, shade
from dreambench.dataset.miniature.drawings.anchors import THING, Anchors

_OUTLINE = 0.06
_GROUND = 0.95
_WHITE: RGB = (255, 255, 255)


def _lace_color(a: Appearance) -> RGB:
    """White on dark leather, dark on light leather."""
    return (250, 250, 250) if sum(a.primary) < 420 else (70, 62, 72)


def draw_sneaker(canvas: Canvas, a: Appearance) -> Anchors:
    """A sneaker across the whole width: upper, toe cap, heel counter, side stripes, laces, tongue and sole.

    Genes: 0 thickness of the sole, 1 height of the collar, 2 size of the toe cap, 3 width of the side stripes,
    4 height of the tongue, 5 size of the heel counter.
    Forms: 0 low with a flat sole, 1 chunky with a thick lumpy sole and a high toe.
    The upper has the pattern, toe cap, heel and tongue are secondary, stripes and sole are accent (the sole paler).
    """
    sole, collar, cap, stripe, tongue, heel = a.shape
    chunky = a.form == 1
    floor = _GROUND - (0.36 + 0.2 * sole if chunky else 0.14 + 0.17 * sole)  # where the upper meets the sole
    ankle = floor - (0.62 + 0.5 * collar)
    toe_high = 0.5 if chunky else 0.4
    toe_x = 0.45
    toe = arc(toe_x, floor, 0.96 - toe_x, toe_high, -90, 0, points=12)
    throat: Point = (-0.12, ankle + 0.02)
    back = -0.9

    tip = ankle - 0.05 - 0.3 * tongue
    canvas.shape([(-0.3, ankle + 0.25), (-0.22, tip), (0.02, tip - 0.04), (0.2, floor - 0.5)], a.secondary, _OUTLINE)
    dip = [(-0.72, ankle + 0.02), (-0.5, ankle + 0.2), (-0.25, ankle + 0.16)]
    upper = [(back, floor + 0.05), (back - 0.04, ankle + 0.1), (-0.9, ankle - 0.04), *dip, throat, *toe, (0.96, floor + 0.05)]
    canvas.shape(upper, a.paint(), _OUTLINE)

    for i in range(2):
        x, width = -0.22 + (0.24 + 0.12 * stripe) * i, 0.09 + 0.17 * stripe
        canvas.stroke([(x - 0.12, floor - 0.06), (x + 0.16, floor - 0.4)], width, a.accent)
    counter_x, counter_y = back + 0.14 + 0.32 * heel, floor - (floor - ankle) * (0.3 + 0.5 * heel)
    counter = [(back, floor), (back - 0.03, counter_y), (counter_x - 0.06, counter_y + 0.04), (counter_x + 0.08, floor)]
    canvas.shape(counter, a.secondary, _OUTLINE)
    shell = arc(toe_x, floor, 0.96 - toe_x, toe_high, -24 - 64 * cap, 0, points=10)
    canvas.shape([*shell, (shell[0][0] - 0.16, floor)], a.secondary, _OUTLINE)

    for i in range(3):  # laces climb the slope from toe to throat
        at = 0.18 + 0.3 * i
        x, y = toe_x + (throat[0] - toe_x) * at, floor - toe_high + (throat[1] - floor + toe_high) * at
        canvas.stroke([(x + 0.05, y - 0.07), (x - 0.13, y + 0.17)], 0.1, _lace_color(a))
    _draw_sole(canvas, blend(a.accent, _WHITE, 0.62), a.accent, floor, chunky)
    return THING


def _draw_sole(canvas: Canvas, pale: RGB, color: RGB, floor: float, chunky: bool) -> None:
    """A flat pale sole, or a thick one of two layers whose tread is four coloured lumps."""
    if not chunky:
        canvas.shape(rounded_box(-0.98, floor, 1.0, _GROUND, 0.1), pale, _OUTLINE, shade(color, 0.5))
        return
    for i in range(4):
        left = -1.0 + 0.5 * i
        canvas.shape(rounded_box(left, _GROUND - 0.3, left + 0.46, _GROUND, 0.1), color, _OUTLINE)
    wave: list[Point] = [
        (-0.98, floor - 0.12),
        (-0.6, floor),
        (-0.2, floor + 0.06),
        (0.3, floor),
        (0.8, floor),
        (1.03, floor - 0.12),
    ]
    low = _GROUND - 0.16
    canvas.shape([*wave, (0.98, low - 0.04), (0.9, low), (-0.9, low), (-1.0, low - 0.06)], pale, _OUTLINE, shade(color, 0.5))


def draw_boot(canvas: Canvas, a: Appearance) -> Anchors:
    """A tall boot: shaft, foot, heel and sole.

    Genes for both forms: 0 width of the shaft, 1 height of the heel, 2 length of the toe, 5 flare of the shaft's top.
    Fringed (form 0): 3 where the fringe starts, 4 length of the fringe. Laced (form 1): 3 height of the cuff,
    4 thickness of the sole. Shaft and foot have the pattern, fringe, cuff and toe cap are secondary, heel and sole accent.
    """
    wide, heel, toe, third, fourth, flare = a.shape
    laced = a.form == 1
    half, middle = 0.3 + 0.17 * wide, -0.26
    left, right = middle - half, middle + half
    sole = 0.12 + 0.14 * fourth if laced else 0.1
    lift = 0.06 + (0.16 if laced else 0.34) * heel
    floor = _GROUND - sole
    seat = floor - lift  # the underside of the heel
    tip = 0.62 + 0.36 * toe
    out = 0.04 + 0.18 * flare
    foot_high = 0.42 if laced else 0.32
    shaft_top: list[Point] = [(left - out, -0.92), (right + out, -0.95)]
    arch_y = floor - foot_high
    instep: list[Point] = [(right, arch_y - 0.3), (right + 0.06, arch_y - 0.12), (right + 0.18, arch_y - 0.03)]
    ball = max(tip - 0.4, right + 0.2)
    curve = arc(ball, floor, tip - ball, foot_high, -90, 0, points=10)
    under: list[Point] = [(tip, floor), (0.12, floor), (right - 0.12, (floor + seat) / 2), (right - 0.25, seat), (left, seat)]

    canvas.shape(
        [(left, seat - 0.02), (right - 0.22, seat - 0.02), (right - 0.3, _GROUND), (left + 0.04, _GROUND)], a.accent, _OUTLINE
    )
    canvas.shape([*shaft_top, *instep, *curve, *under, (left, 0.3)], a.paint(), _OUTLINE)
    if laced:
        _draw_laced_parts(canvas, a, (left, right, out), [*curve[3:], (tip - 0.34, floor)])
    else:
        start = -0.62 + 0.32 * third
        _draw_fringe(canvas, a.secondary, left - out * 0.6, right + out * 0.5, start, 0.36 + 0.6 * fourth)
    bottom = [(tip + 0.03, floor - 0.03), (tip + 0.02, _GROUND), (0.0, _GROUND)]
    arch = [
        (right - 0.24, seat + sole),
        (right - 0.2, seat - 0.01),
        (right - 0.1, (floor + seat) / 2 - 0.02),
        (0.14, floor - 0.03),
    ]
    canvas.shape([*bottom, *arch], a.accent, _OUTLINE)
    return THING


def _draw_fringe(canvas: Canvas, color: RGB, left: float, right: float, start: float, length: float) -> None:
    """A band with five long pointed tassels; they get longer and swing out towards the back of the boot."""
    count, edge = 5, shade(color, 0.5)
    step = (right - left) / count
    for i in reversed(range(count)):
        x, drop = left + step * i, length * (1.0 - 0.1 * i)
        swing = -0.2 + 0.05 * i
        ends = [(x + step * 0.72 + swing, start + drop), (x + step * 0.2 + swing, start + drop)]
        canvas.shape([(x, start), (x + step, start), *ends], color, 0.05, edge)
    canvas.shape(rounded_box(left - 0.04, start - 0.1, right + 0.04, start + 0.06, 0.05), color, 0.05, edge)


def _draw_laced_parts(canvas: Canvas, a: Appearance, shaft: tuple[float, float, float], cap: list[Point]) -> None:
    """Toe cap, cuff and a ladder of laces down the front of the shaft."""
    left, right, out = shaft
    canvas.shape(cap, a.secondary, _OUTLINE)
    cuff_end = -0.72 + 0.34 * a.shape[3]
    canvas.shape(
        [(left - out - 0.05, -0.95), (right + out + 0.05, -0.95), (right + 0.07, cuff_end), (left - 0.07, cuff_end)],
        a.secondary,
        _OUTLINE,
    )
    rungs = 4
    for i in range(rungs):
        y = cuff_end + 0.16 + (0.3 - cuff_end - 0.16) * i / (rungs - 1)
        canvas.stroke([(right - 0.24, y + 0.05), (right + 0.02, y - 0.05)], 0.1, _lace_color(a))
