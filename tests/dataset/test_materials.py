"""Materials: the subject keeps its form and takes the material's colours; what stands behind glass is seen."""

import colorsys
import hashlib
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from dreambench.dataset.miniature.canvas import RGB
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.materials import MATERIALS
from dreambench.dataset.miniature.scene import Scene, random_scene, render
from dreambench.dataset.miniature.training_scenes import training_clip, training_scene, worn_scene

ONE_OF_EACH_CLASS = sorted({look.class_noun: name for name, look in CAST.items()}.values())
#: Of the pictures and captions that the shipped models were trained on: the renderer may learn more, these must not move.
SHIPPED_CORPUS = "193f44b1f93c45bd01e47d5619a60ce3d105a280a4b36431ef2b16adb0cf792c"


def pixels(scene: Scene) -> np.ndarray:
    return np.asarray(render(scene)).astype(int)


def body(scene: Scene) -> np.ndarray:
    """Where the subject covers the picture, found without asking the renderer: where two subjects' colours change it."""

    def drawn_in(color: RGB) -> np.ndarray:
        look = replace(scene.appearance, primary=color, secondary=color, accent=color, pattern="plain")
        return pixels(replace(scene, appearance=look, change=None))

    one, other = drawn_in((250, 20, 250)), drawn_in((20, 250, 20))
    return np.abs(one - other).sum(2) > 300


def test_the_corpus_of_the_shipped_models_is_drawn_as_it_was() -> None:
    digest = hashlib.sha256()
    for told in [*(training_scene(i, seed=2208) for i in range(120)), *(worn_scene(i, seed=2208) for i in range(40))]:
        digest.update(render(told.scene).tobytes())
        digest.update(told.caption.encode())
    for index in range(20):
        for frame in training_clip(index, seed=2208):
            digest.update(render(frame).tobytes())
    assert digest.hexdigest() == SHIPPED_CORPUS


@pytest.mark.parametrize("name", ONE_OF_EACH_CLASS)
def test_every_class_has_every_material_and_no_two_look_alike(name: str) -> None:
    pictures = [pixels(random_scene(CAST[name], 11, change=change)) for change in (None, *MATERIALS)]
    for first, second in combinations(pictures, 2):
        assert np.abs(first - second).mean() > 1.5


@pytest.mark.parametrize("name", ONE_OF_EACH_CLASS)
@pytest.mark.parametrize(("material", "hues", "saturation"), [("golden", (20, 60), (0.3, 1)), ("wooden", (10, 45), (0.25, 1)),
                                                              ("made of stone", (0, 360), (0, 0.12))])  # fmt: skip
def test_a_solid_material_has_its_own_colour_whatever_the_subject_has(
    name: str, material: str, hues: tuple[int, int], saturation: tuple[float, float]
) -> None:
    scene = random_scene(CAST[name], 5, change=material)
    red, green, blue = np.median(pixels(scene)[body(scene)], axis=0) / 255
    hue, saturated, _ = colorsys.rgb_to_hsv(red, green, blue)
    assert hues[0] <= hue * 360 <= hues[1]
    assert saturation[0] <= saturated <= saturation[1]


@pytest.mark.parametrize("name", ONE_OF_EACH_CLASS)
def test_what_stands_behind_glass_is_seen_and_behind_other_things_is_not(name: str) -> None:
    contexts = ("with a city in the background", "with a mountain in the background")
    moved = {}
    for change in ("transparent", "golden"):
        scenes = [random_scene(CAST[name], 8, context=context, change=change) for context in contexts]
        first, second = (pixels(scene) for scene in scenes)
        moved[change] = np.abs(first - second)[body(scenes[0])].mean()
    assert moved["transparent"] > 10
    assert moved["golden"] < moved["transparent"] / 3
