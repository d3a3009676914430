"""The drawings of the 15 class nouns."""

from collections.abc import Callable
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas
from dreambench.dataset.miniature.drawings.anchors import Anchors
from dreambench.dataset.miniature.drawings.animals import draw_cat, draw_dog
from dreambench.dataset.miniature.drawings.clock import draw_clock
from dreambench.dataset.miniature.drawings.figures import draw_cartoon, draw_stuffed_animal
from dreambench.dataset.miniature.drawings.footwear import draw_boot, draw_sneaker
from dreambench.dataset.miniature.drawings.toys import draw_toy
from dreambench.dataset.miniature.drawings.vessels import draw_bowl, draw_can, draw_candle, draw_teapot, draw_vase
from dreambench.dataset.miniature.drawings.wearables import draw_backpack, draw_glasses

DRAWINGS: Final[dict[str, Callable[[Canvas, Appearance], Anchors]]] = {
    "backpack": draw_backpack,
    "boot": draw_boot,
    "bowl": draw_bowl,
    "can": draw_can,
    "candle": draw_candle,
    "cartoon": draw_cartoon,
    "cat": draw_cat,
    "clock": draw_clock,
    "dog": draw_dog,
    "glasses": draw_glasses,
    "sneaker": draw_sneaker,
    "stuffed animal": draw_stuffed_animal,
    "teapot": draw_teapot,
    "toy": draw_toy,
    "vase": draw_vase,
}


def draw_subject(canvas: Canvas, appearance: Appearance) -> Anchors:
    """Draw a subject on a canvas with a pose and say where accessories go."""
    return DRAWINGS[appearance.class_noun](canvas, appearance)


__all__ = ["DRAWINGS", "Anchors", "draw_subject"]
