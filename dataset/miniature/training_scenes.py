"""The world the miniature models are trained on: random subjects of the 15 classes in random scenes, never one of the cast."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dreambench.dataset.miniature.appearance import EXCLUSION_RADIUS, Appearance, distance, random_appearance
from dreambench.dataset.miniature.captions import caption
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.scene import Scene, random_scene
from dreambench.dataset.prompts import LIVE_TEMPLATES, OBJECT_TEMPLATES, prompts_for
from dreambench.dataset.subjects import CLASS_NOUNS

_LIVE_NOUNS: Final = ("cat", "dog")
#: Classes with more forms, or with accessories to learn, are drawn more often.
_CLASS_WEIGHTS: Final = {"dog": 2.5, "cat": 2.0, "toy": 2.5, "stuffed animal": 1.5}

CONTEXT_PHRASES: Final = tuple(
    dict.fromkeys(p.request for kind in ("object", "live") for p in prompts_for(kind) if p.family == "recontextualisation")
)
ACCESSORY_PHRASES: Final = tuple(p.request for p in prompts_for("live") if p.family == "accessory")
PROPERTY_PHRASES: Final = tuple(p.request for p in prompts_for("object") if p.family == "property")

assert len(OBJECT_TEMPLATES) == len(LIVE_TEMPLATES)


@dataclass(frozen=True)
class TrainingScene:
    """A scene, how it is told, and the parts a reader can be asked about."""

    scene: Scene
    caption: str


def is_excluded(appearance: Appearance) -> bool:
    """Whether a random subject lies nearer than `EXCLUSION_RADIUS` to one of the 30 subjects."""
    return any(distance(appearance, member) < EXCLUSION_RADIUS for member in CAST.values())


def draw_appearance(rng: random.Random, class_nouns: Sequence[str] = CLASS_NOUNS) -> Appearance:
    """A random subject of a random class, redrawn until it keeps its distance from the cast."""
    weights = [_CLASS_WEIGHTS.get(noun, 1.0) for noun in class_nouns]
    noun = rng.choices(class_nouns, weights=weights)[0]
    while is_excluded(appearance := random_appearance(noun, rng)):
        pass
    return appearance


def training_scene(index: int, *, seed: int) -> TrainingScene:
    """The `index`-th training scene of a seed: the same on every machine and in any order.

    About a third shows the subject alone in an everyday place, two fifths a context of the prompts, the rest a changed
    property or, for cats and dogs, an accessory; a few combine an accessory or a change with a context.
    """
    rng = random.Random(f"training/{seed}/{index}")
    appearance = draw_appearance(rng)
    context = accessory = change = None
    roll = rng.random()
    if appearance.class_noun in _LIVE_NOUNS:
        if roll < 0.38:
            accessory = rng.choice(ACCESSORY_PHRASES)
        elif roll < 0.54:
            change = rng.choice(PROPERTY_PHRASES)
        elif roll < 0.80:
            context = rng.choice(CONTEXT_PHRASES)
        combine = accessory is not None or change is not None
    else:
        if roll < 0.20:
            change = rng.choice(PROPERTY_PHRASES)
        elif roll < 0.70:
            context = rng.choice(CONTEXT_PHRASES)
        combine = change is not None
    if combine and rng.random() < 0.15:
        context = rng.choice(CONTEXT_PHRASES)
    scene = random_scene(appearance, rng.getrandbits(48), context=context, accessory=accessory, change=change)
    told = caption(appearance, rng, context=context, accessory=accessory, change=change)
    return TrainingScene(scene, told)


def worn_scene(index: int, *, seed: int) -> TrainingScene:
    """The `index`-th scene of a cat or a dog that wears something, one time in five in a context of the prompts."""
    rng = random.Random(f"worn/{seed}/{index}")
    appearance = draw_appearance(rng, _LIVE_NOUNS)
    accessory = rng.choice(ACCESSORY_PHRASES)
    context = rng.choice(CONTEXT_PHRASES) if rng.random() < 0.2 else None
    scene = random_scene(appearance, rng.getrandbits(48), context=context, accessory=accessory)
    return TrainingScene(scene, caption(appearance, rng, context=context, accessory=accessory))


def training_clip(index: int, *, seed: int) -> tuple[Scene, Scene]:
    """Two frames of the `index`-th clip: one random subject, seen twice in poses, light and places of their own.

    Half of the frames are taken in an everyday place, half in a context of the prompts; nothing is worn or changed.
    """
    rng = random.Random(f"clip/{seed}/{index}")
    appearance = draw_appearance(rng)
    first, second = (
        random_scene(appearance, rng.getrandbits(48), context=rng.choice(CONTEXT_PHRASES) if rng.random() < 0.5 else None)
        for _ in range(2)
    )
    return first, second
