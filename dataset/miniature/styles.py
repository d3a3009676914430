"""How painters would have painted a scene: six manners that differ in stroke, palette and texture.

Each takes the drawn picture, RGB at the canvas's size, and returns it painted. Chance decides only where strokes lie, so
equal seeds give equal pixels.
"""

import math
import random
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from dreambench.dataset.miniature.canvas import CANVAS_SIZE, RGB, SUPERSAMPLING, blend

Painter = Callable[[Image.Image, random.Random], Image.Image]
_CREAM: Final[RGB] = (238, 228, 200)


def _strokes(
    picture: Image.Image,
    ground: Image.Image,
    rng: random.Random,
    *,
    pitch: int,
    reach: float,
    width: int,
    angle_at: Callable[[float, float], float],
    tints: tuple[RGB, ...],
    tint: float,
) -> Image.Image:
    """Cover a ground with curved strokes that take their colours from the picture, some of them tinted."""
    painted, colors = ground.copy(), picture.reduce(SUPERSAMPLING).load()
    assert colors is not None
    draw, most = ImageDraw.Draw(painted), CANVAS_SIZE // SUPERSAMPLING - 1
    for row in range(0, CANVAS_SIZE + pitch, pitch):
        for column in range(0, CANVAS_SIZE + pitch, pitch):
            x, y = column + rng.uniform(-0.5, 0.5) * pitch, row + rng.uniform(-0.5, 0.5) * pitch
            color: RGB = colors[min(most, max(0, int(x) // SUPERSAMPLING)), min(most, max(0, int(y) // SUPERSAMPLING))]  # type: ignore[assignment]
            turn = angle_at(x / CANVAS_SIZE, y / CANVAS_SIZE)
            dx, dy, bend = reach * math.cos(turn), reach * math.sin(turn), 0.25
            line = [(x - dx, y - dy), (x - dy * bend, y + dx * bend), (x + dx, y + dy)]
            draw.line(line, fill=blend(color, rng.choice(tints), tint * rng.random()), width=width)
    return painted


def _van_gogh(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Thick strokes that swirl round three centres, in strong blues and yellows."""
    strong = ImageEnhance.Color(picture).enhance(1.5)
    centres = [(rng.uniform(0.1, 0.9), rng.uniform(0.0, 0.45)) for _ in range(3)]

    def swirl(x: float, y: float) -> float:
        cx, cy = min(centres, key=lambda centre: (x - centre[0]) ** 2 + (y - centre[1]) ** 2)
        return math.atan2(y - cy, x - cx) + math.pi / 2

    tints: tuple[RGB, ...] = ((16, 50, 150), (60, 130, 220), (255, 214, 60), (20, 60, 110))
    painted = _strokes(strong, strong, rng, pitch=13, reach=13, width=7, angle_at=swirl, tints=tints, tint=0.75)
    return Image.blend(painted, strong, 0.15)


def _seurat(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Dots of pure colour on a cream ground."""
    strong = ImageEnhance.Color(picture).enhance(1.7)
    painted, colors = Image.new("RGB", picture.size, _CREAM), strong.reduce(SUPERSAMPLING).load()
    assert colors is not None
    draw, pitch = ImageDraw.Draw(painted), 9
    tints: tuple[RGB, ...] = ((255, 150, 60), (60, 90, 220), (250, 230, 90), (220, 60, 110), (40, 160, 120))
    most = CANVAS_SIZE // SUPERSAMPLING - 1
    for row in range(CANVAS_SIZE // pitch + 1):
        for column in range(CANVAS_SIZE // pitch + 1):
            x, y = (column + 0.5 * (row % 2)) * pitch, row * pitch
            color: RGB = colors[min(most, int(x) // SUPERSAMPLING), min(most, y // SUPERSAMPLING)]  # type: ignore[assignment]
            color = blend(color, rng.choice(tints), 0.4 * rng.random())
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=color)
    return painted


def _renoir(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Feathery slanting touches in light, rosy colours."""
    rosy = Image.blend(picture, Image.new("RGB", picture.size, (255, 206, 190)), 0.4)
    tints: tuple[RGB, ...] = ((255, 236, 222), (246, 150, 160), (150, 190, 220), (190, 214, 150))
    soft = rosy.filter(ImageFilter.BoxBlur(6))
    painted = _strokes(
        rosy, soft, rng, pitch=14, reach=11, width=5, angle_at=lambda x, y: 2.2 + rng.uniform(-0.4, 0.4), tints=tints, tint=0.6
    )
    return Image.blend(painted, rosy, 0.3)


def _rembrandt(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Brown varnish, and one warm light on the subject: everything else lies in the dark."""
    brown = Image.new("RGB", picture.size, (150, 96, 44))
    warm = ImageChops.multiply(picture, Image.blend(brown, Image.new("RGB", picture.size, (255, 226, 170)), 0.8))
    dark = Image.blend(ImageChops.multiply(warm, brown), Image.new("RGB", picture.size, (20, 10, 4)), 0.72)
    gloom = Image.radial_gradient("L").point([min(255, max(0, round((level - 70) * 3))) for level in range(256)])
    return Image.composite(dark, warm, ImageChops.offset(gloom, rng.randint(-8, 8), rng.randint(-4, 12)))


def _vermeer(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A leaded window at the left throws its light into a room of ultramarine and lead-tin yellow."""
    grey = picture.convert("L")
    dark, light = (24, 48, 120), (252, 238, 176)
    ramp = [blend(dark, light, (level / 255) ** 0.9) for level in range(256)]
    toned = Image.merge("RGB", [grey.point([color[channel] for color in ramp]) for channel in range(3)])
    room = Image.blend(picture, toned, 0.62)
    shade = Image.linear_gradient("L").rotate(90).point([max(0, level - 70) for level in range(256)])
    room = Image.composite(Image.new("RGB", picture.size, (16, 26, 66)), room, shade)
    draw, lead, top = ImageDraw.Draw(room), (40, 40, 56), rng.randint(6, 20)
    draw.polygon([(0, top), (58, top + 20), (58, top + 112), (0, top + 122)], fill=(255, 250, 220))
    for i in range(4):
        x, slant = i * 19, i * 20 / 3
        draw.line([(x, top + slant), (x, top + 122 - i * 10 / 3)], fill=lead, width=5)
        y = top + i * 122 / 3
        draw.line([(0, y), (58, top + 20 + i * 92 / 3)], fill=lead, width=5)
    return room


def _leonardo(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A drawing in red-brown chalk on old paper: outlines, and shade by slanting lines alone."""
    grey = picture.convert("L")
    paper = Image.new("RGB", picture.size, (232, 212, 172))
    lines = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(4))).point(
        [min(255, level * 5) for level in range(256)]
    )
    ink, start = lines, rng.randint(0, 9)
    for below, slope, pitch in ((140, 1, 16), (80, -1, 16)):
        hatch = Image.new("L", picture.size, 0)
        draw = ImageDraw.Draw(hatch)
        for x in range(start - CANVAS_SIZE, 2 * CANVAS_SIZE, pitch):
            draw.line([(x, 0), (x + slope * CANVAS_SIZE, CANVAS_SIZE)], fill=170, width=5)
        tone = grey.point([255 if level < below else 0 for level in range(256)])
        ink = ImageChops.lighter(ink, ImageChops.multiply(hatch, tone))
    return Image.composite(Image.new("RGB", picture.size, (112, 54, 26)), paper, ink)


#: Who paints, by the name in "in the style of ...".
PAINTERS: Final[dict[str, Painter]] = {
    "Vincent van Gogh": _van_gogh,
    "Rembrandt": _rembrandt,
    "Johannes Vermeer": _vermeer,
    "Pierre-Auguste Renoir": _renoir,
    "Leonardo da Vinci": _leonardo,
    "Georges Seurat": _seurat,
}
