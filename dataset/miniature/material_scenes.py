"""Scenes of subjects made of gold, wood, stone or glass, for the corpus of a later training; the shipped models saw none."""

import random

from dreambench.dataset.miniature.captions import OPENINGS
from dreambench.dataset.miniature.materials import AFTER_THE_NOUN, MATERIALS
from dreambench.dataset.miniature.scene import random_scene
from dreambench.dataset.miniature.training_scenes import CONTEXT_PHRASES, TrainingScene, draw_appearance


def material_scene(index: int, *, seed: int) -> TrainingScene:
    """The `index`-th scene of a random subject of a material, one time in four in a context of the prompts.

    The caption names no colour of the subject: what it is made of has taken the place of its own.
    """
    rng = random.Random(f"material/{seed}/{index}")
    appearance = draw_appearance(rng)
    material = rng.choice(list(MATERIALS))
    context = rng.choice(CONTEXT_PHRASES) if rng.random() < 0.25 else None
    scene = random_scene(appearance, rng.getrandbits(48), context=context, change=material)
    words = [rng.choices(OPENINGS, weights=(18, 1, 1))[0], appearance.class_noun]
    words.insert(2 if material in AFTER_THE_NOUN else 1, material)
    return TrainingScene(scene, " ".join([*words, *([context] if context else [])]))
