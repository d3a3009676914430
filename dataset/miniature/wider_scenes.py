"""The corpus of a later training: scenes that show what the paper's applications ask for. The shipped models saw none."""

import dataclasses
import random
from typing import Final

from dreambench.dataset.miniature.appearance import Appearance
from dreambench.dataset.miniature.ordinary_words import WORD_MEANINGS
from dreambench.dataset.miniature.requests import Request, requests_by_family, told
from dreambench.dataset.miniature.scene import Scene, random_scene
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.training_scenes import CONTEXT_PHRASES, TrainingScene, draw_appearance

#: How often each family is drawn, for the classes that have it.
FAMILY_WEIGHTS: Final[dict[str, float]] = {
    "recontextualisation": 1, "style": 3, "property": 3, "accessory": 2, "word": 1, "cross": 2, "view": 4,
}  # fmt: skip
#: How often a context is asked for as well.
_IN_CONTEXT: Final = 0.2


def requested_scene(request: Request, appearance: Appearance, seed: int) -> Scene:
    """A scene of a subject that shows what is asked for. A word that means nothing leaves no trace."""
    meaning = request.word if request.word in WORD_MEANINGS else None
    return random_scene(
        appearance,
        seed,
        context=request.context,
        accessory=request.accessory,
        change=request.change or meaning,
        artist=request.artist,
        cross=request.cross,
        view=request.view,
    )


def wider_scene(index: int, *, seed: int) -> TrainingScene:
    """The `index`-th scene of a seed, told as the prompts tell it; the same on every machine and in any order."""
    rng = random.Random(f"wider/{seed}/{index}")
    appearance = draw_appearance(rng)
    families = requests_by_family(appearance.class_noun)
    family = rng.choices(list(families), weights=[FAMILY_WEIGHTS[name] for name in families])[0]
    request = rng.choice(families[family])
    if request.context is None and request.artist != SCULPTOR and rng.random() < _IN_CONTEXT:
        request = dataclasses.replace(request, context=rng.choice(CONTEXT_PHRASES))
    scene = requested_scene(request, appearance, rng.getrandbits(48))
    return TrainingScene(scene, told(request, appearance.class_noun))
