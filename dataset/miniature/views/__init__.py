"""Subjects seen from elsewhere than their usual drawing shows them: from the back, the top, the side, below.

What is not in `VIEWS` is not drawn, and nobody is asked for it: a class without a view has none that a stranger would know.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import Canvas
from dreambench.dataset.miniature.drawings import DRAWINGS
from dreambench.dataset.miniature.views import (
    animals,
    backpack,
    characters_back,
    characters_below,
    characters_side,
    characters_top,
    clock,
    footwear,
    glasses,
    round_bodies,
    vessels,
)

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

#: The same for single forms of a class: toys that are always drawn in profile.
USUAL_FORMS: Final[dict[str, dict[str, frozenset[int]]]] = {SIDE: {"toy": characters_side.PROFILES}}

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
        "cartoon": characters_back.cartoon,
        "stuffed animal": characters_back.stuffed_animal,
        "teapot": vessels.teapot_from_the_back,
        "toy": characters_back.toy,
    },
    TOP: {
        "backpack": backpack.from_the_top,
        "cartoon": characters_top.cartoon,
        "stuffed animal": characters_top.stuffed_animal,
        "toy": characters_top.toy,
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
        "cartoon": characters_side.cartoon,
        "clock": clock.from_the_side,
        "glasses": glasses.from_the_side,
        "stuffed animal": characters_side.stuffed_animal,
        "toy": characters_side.toy,
        **dict.fromkeys(_ANIMALS, animals.side),
    },
    BELOW: {
        "backpack": backpack.from_below,
        "cartoon": characters_below.cartoon,
        "stuffed animal": characters_below.stuffed_animal,
        "toy": characters_below.toy,
        "boot": footwear.boot_from_below,
        "clock": clock.from_below,
        "glasses": glasses.from_below,
        "sneaker": footwear.sneaker_from_below,
        **dict.fromkeys(_ANIMALS, animals.below),
        **{noun: partial(draw, elevation=vessels.BELOW) for noun, draw in _VESSELS.items()},
    },
}
