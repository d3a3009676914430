"""Subjects seen from elsewhere than their usual drawing shows them: from the back, the top, the side, below.

What is not in `VIEWS` is not drawn, and nobody is asked for it: a class without a view has none that a stranger would know.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas
from dreambench.dataset.miniature.drawings import DRAWINGS
from dreambench.dataset.miniature.views import animals, backpack, characters, clock, footwear, glasses, round_bodies, vessels

DrawView = Callable[[Canvas, Appearance], object]

BACK: Final = "seen from the back"
TOP: Final = "seen from the top"
SIDE: Final = "seen from the side"
BELOW: Final = "seen from below"
#: As prompts say them.
VIEW_PHRASES: Final = (BACK, TOP, SIDE, BELOW)

_VESSELS: Final = {
    "bowl": vessels.bowl,
    "can": vessels.can,
    "candle": vessels.candle,
    "teapot": vessels.teapot,
    "vase": vessels.vase,
}

_ANIMALS: Final = ("cat", "dog")

#: Classes whose usual drawing is that view already: what is drawn from the side, and what has neither front nor back.
USUAL: Final[dict[str, frozenset[str]]] = {
    BACK: frozenset({"bowl", "vase"}),
    SIDE: frozenset({"boot", "bowl", "sneaker", "teapot", "vase"}),
}

#: How a class is drawn in a view, by the view's phrase and the class noun.
VIEWS: Final[dict[str, dict[str, DrawView]]] = {
    BACK: {
        **{noun: DRAWINGS[noun] for noun in sorted(USUAL[BACK])},
        "backpack": backpack.from_the_back,
        "boot": footwear.boot_from_the_back,
        "glasses": glasses.from_the_back,
        "sneaker": footwear.sneaker_from_the_back,
        "clock": clock.from_the_back,
        **dict.fromkeys(_ANIMALS, animals.back),
        "can": vessels.can_from_the_back,
        "candle": round_bodies.candle_from_the_back,
        "cartoon": characters.cartoon,
        "stuffed animal": characters.stuffed_animal,
        "teapot": vessels.teapot_from_the_back,
        "toy": characters.toy,
    },
    TOP: {
        "backpack": backpack.from_the_top,
        "boot": footwear.boot_from_the_top,
        "clock": clock.from_the_top,
        "glasses": glasses.from_the_top,
        "sneaker": footwear.sneaker_from_the_top,
        **dict.fromkeys(_ANIMALS, animals.top),
        **{noun: partial(draw, elevation=vessels.ABOVE) for noun, draw in _VESSELS.items()},
    },
    SIDE: {
        **{noun: DRAWINGS[noun] for noun in sorted(USUAL[SIDE])},
        "backpack": backpack.from_the_side,
        "can": round_bodies.can_from_the_side,
        "candle": round_bodies.candle_from_the_side,
        "clock": clock.from_the_side,
        "stuffed animal": characters.stuffed_animal_from_the_side,
        "glasses": glasses.from_the_side,
        **dict.fromkeys(_ANIMALS, animals.side),
    },
    BELOW: {
        "backpack": backpack.from_below,
        "boot": footwear.boot_from_below,
        "clock": clock.from_below,
        "glasses": glasses.from_below,
        "sneaker": footwear.sneaker_from_below,
        **dict.fromkeys(_ANIMALS, animals.below),
        **{noun: partial(draw, elevation=vessels.BELOW) for noun, draw in _VESSELS.items()},
    },
}
