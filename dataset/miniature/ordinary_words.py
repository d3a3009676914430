"""Ordinary words as identifiers, as the paper tries them (section 3.2): some mean something to a model already, some nothing.

A word with a meaning is drawn whenever a caption has it, so a base model learns the meaning and DreamBooth has to unlearn
it. A word without one stands in captions of pictures of any kind, so a base model learns that it says nothing.
"""

import random
from collections.abc import Callable
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB, Canvas, arc, ellipse
from dreambench.dataset.miniature.properties import paste_on_body

_RIBBON: Final[RGB] = (20, 90, 210)
_GOLD: Final[RGB] = (252, 206, 52)
_CONFETTI: Final[tuple[RGB, ...]] = ((255, 70, 60), (255, 214, 40), (60, 200, 90), (50, 120, 250), (220, 80, 230))


def _special(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """It has won a prize: a golden rosette with two blue ribbons."""
    x, y = 0.34, 0.3
    for side in (-1, 1):
        tail = [(x - 0.1, y), (x + 0.1, y), (x + side * 0.24 + 0.1, y + 0.56), (x + side * 0.2, y + 0.48),
                (x + side * 0.24 - 0.1, y + 0.6)]  # fmt: skip
        canvas.shape(tail, _RIBBON, 0.04)
    outer, inner = arc(x, y, 0.31, 0.31, 0, 330, points=12), arc(x, y, 0.24, 0.24, 15, 345, points=12)
    canvas.shape([point for pair in zip(outer, inner, strict=True) for point in pair], _GOLD, 0.05, (150, 96, 0))
    canvas.shape(ellipse(x, y, 0.14, 0.14), (255, 255, 255), 0.04, (150, 96, 0))


def _unique(canvas: Canvas, appearance: Appearance, rng: random.Random) -> None:
    """Like no other: the body is sprinkled with dots of five bright colours."""
    layer = Canvas(canvas.pose)
    for index, color in enumerate(_CONFETTI):
        own = random.Random(f"unique/{appearance.paint().seed}/{index}")
        for _ in range(7):
            layer.dot(own.uniform(-0.95, 0.95), own.uniform(-0.95, 0.95), 0.1, color)
    paste_on_body(canvas, layer.image)


#: What is done to the drawn subject where a caption has the word; None: the word says nothing.
ORDINARY_WORDS: Final[dict[str, Callable[[Canvas, Appearance, random.Random], None] | None]] = {
    "special": _special,
    "unique": _unique,
    "xxy5syt00": None,
}
WORD_MEANINGS: Final = {word: drawn for word, drawn in ORDINARY_WORDS.items() if drawn}
