"""What a drawn subject looks like: a point in the parameter space of its class, one at random, how far apart two are."""

import colorsys
import math
import random
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.miniature.canvas import RGB, Pattern, PatternKind

PATTERNS: Final[tuple[PatternKind, ...]] = ("plain", "stripes", "dots", "bands", "patches")

#: How many silhouettes ("forms") each class noun has; a drawing reads the form as an index.
FORMS: Final[dict[str, int]] = {
    "backpack": 2,  # plain rucksack, animal-face rucksack
    "stuffed animal": 3,  # bear, sloth, wolf
    "bowl": 2,  # round, footed
    "can": 2,  # slim, squat
    "candle": 2,  # jar, pillar
    "cat": 2,  # sitting, standing
    "clock": 2,  # alarm clock, wall clock
    "sneaker": 2,  # low, chunky
    "dog": 4,  # floppy-eared, prick-eared, curly, long
    "toy": 5,  # duck, monster, swirl, car, robot
    "boot": 2,  # fringed, laced
    "glasses": 2,  # round, square
    "cartoon": 2,  # horned, round
    "teapot": 2,  # round, tall
    "vase": 2,  # bottle, urn
}

FUR: Final[tuple[RGB, ...]] = (
    (196, 132, 70), (226, 190, 138), (120, 74, 42), (60, 46, 40), (34, 34, 38), (240, 234, 224),
    (150, 150, 156), (214, 120, 48), (178, 84, 36), (244, 214, 170), (96, 102, 114), (206, 206, 210),
)  # fmt: skip

#: A random subject nearer than this to one of the cast is not drawn for training (see `distance`).
EXCLUSION_RADIUS: Final = 0.25


@dataclass(frozen=True)
class Appearance:
    """One subject as ground truth. `shape` are six genes in 0..1 whose meaning the class's drawing documents."""

    class_noun: str
    form: int
    shape: tuple[float, float, float, float, float, float]
    primary: RGB
    secondary: RGB
    accent: RGB
    pattern: PatternKind
    pattern_scale: float

    def paint(self, piece: int = 0) -> Pattern:
        """The body's fill; `piece` gives body parts of one subject different patches."""
        seed = round(self.pattern_scale * 997) + 31 * sum(round(1000 * gene) for gene in self.shape) + piece
        return Pattern(self.pattern, self.primary, self.secondary, self.pattern_scale, seed)


def distance(first: Appearance, second: Appearance) -> float:
    """How different two subjects are: 0 for the same, infinite across classes.

    The root mean square over the six genes, the pattern's scale and the nine colour channels (each 0..1), plus .3
    for another form and .15 for another pattern. Two random subjects of one form and pattern are about .4 apart.
    """
    if first.class_noun != second.class_noun:
        return math.inf
    gaps = [a - b for a, b in zip(first.shape, second.shape, strict=True)]
    gaps.append(first.pattern_scale - second.pattern_scale)
    for one, other in ((first.primary, second.primary), (first.secondary, second.secondary), (first.accent, second.accent)):
        gaps += [(a - b) / 255 for a, b in zip(one, other, strict=True)]
    rms = math.sqrt(sum(gap * gap for gap in gaps) / len(gaps))
    return rms + 0.3 * (first.form != second.form) + 0.15 * (first.pattern != second.pattern)


def random_color(rng: random.Random) -> RGB:
    """A colour as toys and crockery have them: mostly clear hues, some white, black and grey."""
    roll = rng.random()
    if roll < 0.1:
        level = rng.randint(225, 250)
        return (level, level, level - rng.randint(0, 12))
    if roll < 0.18:
        level = rng.randint(28, 60)
        return (level, level, level + rng.randint(0, 8))
    if roll < 0.25:
        level = rng.randint(110, 185)
        return (level, level, level)
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.45, 0.95), rng.uniform(0.5, 0.98))
    return (round(red * 255), round(green * 255), round(blue * 255))


def _contrast(first: RGB, second: RGB) -> float:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / 3


def random_appearance(class_noun: str, rng: random.Random) -> Appearance:
    """Draw a subject of a class: animals mostly in fur colours, things in any; the two body colours always differ visibly."""
    furry = class_noun in ("dog", "cat") or (class_noun == "stuffed animal" and rng.random() < 0.6)

    def color() -> RGB:
        if furry and rng.random() < 0.85:
            base = rng.choice(FUR)
            red, green, blue = (min(255, max(0, channel + rng.randint(-18, 18))) for channel in base)
            return (red, green, blue)
        return random_color(rng)

    primary, secondary = color(), color()
    while _contrast(primary, secondary) < 45:
        secondary = color()
    genes = tuple(round(rng.random(), 3) for _ in range(6))
    return Appearance(
        class_noun=class_noun,
        form=rng.randrange(FORMS[class_noun]),
        shape=(genes[0], genes[1], genes[2], genes[3], genes[4], genes[5]),
        primary=primary,
        secondary=secondary,
        accent=random_color(rng),
        pattern=rng.choices(PATTERNS, weights=(3, 2, 2, 2, 2))[0],
        pattern_scale=round(rng.random(), 3),
    )
