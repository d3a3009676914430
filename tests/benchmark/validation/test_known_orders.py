"""Drawn pictures whose order is known: each ladder changes one thing, and metrics that ought to see it do."""

import numpy as np
import pytest

from dreambench.benchmark.api.validate import validate_doses
from dreambench.benchmark.validation.known_orders import KnownOrders
from dreambench.benchmark.validation.ladders import (
    ALIKE,
    ASKED,
    DOSES,
    ELSEWHERE,
    HUE,
    LADDERS,
    PATTERN,
    SHAPE,
    draw_set,
    scene_prompts,
)
from dreambench.dataset.collection import load_dataset

MINI = load_dataset("mini")
DOG = MINI.subject("dog")
PROMPTS = scene_prompts(MINI.prompts(DOG))


@pytest.fixture(scope="module")
def found() -> KnownOrders:
    orders = validate_doses(subjects=["dog", "teapot", "candle"]).found
    assert isinstance(orders, KnownOrders)
    return orders


def test_a_higher_dose_changes_more_of_the_picture() -> None:
    drawn = draw_set("dog", PROMPTS[0], PROMPTS[1], number=0, seed=0)
    pictures = [np.asarray(picture, dtype=float) for picture in drawn.pictures]
    for kind in (HUE, PATTERN, SHAPE):
        numbers = drawn.ladders[kind]
        assert len(numbers) == len(DOSES)
        changed = [float(np.abs(pictures[number] - pictures[numbers[0]]).mean()) for number in numbers]
        assert changed == sorted(changed), kind.name
        assert changed[1] > 0, kind.name


def test_the_same_seed_draws_the_same_pictures_and_another_one_others() -> None:
    first, again, other = (draw_set("dog", PROMPTS[0], PROMPTS[1], number=0, seed=seed) for seed in (0, 0, 1))
    assert all(one.tobytes() == two.tobytes() for one, two in zip(first.pictures, again.pictures, strict=True))
    assert any(one.tobytes() != two.tobytes() for one, two in zip(first.pictures, other.pictures, strict=True))


def test_metrics_are_asked_what_they_measure(found: KnownOrders) -> None:
    assert set(found.ladders) == {kind.name for kind in LADDERS}
    assert found.order("clip_t", HUE.name) is None
    assert found.order("dino", ASKED.name) is None


def test_the_minis_dino_sees_the_subject_and_its_clip_the_scene(found: KnownOrders) -> None:
    """What the miniature's models were trained for: DINO not to mind the scene, CLIP to read the prompt."""
    for ladder in (HUE, ALIKE, ELSEWHERE):
        order = found.order("dino", ladder.name)
        assert order is not None
        assert order.share.mean > 0.7, ladder.name
    asked, elsewhere = found.order("clip_t", ASKED.name), found.order("clip_i", ELSEWHERE.name)
    assert asked is not None
    assert elsewhere is not None
    assert asked.share.mean > 0.9
    assert elsewhere.share.mean < 0.5  # a look-alike in a reference's scene is nearer than the subject elsewhere
