"""The miniature world: deterministic, complete, and its training draws keep away from the 30 subjects."""

import json
import math
import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreambench.dataset.collection import MINIATURE_FOLDER
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.images import open_image
from dreambench.dataset.miniature.appearance import EXCLUSION_RADIUS, FORMS, distance, random_appearance
from dreambench.dataset.miniature.captions import caption, color_word
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.references import MANIFEST, draw_references
from dreambench.dataset.miniature.scene import random_scene, render
from dreambench.dataset.miniature.training_scenes import (
    ACCESSORY_PHRASES,
    CONTEXT_PHRASES,
    PROPERTY_PHRASES,
    draw_appearance,
    is_excluded,
    training_scene,
    worn_scene,
)
from dreambench.dataset.prompts import prompts_for
from dreambench.dataset.subjects import CLASS_NOUNS, SUBJECTS


def test_the_cast_is_the_dataset() -> None:
    assert {name: look.class_noun for name, look in CAST.items()} == {s.id: s.class_noun for s in SUBJECTS}


def test_subjects_of_one_class_are_apart() -> None:
    pairs = [(a, b) for a, b in combinations(CAST, 2) if CAST[a].class_noun == CAST[b].class_noun]
    assert len(pairs) == 37
    for first, second in pairs:
        assert distance(CAST[first], CAST[second]) > EXCLUSION_RADIUS, (first, second)


def test_shipped_references_are_what_the_renderer_draws() -> None:
    for name in CAST:
        drawn = [np.asarray(image) for image in draw_references(name)]
        shipped = [np.asarray(open_image(path)) for path in sorted((MINIATURE_FOLDER / name).glob("*.png"))]
        assert len(drawn) == len(shipped)
        assert all(np.array_equal(a, b) for a, b in zip(drawn, shipped, strict=True)), name


def test_the_manifest_names_every_shipped_file() -> None:
    manifest = json.loads((MINIATURE_FOLDER / MANIFEST).read_text())
    files = {path.relative_to(MINIATURE_FOLDER).as_posix(): sha256_file(path) for path in MINIATURE_FOLDER.glob("*/*.png")}
    assert manifest == files


@pytest.mark.parametrize("noun", CLASS_NOUNS)
def test_every_prompt_of_the_list_can_be_drawn_and_shows(noun: str) -> None:
    look = random_appearance(noun, random.Random(7))
    kind = "live" if noun in ("cat", "dog") else "object"
    plain = np.asarray(render(random_scene(look, 11)))
    assert plain.shape == (64, 64, 3)
    pictures = []
    for prompt in prompts_for(kind):
        part = {"recontextualisation": "context", "accessory": "accessory", "property": "change"}[prompt.family]
        scene = random_scene(look, 11, **{part: prompt.request})  # type: ignore[arg-type]
        picture = np.asarray(render(scene)).astype(int)
        # the same pose, place and light: all that differs is what the prompt asks for, and it must show
        assert np.abs(picture - plain).mean() > 1.5, prompt.template
        pictures.append(picture)
    for first, second in combinations(pictures, 2):
        assert np.abs(first - second).mean() > 1.0


def test_the_same_scene_gives_the_same_pixels() -> None:
    for index in (0, 17, 4000):
        first, second = (training_scene(index, seed=1) for _ in range(2))
        assert first == second
        assert np.array_equal(np.asarray(render(first.scene)), np.asarray(render(second.scene)))
    assert training_scene(0, seed=1) != training_scene(0, seed=2)


def test_training_draws_keep_the_stated_distance_from_the_cast() -> None:
    rng = random.Random(3)
    nearest = min(distance(draw_appearance(rng), member) for _ in range(3000) for member in CAST.values())
    assert EXCLUSION_RADIUS <= nearest < math.inf
    for member in CAST.values():
        assert is_excluded(member)


def test_worn_scenes_are_cats_and_dogs_away_from_the_cast_that_wear_something() -> None:
    for index in range(300):
        told = worn_scene(index, seed=9)
        assert told.scene.appearance.class_noun in ("cat", "dog")
        assert told.scene.accessory is not None
        assert not is_excluded(told.scene.appearance)
        assert told == worn_scene(index, seed=9)


def test_without_the_exclusion_some_draws_would_come_too_near() -> None:
    rng = random.Random(5)
    share = np.mean([is_excluded(random_appearance(noun, rng)) for noun in CLASS_NOUNS * 300])
    assert 0 < share < 0.2  # the rule bites, and leaves most of the world


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(CLASS_NOUNS))
@settings(max_examples=50, deadline=None)
def test_distance_is_a_symmetric_premetric(first_seed: int, second_seed: int, noun: str) -> None:
    first, second = (random_appearance(noun, random.Random(seed)) for seed in (first_seed, second_seed))
    assert distance(first, first) == 0
    assert distance(first, second) == distance(second, first) >= 0
    assert 0 <= first.form < FORMS[noun]


def test_distance_by_hand() -> None:
    look = CAST["can"]
    moved = type(look)(**{**look.__dict__, "pattern_scale": look.pattern_scale + 0.4})
    assert distance(look, moved) == pytest.approx(0.4 / math.sqrt(16))  # 6 genes, the scale, 9 colour channels
    assert distance(look, CAST["vase"]) == math.inf


def test_captions_tell_what_the_scene_shows() -> None:
    for index in range(500):
        told = training_scene(index, seed=9)
        scene = told.scene
        for phrase in (scene.context, scene.accessory, scene.change, scene.appearance.class_noun):
            assert phrase is None or phrase in told.caption
        for phrase in (*CONTEXT_PHRASES, *ACCESSORY_PHRASES):
            assert phrase not in told.caption or phrase in (scene.context, scene.accessory)
    assert (len(CONTEXT_PHRASES), len(ACCESSORY_PHRASES), len(PROPERTY_PHRASES)) == (20, 10, 5)


def test_colour_words_by_eye() -> None:
    assert [color_word(c) for c in ((250, 250, 250), (10, 10, 10), (200, 30, 30), (60, 80, 210))] == [
        "white",
        "black",
        "red",
        "blue",
    ]
    assert caption(CAST["can"], random.Random(0), context="in the snow").endswith("can in the snow")
