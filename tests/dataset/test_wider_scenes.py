"""The corpus of a later training says what it shows, in the words of the prompts of the paper's applications."""

import colorsys

import numpy as np
import pytest

from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.ordinary_words import ORDINARY_WORDS, WORD_MEANINGS
from dreambench.dataset.miniature.requests import Request, requests_by_family, told
from dreambench.dataset.miniature.scene import random_scene, render
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.training_scenes import is_excluded
from dreambench.dataset.miniature.views import VIEWS
from dreambench.dataset.miniature.wider_scenes import requested_scene, wider_scene
from dreambench.dataset.prompt_sets import load_prompt_set
from dreambench.dataset.subjects import CLASS_NOUNS

LIVE = ("cat", "dog")


def asked(class_noun: str) -> set[str]:
    """The prompts of the applications for a class, without an identifier."""
    kind = "live" if class_noun in LIVE else "object"
    return {
        prompt.text(class_noun)
        for prompt in load_prompt_set("applications", kinds=[kind])
        if prompt.kind == kind and prompt.is_for(class_noun)
    }


def offered(class_noun: str) -> set[str]:
    return {told(request, class_noun) for family in requests_by_family(class_noun).values() for request in family}


@pytest.mark.parametrize("class_noun", CLASS_NOUNS)
def test_every_prompt_of_the_applications_can_be_drawn_but_views_that_a_class_has_not(class_noun: str) -> None:
    assert asked(class_noun) - offered(class_noun) == {
        f"a {class_noun} {phrase}" for phrase, drawn in VIEWS.items() if class_noun not in drawn
    }


def test_wider_scenes_are_told_as_they_are_and_keep_away_from_the_cast() -> None:
    captions = set()
    for index in range(300):
        shown = wider_scene(index, seed=4)
        assert shown == wider_scene(index, seed=4)
        assert not is_excluded(shown.scene.appearance)
        for phrase in (getattr(shown.scene, part) for part in ("context", "accessory", "change", "artist", "cross", "view")):
            assert phrase is None or phrase in shown.caption
        captions.add(shown.caption)
        if shown.scene.artist:
            work = "statue" if shown.scene.artist == SCULPTOR else "painting"
            assert shown.caption.startswith(f"a {work} of a {shown.scene.appearance.class_noun}")
            assert shown.caption.endswith(f"in the style of {shown.scene.artist}")
    assert len(captions) > 150
    assert wider_scene(0, seed=4) != wider_scene(0, seed=5)


@pytest.mark.parametrize("word", ORDINARY_WORDS)
@pytest.mark.parametrize("name", ["dog", "can", "vase"])
def test_a_word_is_drawn_if_it_has_a_meaning_and_leaves_no_trace_if_it_has_none(word: str, name: str) -> None:
    with_word, without = (
        np.asarray(render(requested_scene(request, CAST[name], 3))).astype(int) for request in (Request(word=word), Request())
    )
    assert (np.abs(with_word - without).sum() > 0) == (word in WORD_MEANINGS)


@pytest.mark.parametrize(("color", "hues"), [("blue", (205, 245)), ("yellow", (42, 62))])
@pytest.mark.parametrize("name", ["dog", "red_cartoon", "can", "duck_toy"])
def test_a_subject_of_a_colour_has_that_hue(color: str, hues: tuple[int, int], name: str) -> None:
    picture = np.asarray(render(random_scene(CAST[name], 2, change=color)))[26:52, 20:44].reshape(-1, 3) / 255
    colors = [colorsys.rgb_to_hsv(*pixel) for pixel in picture]
    vivid = [360 * hue for hue, saturation, value in colors if saturation > 0.4 and value > 0.3]
    assert len(vivid) > 200
    assert hues[0] <= np.median(vivid) <= hues[1]


def test_no_family_is_left_out_of_the_corpus() -> None:
    scenes = [wider_scene(index, seed=4) for index in range(600)]
    for part in ("context", "accessory", "change", "artist", "cross", "view"):
        assert sum(getattr(shown.scene, part) is not None for shown in scenes) > 10
    assert {shown.scene.view for shown in scenes} == {None, *VIEWS}
    assert any("xxy5syt00" in shown.caption for shown in scenes)


def test_a_class_is_asked_for_no_clothes_but_cats_and_dogs_are() -> None:
    assert "accessory" not in requests_by_family("can")
    assert Request(accessory="in a witch outfit") in requests_by_family("dog")["accessory"]
