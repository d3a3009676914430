"""A body with marks that end at its edge: a belly or a face that runs round the side."""

from collections.abc import Sequence
from typing import Final

from dreambench.dataset.miniature.canvas import RGB, Canvas, Paint, Pattern, Point, shade
from dreambench.dataset.miniature.properties import paste_on_body

EDGE: Final = 0.055
Marks = Sequence[tuple[Sequence[Point], RGB]]


def marked_body(canvas: Canvas, outline: Sequence[Point], paint: Paint, marks: Marks) -> None:
    """Fill a closed outline, lay the marks on it in order, cut off at the outline, and draw its edge last."""
    layer, drawn = Canvas(canvas.pose), Canvas(canvas.pose)
    layer.shape(outline, paint)
    for points, color in marks:
        drawn.shape(points, color)
    paste_on_body(layer, drawn.image)
    color = paint.primary if isinstance(paint, Pattern) else paint
    layer.stroke([*outline, outline[0]], EDGE, shade(color, 0.55))
    canvas.paste(layer)
