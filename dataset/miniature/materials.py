"""What a subject can be made of, as prompts ask: gold, wood, stone, glass.

A material reworks the drawn subject in place, as `properties` does: forms, face and pattern stay, the colours become the
material's. Later drawings on the same canvas (accessories) keep their own.
"""

import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageOps

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, blend, ellipse
from dreambench.dataset.miniature.properties import paste_on_body

Ramp = tuple[RGB, RGB, RGB]
"""Dark, middle and light shade of a material."""

_GOLD: Final[Ramp] = ((112, 66, 6), (226, 166, 26), (255, 238, 140))
_WOOD: Final[Ramp] = ((92, 52, 24), (184, 120, 62), (230, 184, 122))
_STONE: Final[Ramp] = ((70, 72, 76), (142, 142, 140), (200, 200, 196))
#: The middle of a subject's lightness is moved to the ramp's middle, within these bounds.
_MEDIANS: Final = (0.12, 0.88)
#: How much of a glass body's own colour stays, 0..1; the rest is what stands behind it.
GLASS_BODY: Final = 0.24


def _tones(canvas: Canvas) -> Image.Image:
    """The body's lightness, spread over the whole range with its median in the middle: black and white dogs get all shades."""
    alpha = canvas.image.getchannel("A")
    tones = ImageOps.autocontrast(canvas.image.convert("L"), cutoff=1, mask=alpha)
    counts = tones.histogram(alpha)
    half, seen, median = sum(counts) / 2, 0, 0
    while median < 255 and seen + counts[median] < half:
        seen += counts[median]
        median += 1
    low, high = _MEDIANS
    power = math.log(0.5) / math.log(min(high, max(low, median / 255)))
    return tones.point([round(255 * (level / 255) ** power) for level in range(256)])


def own_chance(appearance: Appearance) -> random.Random:
    """Where grain, cracks and reflections lie: the subject's own, the same in every picture of it."""
    return random.Random(f"material/{appearance.paint().seed}")


def recast(canvas: Canvas, ramp: Ramp) -> None:
    """Give the body the shades of a material."""
    dark, middle, light = ramp
    shades = [blend(dark, middle, i / 127) if i < 128 else blend(middle, light, (i - 128) / 127) for i in range(256)]
    tones = _tones(canvas)
    channels = [tones.point([shade[channel] for shade in shades]) for channel in range(3)]
    canvas.image.paste(Image.merge("RGBA", (*channels, canvas.image.getchannel("A"))))


def _streaks(canvas: Canvas, streaks: tuple[tuple[float, float, RGB, float], ...]) -> None:
    """Slanting reflections over the body: (left edge, width, colour, opacity)."""
    for left, width, color, opacity in streaks:
        layer = Canvas(canvas.pose)
        layer.shape([(left + 0.5, -1.3), (left + width + 0.5, -1.3), (left + width - 0.6, 1.3), (left - 0.6, 1.3)], color)
        paste_on_body(canvas, layer.image, opacity)


def _golden(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Polished metal: bright and dark reflections side by side."""
    recast(canvas, _GOLD)
    start = own_chance(appearance).uniform(-0.15, 0.1)
    _streaks(
        canvas,
        (
            (start - 0.62, 0.2, (120, 66, 0), 0.5),
            (start - 0.38, 0.2, (255, 250, 214), 0.85),
            (start + 0.2, 0.28, (128, 72, 0), 0.5),
            (start + 0.52, 0.1, (255, 246, 190), 0.8),
        ),
    )


def _wooden(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Planed wood: wavy grain across the body, and a knot."""
    recast(canvas, _WOOD)
    own = own_chance(appearance)
    layer, phase = Canvas(canvas.pose), own.uniform(0, 6)
    for row in range(13):
        y = -1.15 + 0.19 * row + own.uniform(-0.03, 0.03)
        grain = [(-1.3 + 0.26 * i, y + 0.06 * math.sin(phase + 0.7 * i + 0.3 * row)) for i in range(11)]
        layer.stroke(grain, 0.05, (84, 44, 18))
    x, y = own.uniform(-0.3, 0.3), own.uniform(0.3, 0.55)
    for radius, color in ((0.22, (84, 44, 18)), (0.16, (176, 112, 56)), (0.1, (84, 44, 18))):
        layer.shape(ellipse(x, y, radius * 1.5, radius), color)
    paste_on_body(canvas, layer.image, 0.62)


def _stone(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Rough grey stone: grains, and cracks that run down the body."""
    recast(canvas, _STONE)
    own = own_chance(appearance)
    grains, cracks = Canvas(canvas.pose), Canvas(canvas.pose)
    for i in range(70):
        color = (84, 86, 90) if i % 2 else (222, 222, 216)
        grains.dot(own.uniform(-1.1, 1.1), own.uniform(-1.1, 1.0), own.uniform(0.03, 0.06), color)
    for start in (-0.45, 0.35):
        x, y = start + own.uniform(-0.2, 0.2), own.uniform(-0.5, -0.1)
        crack = [(x, y)]
        for _ in range(4):
            x, y = x + own.uniform(-0.2, 0.2), y + 0.2
            crack.append((x, y))
        cracks.stroke(crack, 0.055, (44, 46, 50))
    paste_on_body(canvas, grains.image, 0.55)
    paste_on_body(canvas, cracks.image, 0.9)


def _transparent(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Clear glass: rim, inner lines and a gleam stay; through the rest one sees what stands behind."""
    alpha = canvas.image.getchannel("A")
    tones = canvas.image.convert("L")
    lines = ImageChops.difference(tones, tones.filter(ImageFilter.BoxBlur(3))).point([min(150, 3 * i) for i in range(256)])
    rim = ImageChops.subtract(alpha, alpha.filter(ImageFilter.MinFilter(7))).point([round(0.8 * i) for i in range(256)])
    gleam, left = Canvas(canvas.pose), own_chance(appearance).uniform(-0.5, -0.3)
    for start, width in ((left, 0.14), (left + 0.24, 0.06)):
        gleam.shape([(start + 0.5, -1.3), (start + width + 0.5, -1.3), (start + width - 0.6, 1.3), (start - 0.6, 1.3)],
                    (255, 255, 255))  # fmt: skip
    paste_on_body(canvas, gleam.image)
    shine = ImageChops.multiply(gleam.image.getchannel("A"), alpha).point([round(0.7 * i) for i in range(256)])
    kept = alpha.point([round(GLASS_BODY * i) for i in range(256)])
    for more in (ImageChops.multiply(lines, alpha), rim, shine):
        kept = ImageChops.lighter(kept, more)
    canvas.image.putalpha(kept)


#: What is done to the drawn subject, by the words of the prompt.
MATERIALS: Final[dict[str, Callable[[Canvas, Appearance, random.Random], None]]] = {
    "transparent": _transparent,
    "golden": _golden,
    "wooden": _wooden,
    "made of stone": _stone,
}
#: Those whose words follow the class noun: "a dog made of stone", but "a golden dog".
AFTER_THE_NOUN: Final = frozenset({"made of stone"})
