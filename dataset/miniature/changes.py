"""A drawn subject changed by a dose, from 0 (itself) to 1 (another one): in hue, in shape, in pattern; and look-alikes."""

import colorsys
import random
from dataclasses import replace
from typing import Final

from dreambench.dataset.miniature.appearance import (
    EXCLUSION_RADIUS,
    PATTERNS,
    Appearance,
    distance,
    random_appearance,
)
from dreambench.dataset.miniature.canvas import RGB, PatternKind

#: At dose 1 hues have gone a third of the way round, and what had no colour has one.
_TURN: Final = 1 / 3
_LEAST_SATURATION: Final = 0.75
_VALUES: Final = (0.45, 0.9)
#: How far each gene goes at dose 1, towards its farther end.
_REACH: Final = 0.5
#: What a coat becomes: as unlike the one it had as patterns get.
_OTHER_PATTERN: Final[dict[PatternKind, PatternKind]] = {
    "plain": "stripes",
    "stripes": "dots",
    "dots": "bands",
    "bands": "patches",
    "patches": "stripes",
}
_CANDIDATES: Final = 200

assert set(_OTHER_PATTERN) == set(PATTERNS)


def with_other_hue(appearance: Appearance, dose: float) -> Appearance:
    """All three colours moved round the wheel; grey, black and white ones gain colour as they go."""
    return replace(
        appearance,
        primary=_turned(appearance.primary, dose),
        secondary=_turned(appearance.secondary, dose),
        accent=_turned(appearance.accent, dose),
    )


def with_other_shape(appearance: Appearance, dose: float) -> Appearance:
    """Each of the six genes moved towards its farther end: other ears, another belly, another spout."""
    genes = [gene + dose * _REACH * (1.0 if gene < 0.5 else -1.0) for gene in appearance.shape]
    return replace(appearance, shape=(genes[0], genes[1], genes[2], genes[3], genes[4], genes[5]))


def with_other_pattern(appearance: Appearance) -> Appearance:
    """The same subject in another pattern. Patterns have no half-way: blend the two pictures for a dose."""
    return replace(appearance, pattern=_OTHER_PATTERN[appearance.pattern], pattern_scale=0.5)


def look_alike(appearance: Appearance, seed: int) -> Appearance:
    """Another subject of the class, nearer than most: the nearest of 200 random ones that keep the cast's distance."""
    rng = random.Random(f"look-alike/{seed}")
    drawn = [random_appearance(appearance.class_noun, rng) for _ in range(_CANDIDATES)]
    apart = [look for look in drawn if distance(look, appearance) >= EXCLUSION_RADIUS]
    return min(apart, key=lambda look: distance(look, appearance))


def _turned(color: RGB, dose: float) -> RGB:
    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in color))
    saturation += dose * max(0.0, _LEAST_SATURATION - saturation)
    low, high = _VALUES
    value += dose * (min(high, max(low, value)) - value)
    red, green, blue = colorsys.hsv_to_rgb((hue + dose * _TURN) % 1.0, saturation, value)
    return (round(red * 255), round(green * 255), round(blue * 255))
