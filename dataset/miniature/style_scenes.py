"""Scenes as painters and a sculptor would have made them, for the corpus of a later training; the shipped models saw none."""

import random

from dreambench.dataset.miniature.scene import random_scene
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.styles import PAINTERS
from dreambench.dataset.miniature.training_scenes import CONTEXT_PHRASES, TrainingScene, draw_appearance


def style_scene(index: int, *, seed: int) -> TrainingScene:
    """The `index`-th painting or statue of a random subject; a painting shows a context of the prompts one time in four."""
    rng = random.Random(f"style/{seed}/{index}")
    appearance = draw_appearance(rng)
    artist = rng.choice([*PAINTERS, SCULPTOR])
    context = rng.choice(CONTEXT_PHRASES) if artist != SCULPTOR and rng.random() < 0.25 else None
    work = "statue" if artist == SCULPTOR else "painting"
    scene = random_scene(appearance, rng.getrandbits(48), context=context, artist=artist)
    shown = " ".join([appearance.class_noun, *([context] if context else [])])
    return TrainingScene(scene, f"a {work} of a {shown} in the style of {artist}")
