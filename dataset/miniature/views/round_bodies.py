"""Can and candle from the back and the side: the usual drawing, with what is printed or dripped on it turned round."""

import math
from collections.abc import Sequence
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, ellipse, rounded_box, shade
from dreambench.dataset.miniature.drawings.vessels import DRIPS, EDGE, draw_can, draw_candle, pillar, span

_INK: Final[RGB] = (30, 26, 32)
_PAPER: Final[RGB] = (248, 248, 244)
#: How far the front is turned to the left in a view from the side: a strip of what is printed on it stays in sight.
_SIDE_TURN: Final = -62.0
#: How far round what is printed small is from the front.
_SMALL_PRINT: Final = 112.0


def wrapped(outline: Sequence[Point], *, radius: float, tilt: float, turn: float) -> list[Point]:
    """An outline of the front, (x, y) with x along the skin, on a round body turned by degrees; what is behind is cut off.

    `tilt` is how far level circles of the body bulge down in the usual drawing.
    """
    shown = []
    for x, y in outline:
        angle = min(math.pi / 2, max(-math.pi / 2, x / radius + math.radians(turn)))
        shown.append((radius * math.sin(angle), y - tilt * (1 - math.cos(angle))))
    return shown


def can_from_the_side(canvas: Canvas, a: Appearance) -> None:
    """The label goes round the can: its emblem disappears round the left edge, its small print comes from the right."""
    radius = span(a.shape[0], 0.42, 0.62) if a.form == 0 else span(a.shape[0], 0.72, 0.96)
    tilt = radius * (0.24 if a.form == 0 else 0.22)

    def print_round(at: Canvas, look: Appearance, y: float, size: float) -> None:
        at.shape(wrapped(ellipse(0, y, size, size), radius=radius, tilt=tilt, turn=_SIDE_TURN), look.accent, 0.04)
        _draw_small_print(at, y, max(0.16, size * 0.8), radius=radius, tilt=tilt)

    draw_can(canvas, a, draw_emblem=print_round)


def _draw_small_print(canvas: Canvas, y: float, half: float, *, radius: float, tilt: float) -> None:
    """A paper with lines of text, as seen from the side."""
    turn = _SIDE_TURN + _SMALL_PRINT
    wide = radius * 0.42
    paper = [(x, y + v) for x, v in rounded_box(-wide, -half, wide, half, 0.03)]
    canvas.shape(wrapped(paper, radius=radius, tilt=tilt, turn=turn), _PAPER, 0.03)
    for row in range(3):
        line = [(wide * x, y + half * (-0.55 + 0.55 * row)) for x in (-0.7, 0.0, 0.7)]
        canvas.stroke(wrapped(line, radius=radius, tilt=tilt, turn=turn), 0.05, _INK)


def candle_from_the_back(canvas: Canvas, a: Appearance) -> None:
    """A jar has a small paper on its back; down a pillar's back the wax has run onto the holder."""
    if a.form == 0:
        draw_candle(canvas, a, draw_tag=_draw_back_tag)
    else:
        draw_candle(canvas, a, drips=[(-x, length * 0.6) for x, length in reversed(DRIPS)])
        _draw_run(canvas, a, 0.0)


def candle_from_the_side(canvas: Canvas, a: Appearance) -> None:
    """A jar's label disappears round the left edge; the wax that ran down a pillar's back is on the right edge."""
    if a.form == 0:
        draw_candle(canvas, a, draw_tag=_draw_turned_tag)
    else:
        draw_candle(canvas, a, drips=[(x, length * (0.8 - 0.4 * x)) for x, length in DRIPS])
        _draw_run(canvas, a, 0.94)


def _draw_back_tag(canvas: Canvas, a: Appearance, top: float, bottom: float) -> None:
    half, middle = span(a.shape[0], 0.52, 0.94) * 0.36, (top + bottom) / 2 + 0.06
    high = max(0.14, (bottom - top) * 0.3)
    canvas.shape(rounded_box(-half, middle - high, half, middle + high, 0.03), _PAPER, 0.03)
    for y in (middle - high * 0.4, middle + high * 0.4):
        canvas.stroke([(-half * 0.7, y), (half * 0.7, y)], 0.05, _INK)


def _draw_turned_tag(canvas: Canvas, a: Appearance, top: float, bottom: float) -> None:
    radius = span(a.shape[0], 0.52, 0.94)
    tag, tilt = radius * span(a.shape[4], 0.4, 0.9), radius * 0.2
    box = _with_points_between(rounded_box(-tag, top, tag, bottom, 0.08))
    canvas.shape(wrapped(box, radius=radius, tilt=tilt, turn=-75), a.secondary, EDGE)


def _with_points_between(outline: Sequence[Point], count: int = 6) -> list[Point]:
    """The same outline with more points, so that its straight edges bend round a body."""
    return [
        (x0 + (x1 - x0) * step / count, y0 + (y1 - y0) * step / count)
        for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True)
        for step in range(count)
    ]


def _draw_run(canvas: Canvas, a: Appearance, place: float) -> None:
    """Wax that ran down the whole pillar into a pool on the holder, at a share of the half-width."""
    width, top, foot = pillar(a)
    x = width * place
    thick = max(0.15, width * 0.42)
    run: list[Point] = [(x, top + 0.12), (x, (top + foot) / 2), (x, foot)]
    pool = ellipse(x, foot + 0.03, thick * 1.3, 0.1)
    canvas.shape(pool, a.accent, EDGE)
    canvas.stroke(run, thick + 0.1, shade(a.accent, 0.55))
    canvas.stroke([(x, top + 0.06), *run], thick, a.accent)
    canvas.shape(ellipse(x, foot + 0.02, thick * 1.2, 0.08), a.accent)
