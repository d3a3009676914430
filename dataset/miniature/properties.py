"""Changes of a subject that prompts ask for: a colour, shine, wetness, the form of a cube.

Colour changes work on the appearance before drawing (`recolored`); the others rework the drawn subject (`PROPERTIES`).
They paint into the body's picture in place, because the canvas goes on drawing accessories on that same picture.
"""

import dataclasses
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import CANVAS_SIZE, RGB, Canvas, Point, Pose, blend, shade, smooth

#: Dark, middle and light shade of each hue subjects can be moved into.
_RAMPS: Final[dict[str, tuple[RGB, RGB, RGB]]] = {
    "red": ((104, 8, 16), (218, 24, 34), (255, 138, 128)),
    "purple": ((58, 14, 92), (136, 44, 186), (206, 150, 244)),
    "blue": ((8, 26, 108), (30, 84, 220), (146, 194, 255)),
    "yellow": ((160, 112, 0), (250, 210, 26), (255, 243, 150)),
}

#: Body colours whose lightness differs by less than this are drawn apart, or a pattern in them would vanish.
_LEAST_STEP: Final = 0.34


def _lightness(color: RGB) -> float:
    return (0.3 * color[0] + 0.59 * color[1] + 0.11 * color[2]) / 255


def recolored(appearance: Appearance, change: str) -> Appearance:
    """The appearance in shades of one hue if `change` is a colour, dark and light parts kept; else the appearance itself."""
    if change not in _RAMPS:
        return appearance
    dark, middle, light = _RAMPS[change]

    def shade_for(level: float) -> RGB:
        return blend(dark, middle, level * 2) if level < 0.5 else blend(middle, light, level * 2 - 1)

    primary, secondary, accent = (_lightness(color) for color in (appearance.primary, appearance.secondary, appearance.accent))
    # The primary stays near the pure hue, so that "red" is what one sees first.
    first = 0.38 + 0.24 * primary
    step = secondary - primary
    step = max(step, _LEAST_STEP) if step >= 0 else min(step, -_LEAST_STEP)
    second = min(1.0, max(0.0, first + step))
    return dataclasses.replace(
        appearance,
        primary=shade_for(first),
        secondary=shade_for(second),
        accent=shade_for(0.2 + 0.7 * accent),
    )


def _unchanged(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Colour changes are done before drawing."""


def _upright(pose: Pose | None) -> Pose:
    """The body's place without its tilt: water falls straight down."""
    return dataclasses.replace(pose or Pose(), rotation=0.0)


def paste_on_body(canvas: Canvas, layer: Image.Image, opacity: float = 1.0) -> None:
    """Lay a picture over the body only where the body is."""
    alpha = ImageChops.multiply(layer.getchannel("A"), canvas.image.getchannel("A"))
    if opacity < 1:
        alpha = alpha.point([round(level * opacity) for level in range(256)])
    body = canvas.image.getchannel("A")
    canvas.image.paste(layer, mask=alpha)
    canvas.image.putalpha(body)


def _sparkle(canvas: Canvas, center: Point, radius: float) -> None:
    x, y = center
    waist = radius * 0.24
    for grow, color in ((1.0, (240, 176, 20)), (0.68, (255, 255, 255))):
        reach, inner = radius * grow, waist * grow
        star = [
            (0.0, -reach),
            (inner, -inner),
            (reach, 0.0),
            (inner, inner),
            (0.0, reach),
            (-inner, inner),
            (-reach, 0.0),
            (-inner, -inner),
        ]
        canvas.shape([(x + dx, y + dy) for dx, dy in star], color)


def _shiny(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Brighter, a bold white streak across the body, sparkles around it."""
    wash = Image.new("RGBA", canvas.image.size, (255, 255, 255, 255))
    paste_on_body(canvas, wash, 0.12)
    layer = Canvas(canvas.pose)
    start = rng.uniform(-0.12, 0.08)
    for left, width in ((start - 0.2, 0.22), (start + 0.12, 0.09)):
        layer.shape(
            [(left + 0.5, -1.1), (left + width + 0.5, -1.1), (left + width - 0.6, 1.1), (left - 0.6, 1.1)], (255, 255, 255)
        )
    paste_on_body(canvas, layer.image, 0.8)
    for x, y, radius in ((0.72, -0.72, 0.36), (-0.8, -0.3, 0.28), (0.74, 0.42, 0.26)):
        _sparkle(canvas, (x + rng.uniform(-0.08, 0.08), y + rng.uniform(-0.08, 0.08)), radius)


_DROP: Final[RGB] = (150, 220, 255)


def _drop(canvas: Canvas, x: float, y: float, size: float) -> None:
    outline = smooth([(x, y - size * 1.5), (x + size * 0.75, y), (x, y + size * 0.8), (x - size * 0.75, y)], detail=5)
    canvas.shape(outline, _DROP, 0.05, (24, 92, 190))


def _wet(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Darker and bluer, covered in drops that also fall around it, standing in a puddle."""
    paste_on_body(canvas, Image.new("RGBA", canvas.image.size, (20, 60, 140, 255)), 0.3)
    pose = _upright(canvas.pose)
    picture = Canvas(pose)
    puddle = smooth(
        [(-1.15, 0.98), (-0.7, 0.8), (0.0, 0.86), (0.75, 0.78), (1.15, 1.0), (0.6, 1.16), (-0.1, 1.1), (-0.75, 1.18)]
    )
    picture.shape(puddle, (110, 190, 245), 0.05, (36, 110, 200))
    picture.paste(canvas)
    for x, y in ((-0.5, -0.15), (0.45, 0.1), (-0.35, 0.5), (0.3, 0.6)):  # running down the body
        _drop(picture, x + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.1, 0.1), 0.15)
    for x, y in ((-1.0, -0.6), (-0.95, 0.3), (0.98, -0.3), (1.0, 0.5), (0.6, -1.0), (-0.5, -1.1)):  # falling around it
        _drop(picture, x + rng.uniform(-0.1, 0.1), y + rng.uniform(-0.12, 0.12), 0.14)
    canvas.image.paste(picture.image)


def _cube_shaped(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """A cube that wears the subject on its front."""
    extent = canvas.image.getchannel("A").getbbox()
    if extent is None:
        return
    pose = _upright(canvas.pose)
    cube = Canvas(pose)
    left, top, right, bottom, depth = -0.98, -0.52, 0.52, 0.98, 0.46
    color = appearance.primary
    top_face = [(left, top), (left + depth, top - depth), (right + depth, top - depth), (right, top)]
    side_face = [(right, top), (right + depth, top - depth), (right + depth, bottom - depth), (right, bottom)]
    front_face = [(left, top), (right, top), (right, bottom), (left, bottom)]
    cube.shape(top_face, shade(color, 1.45))
    cube.shape(side_face, shade(color, 0.62))
    cube.shape(front_face, color)
    (x0, y0), (x1, _) = pose.to_frame((left, top)), pose.to_frame((right, bottom))
    place = (round(min(x0, x1) * CANVAS_SIZE), round(y0 * CANVAS_SIZE))
    size = round(abs(x1 - x0) * CANVAS_SIZE)
    wear = canvas.image.crop(extent).resize((size, size), Image.Resampling.BILINEAR)
    cube.image.alpha_composite(wear, place)
    edge = shade(color, 0.35) if sum(color) > 150 else (120, 120, 130)
    for face in (top_face, side_face, front_face):
        cube.stroke([*face, face[0]], 0.07, edge)
    canvas.image.paste(cube.image)


#: What is done to the drawn subject, by the word of the prompt.
PROPERTIES: Final[dict[str, Callable[[Canvas, Appearance, random.Random], None]]] = {
    "red": _unchanged,
    "purple": _unchanged,
    "blue": _unchanged,
    "yellow": _unchanged,
    "shiny": _shiny,
    "wet": _wet,
    "cube shaped": _cube_shaped,
}
