"""Which reference images are kept back: by the seed alone, never seen, the same whatever is seen besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.runs.reference_choice import ReferenceChoice
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

MINI = load_dataset("mini")
CAN = MINI.subject("can")  # 6 images
ALL = tuple(MINI.reference_paths(CAN))
SEEDS = st.integers(0, 2**63 - 1)


@given(SEEDS, st.integers(1, 5))
def test_what_is_held_out_is_not_seen_and_all_else_is(seed: int, hold_out: int) -> None:
    parts = ReferenceChoice(hold_out).parts(MINI, CAN, seed=seed)
    assert len(parts["unseen"]) == hold_out
    assert sorted(parts["seen"] + parts["unseen"]) == list(ALL)
    assert list(parts["seen"]) == sorted(parts["seen"])
    assert parts == ReferenceChoice(hold_out).parts(load_dataset("mini"), CAN, seed=seed)


@given(SEEDS)
def test_one_image_more_adds_to_what_is_seen_and_moves_nothing_that_is_held_out(seed: int) -> None:
    held, before = ReferenceChoice(1).parts(MINI, CAN, seed=seed)["unseen"], set()
    for count in range(1, 6):
        parts = ReferenceChoice(1, count).parts(MINI, CAN, seed=seed)
        assert parts["unseen"] == held
        assert len(parts["seen"]) == count
        assert before < set(parts["seen"])
        before = set(parts["seen"])
        alone = ReferenceChoice(references=count).parts(MINI, CAN, seed=seed)
        assert alone["seen"] == parts["seen"]
        assert set(alone["unseen"]) == set(ALL) - before


def test_every_image_is_held_out_under_some_seed() -> None:
    assert {ReferenceChoice(1).parts(MINI, CAN, seed=seed)["unseen"][0] for seed in range(60)} == set(ALL)


def test_without_a_choice_all_are_seen() -> None:
    assert ReferenceChoice().parts(MINI, CAN, seed=3) == {"seen": ALL, "unseen": ()}


@pytest.mark.parametrize(("hold_out", "references"), [(6, None), (9, None), (0, 6), (1, 6), (3, 4)])
def test_a_subject_with_too_few_images_is_named(hold_out: int, references: int | None) -> None:
    with pytest.raises(UserError, match="The subject 'can' has 6 reference images, too few to show"):
        ReferenceChoice(hold_out, references).parts(MINI, CAN, seed=0)


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UserError, match="--hold-out is -1"):
        ReferenceChoice(-1)
    with pytest.raises(UserError, match="--references is 0"):
        ReferenceChoice(0, 0)
