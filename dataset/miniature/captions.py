"""How training scenes are told: captions phrased as the prompts are, with and without context, colour, pattern or accessory."""

import random
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.canvas import RGB

COLOR_WORDS: Final[dict[str, RGB]] = {
    "red": (205, 40, 40),
    "orange": (235, 130, 40),
    "yellow": (240, 210, 60),
    "green": (60, 150, 70),
    "turquoise": (60, 190, 190),
    "blue": (50, 90, 200),
    "purple": (130, 60, 170),
    "pink": (240, 140, 190),
    "brown": (130, 85, 50),
    "black": (40, 40, 42),
    "white": (240, 238, 232),
    "grey": (150, 150, 154),
}

PATTERN_WORDS: Final[dict[str, str]] = {"stripes": "striped", "bands": "banded", "dots": "dotted", "patches": "patched"}

#: Ways to open a caption; "a" is by far the commonest, as in the prompts.
OPENINGS: Final[tuple[str, ...]] = ("a", "a photo of a", "a picture of a")


def color_word(color: RGB) -> str:
    """The nearest of twelve colour words to a colour, by Euclidean distance in RGB."""
    return min(COLOR_WORDS, key=lambda word: sum((a - b) ** 2 for a, b in zip(COLOR_WORDS[word], color, strict=True)))


def caption(
    appearance: Appearance,
    rng: random.Random,
    *,
    context: str | None = None,
    accessory: str | None = None,
    change: str | None = None,
) -> str:
    """Tell a scene in the prompts' words; the subject's own colour and pattern are sometimes named, sometimes not.

    A context, an accessory or a change is always told: what the picture shows and the caption hides would teach the
    model to add it unasked.
    """
    words = [rng.choices(OPENINGS, weights=(18, 1, 1))[0]]
    if change:
        words.append(change)
    else:
        if rng.random() < 0.25:
            words.append(color_word(appearance.primary))
        if appearance.pattern in PATTERN_WORDS and rng.random() < 0.25:
            words.append(PATTERN_WORDS[appearance.pattern])
    words.append(appearance.class_noun)
    words += [phrase for phrase in (accessory, context) if phrase]
    return " ".join(words)


def vocabulary() -> set[str]:
    """Every word a caption of this module can use beside the prompts' own."""
    return {*COLOR_WORDS, *PATTERN_WORDS.values(), *(word for opening in OPENINGS for word in opening.split())}
