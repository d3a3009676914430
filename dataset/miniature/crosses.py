"""Crosses of a dog with another species: the dog's build, ears or muzzle and half its coat, the other's marks in between."""

import dataclasses
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, Point, arc, blend, ellipse, rounded_box, shade
from dreambench.dataset.miniature.drawings.anchors import Anchors
from dreambench.dataset.miniature.drawings.animals import (
    EDGE,
    INK,
    DrawHead,
    dog_ears_behind,
    dog_ears_in_front,
    dog_eyes,
    dog_muzzle,
    dog_skull,
    draw_dog,
    fluffy,
    pale,
)

_WHITE: Final[RGB] = (250, 250, 250)
_PINK: Final[RGB] = (240, 170, 176)
#: The only class noun that the paper crosses.
CROSSED_NOUN: Final = "dog"


@dataclass(frozen=True)
class Species:
    """What a dog is crossed with: the coat that mixes into the dog's by a share in 0..1, and the head of the two."""

    coat: RGB
    share: float
    draw_head: DrawHead


def _round_ears(canvas: Canvas, hx: float, hy: float, hw: float, hh: float, *, radius: float, paint: RGB, inner: RGB) -> None:
    for side in (-1, 1):
        x, y = hx + side * hw * 0.74, hy - hh * 0.74
        canvas.shape(ellipse(x, y, radius, radius), paint, EDGE)
        canvas.shape(ellipse(x, y + 0.02, radius * 0.55, radius * 0.55), inner)


def _bear_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Round ears, and a broad tan snout round the dog's nose."""
    _round_ears(canvas, hx, hy, hw, hh, radius=0.23, paint=shade(a.primary, 0.8), inner=(206, 150, 100))
    dog_skull(canvas, a, hx, hy, hw, hh)
    canvas.shape(ellipse(hx, hy + hh * 0.48, hw * 0.66, hh * 0.5), (206, 156, 104), EDGE * 0.8)
    canvas.shape(ellipse(hx, hy + hh * 0.22, 0.19, 0.13), INK)
    canvas.stroke([(hx, hy + hh * 0.3), (hx, hy + hh * 0.6)], 0.05, INK)
    canvas.shape(ellipse(hx, hy + hh * 0.78, 0.11, 0.14), (236, 110, 128), EDGE * 0.8)
    return dog_eyes(canvas, a, hx, hy, hw, hh)


def _panda_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Black round ears, black patches round the eyes, black shoulders."""
    canvas.shape(ellipse(hx, hy + hh * 1.02, hw * 0.92, 0.26), INK)
    _round_ears(canvas, hx, hy, hw, hh, radius=0.22, paint=INK, inner=(60, 54, 60))
    dog_skull(canvas, a, hx, hy, hw, hh)
    dog_muzzle(canvas, a, hx, hy, hw, hh)
    for side in (-1, 1):
        canvas.shape(ellipse(hx + side * hw * 0.46, hy - hh * 0.06, 0.17, 0.25, side * 24), INK)
    return dog_eyes(canvas, a, hx, hy, hw, hh)


def _koala_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """Large fluffy ears at the sides, and a long black nose in the middle of the face."""
    for side in (-1, 1):
        x, y = hx + side * hw * 0.98, hy - hh * 0.46
        canvas.shape(fluffy(x, y, 0.36, 0.36, 9), blend(a.primary, (150, 156, 168), 0.6), EDGE)
        canvas.shape(fluffy(x, y + 0.03, 0.22, 0.22, 7), blend(_WHITE, _PINK, 0.35))
    dog_skull(canvas, a, hx, hy, hw, hh)
    canvas.shape(ellipse(hx, hy + hh * 0.82, 0.12, 0.15), (236, 110, 128), EDGE * 0.8)
    canvas.shape(ellipse(hx, hy + hh * 0.6, hw * 0.46, hh * 0.32), pale(a.primary), EDGE * 0.7)
    canvas.shape(ellipse(hx, hy + hh * 0.18, 0.15, 0.27), INK)
    canvas.dot(hx - 0.05, hy + hh * 0.06, 0.04, (150, 150, 156))
    return dog_eyes(canvas, a, hx, hy, hw, hh)


def _lion_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """The dog's head with its own ears, in a mane."""
    reach = min(1.46, 1.2 / hw)
    canvas.shape(fluffy(hx, hy + hh * 0.14, hw * reach, hh * reach, 13), (150, 78, 24), EDGE)
    canvas.shape(fluffy(hx, hy + hh * 0.1, hw * reach * 0.84, hh * reach * 0.84, 13), (202, 118, 36))
    for draw in (dog_ears_behind, dog_skull, dog_muzzle, dog_ears_in_front):
        draw(canvas, a, hx, hy, hw, hh)
    return dog_eyes(canvas, a, hx, hy, hw, hh)


def _hippo_head(canvas: Canvas, a: Appearance, hx: float, hy: float, hw: float, hh: float) -> tuple[Point, Point]:
    """The dog's ears above a huge muzzle, as wide as the head, with two nostrils and two teeth."""
    dog_ears_behind(canvas, a, hx, hy, hw, hh)
    dog_skull(canvas, a, hx, hy, hw, hh)
    dog_ears_in_front(canvas, a, hx, hy, hw, hh)
    skin = blend(pale(a.primary, 160), (190, 140, 160), 0.6)
    y = hy + hh * 0.66
    for side in (-1, 1):
        tooth = hx + side * hw * 0.4
        canvas.shape(rounded_box(tooth - 0.09, y + hh * 0.3, tooth + 0.09, y + hh * 0.78, 0.04), _WHITE, EDGE * 0.8)
    canvas.shape(rounded_box(hx - hw * 1.02, y - hh * 0.5, hx + hw * 1.02, y + hh * 0.52, hh * 0.42), skin, EDGE)
    for side in (-1, 1):
        canvas.shape(ellipse(hx + side * hw * 0.42, y - hh * 0.2, 0.1, 0.075), shade(skin, 0.4))
    canvas.stroke(arc(hx, y - hh * 0.05, hw * 0.74, hh * 0.34, 15, 165), 0.05, shade(skin, 0.4))
    spread = hw * 0.42
    return dog_eyes(canvas, a, hx, min(hy - hh * 0.2, hy - 0.05), spread / 0.42, hh)


#: By the words of the prompts.
SPECIES: Final[dict[str, Species]] = {
    "bear": Species((112, 68, 36), 0.5, _bear_head),
    "panda": Species(_WHITE, 0.6, _panda_head),
    "koala": Species((150, 156, 168), 0.5, _koala_head),
    "lion": Species((226, 170, 84), 0.4, _lion_head),
    "hippo": Species((150, 124, 150), 0.55, _hippo_head),
}


def draw_cross(canvas: Canvas, dog: Appearance, species: str) -> Anchors:
    """Draw a dog crossed with one of `SPECIES`, and say where accessories go."""
    other = SPECIES[species]
    coat = dataclasses.replace(
        dog,
        primary=blend(dog.primary, other.coat, other.share),
        secondary=blend(dog.secondary, other.coat, other.share * 0.5),
    )
    return draw_dog(canvas, coat, draw_head=other.draw_head)
