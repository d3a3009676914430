"""Views: each is another picture of the same individual, in its own colours, and stays in the picture."""

import colorsys
import random
from dataclasses import replace

import numpy as np
import pytest

from dreambench.dataset.miniature.appearance import FORMS, Appearance, random_appearance
from dreambench.dataset.miniature.canvas import CANVAS_SIZE, Canvas, Pose
from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.drawings import DRAWINGS
from dreambench.dataset.miniature.scene import random_scene, render
from dreambench.dataset.miniature.views import USUAL, USUAL_FORMS, VIEW_PHRASES, VIEWS
from dreambench.dataset.miniature.views.marked import marked_body

DRAWN = [(view, noun) for view in VIEW_PHRASES for noun in VIEWS[view]]


def looks(noun: str) -> list[Appearance]:
    """Two random subjects of each form, and the cast's."""
    rng = random.Random(noun)
    drawn = [replace(random_appearance(noun, rng), form=form) for form in range(FORMS[noun]) for _ in range(2)]
    return [*drawn, *(look for look in CAST.values() if look.class_noun == noun)]


def drawn(view: str | None, look: Appearance, *, pose: Pose | None = None) -> np.ndarray:
    canvas = Canvas(pose or Pose())
    (DRAWINGS if view is None else VIEWS[view])[look.class_noun](canvas, look)
    return np.asarray(canvas.image).astype(int)


def test_views_are_for_classes_that_exist_and_are_said_as_in_the_prompts() -> None:
    assert tuple(VIEWS) == VIEW_PHRASES
    assert all(noun in FORMS for _, noun in DRAWN)


@pytest.mark.parametrize(("view", "noun"), DRAWN)
def test_every_form_has_the_view_in_another_picture_than_the_usual_one(view: str, noun: str) -> None:
    for look in looks(noun):
        scene = random_scene(look, 6, view=view)
        shown, usual = (np.asarray(render(taken)).astype(int) for taken in (scene, replace(scene, view=None)))
        assert np.array_equal(shown, np.asarray(render(scene)))
        is_usual = noun in USUAL.get(view, ()) or look.form in USUAL_FORMS.get(view, {}).get(noun, ())
        assert (np.abs(shown - usual).mean() > 1) != is_usual


@pytest.mark.parametrize(("view", "noun"), DRAWN)
def test_a_view_stays_in_the_picture_and_is_large_enough_to_be_seen(view: str, noun: str) -> None:
    for look in looks(noun):
        alpha = drawn(view, look, pose=Pose(y=0.55, scale=0.36))[..., 3]
        rows, columns = np.nonzero(alpha)
        assert min(rows.min(), columns.min()) > 0
        assert max(rows.max(), columns.max()) < CANVAS_SIZE - 1
        assert (alpha > 0).mean() > 0.04


@pytest.mark.parametrize(("view", "noun"), DRAWN)
def test_a_view_wears_the_subjects_own_colour(view: str, noun: str) -> None:
    """In pure green, most of what has a colour at all is green, as in the usual drawing."""
    for look in looks(noun):
        green = replace(look, primary=(30, 180, 60), secondary=(40, 160, 70), accent=(20, 150, 50))
        picture = drawn(view, green)
        visible = picture[picture[..., 3] > 0][:, :3] / 255
        hues = np.array([colorsys.rgb_to_hsv(*pixel) for pixel in visible[::7]])
        vivid = hues[(hues[:, 1] > 0.3) & (hues[:, 2] > 0.2)]
        assert len(vivid) > 0.2 * len(hues)
        assert (np.abs(360 * vivid[:, 0] - 135) < 35).mean() > 0.5


@pytest.mark.parametrize("view", VIEW_PHRASES)
def test_views_of_two_individuals_differ(view: str) -> None:
    for first, second in (("dog", "dog2"), ("dog6", "dog"), ("cat", "cat2"), ("bear_plushie", "wolf_plushie")):
        pair = [np.asarray(render(random_scene(CAST[name], 6, view=view))).astype(int) for name in (first, second)]
        assert np.abs(pair[0] - pair[1]).mean() > 1.5


@pytest.mark.parametrize("view", VIEW_PHRASES[1:])
@pytest.mark.parametrize("noun", ["cartoon", "stuffed animal", "toy"])
def test_a_characters_pattern_and_accent_are_seen_where_its_front_is_in_sight(view: str, noun: str) -> None:
    """What tells two individuals apart in the usual drawing tells them apart in the view."""
    for look in looks(noun):
        plain, dotted = replace(look, pattern="plain"), replace(look, pattern="dots", pattern_scale=0.2)
        (red, green, blue) = look.accent
        other = replace(look, accent=(255 - red, 255 - green, 255 - blue))
        for first, second in ((plain, dotted), (look, other)):
            if not np.array_equal(drawn(None, first), drawn(None, second)):
                assert (drawn(view, first) != drawn(view, second)).any(axis=-1).sum() > 60  # of 65,536: four of the picture's


def test_marks_end_at_the_edge_of_the_body() -> None:
    """The picture has no pixel more than the body alone, and the mark shows inside it."""
    box = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
    plain, marked = Canvas(Pose()), Canvas(Pose())
    marked_body(plain, box, (200, 0, 0), [])
    marked_body(marked, box, (200, 0, 0), [([(0.2, -2.0), (2.0, -2.0), (2.0, 2.0), (0.2, 2.0)], (0, 0, 200))])
    bare, shown = np.asarray(plain.image).astype(int), np.asarray(marked.image).astype(int)
    assert np.array_equal(bare[..., 3], shown[..., 3])
    changed = (bare != shown).any(axis=-1)
    assert 0.2 < changed.sum() / (bare[..., 3] > 0).sum() < 0.35
    assert (shown[changed] == (0, 0, 200, 255)).all()
