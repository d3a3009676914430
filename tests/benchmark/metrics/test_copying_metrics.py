"""Subject identification and the copy index, against closed forms by hand and plain second implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.metrics import (
    Gallery,
    copied_share,
    copy_index_of_real,
    copy_index_scores,
    gallery_of,
    identification_scores,
)


def at(*degrees):
    """Unit vectors in the plane at these angles: the cosine of two is the cosine of the angle between them."""
    turns = np.radians(np.array(degrees, dtype=np.float64))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def unit_vectors(rows, width=5):
    def draw(seed):
        numbers = np.random.default_rng(seed).normal(size=(rows, width))
        return (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)

    return st.integers(0, 2**32 - 1).map(draw)


def cosine(degrees):
    return math.cos(math.radians(degrees))


GALLERY = gallery_of({"can": at(0, 10), "dog": at(80, 100), "vase": at(180)})


def test_an_image_is_identified_when_its_nearest_reference_is_its_own_subjects():
    assert GALLERY.owners.tolist() == ["can", "can", "dog", "dog", "vase"]
    assert identification_scores(at(20, 44, 46, 130), GALLERY, "can").tolist() == [1.0, 1.0, 0.0, 0.0]
    assert identification_scores(at(20, 44, 46, 130), GALLERY, "dog").tolist() == [0.0, 0.0, 1.0, 1.0]


def test_a_real_image_does_not_identify_itself():
    own = np.array([0, 1])
    assert identification_scores(at(0, 10), GALLERY, "can", own_rows=own).tolist() == [1.0, 1.0]
    apart = gallery_of({"can": at(0, 170), "dog": at(80, 100)})
    assert identification_scores(at(0, 170), apart, "can", own_rows=np.array([0, 1])).tolist() == [0.0, 0.0]
    twins = gallery_of({"can": at(0, 0), "dog": at(90)})  # an exact duplicate is another image
    assert identification_scores(at(0, 0), twins, "can", own_rows=np.array([0, 1])).tolist() == [1.0, 1.0]


def test_a_subject_that_no_reference_is_left_of_cannot_be_identified():
    assert np.isnan(identification_scores(at(180), GALLERY, "vase", own_rows=np.array([4]))).all()
    assert np.isnan(identification_scores(at(5, 6), GALLERY, "cat")).all()
    assert identification_scores(at(0)[:0], GALLERY, "can").shape == (0,)


@given(unit_vectors(6), unit_vectors(7))
def test_identification_is_what_a_plain_search_finds(images, references):
    owners = ["a", "a", "b", "b", "b", "c", "c"]
    found = identification_scores(images, Gallery(references, np.array(owners)), "b")
    for image, value in zip(images, found, strict=True):
        cosines = [float(image.astype(np.float64) @ each.astype(np.float64)) for each in references]
        best = sorted(range(7), key=lambda row: -cosines[row])
        if cosines[best[0]] - cosines[best[1]] > 1e-9:
            assert value == float(owners[best[0]] == "b")


def test_the_copy_index_runs_from_real_nearness_to_an_exact_copy():
    # references at 0, 20 and 50 degrees: nearest others at 20, 20 and 30, so the usual nearness is cos 20 (the median)
    references = at(0, 20, 50)
    usual = cosine(20)
    scores = copy_index_scores(at(0, 70, 90, 10, 25), references)
    expected = [1.0, 0.0, 0.0, (cosine(10) - usual) / (1 - usual), (cosine(5) - usual) / (1 - usual)]
    assert scores == pytest.approx(expected, abs=1e-5)


def test_real_images_among_themselves_have_a_median_of_0():
    # nearest others: 20, 20, 30 degrees against the median 20: none is nearer than usual
    assert copy_index_of_real(at(0, 20, 50)) == pytest.approx([0.0, 0.0, 0.0], abs=1e-5)
    # 4, 4, 30, 31 and 31 degrees: the median is 30, so the two near-duplicates do not set the scale but stand out
    usual = cosine(30)
    near = (cosine(4) - usual) / (1 - usual)
    assert copy_index_of_real(at(0, 4, 34, 65, 96)) == pytest.approx([near, near, 0.0, 0.0, 0.0], abs=1e-5)


@pytest.mark.parametrize("references", [at(0), at(0, 0, 0)])
def test_without_two_different_references_there_is_no_copy_index(references):
    assert np.isnan(copy_index_scores(at(0, 5), references)).all()
    assert np.isnan(copy_index_of_real(references)).all()


@given(unit_vectors(4), unit_vectors(5), st.permutations(range(5)))
def test_the_copy_index_is_between_0_and_1_and_does_not_depend_on_order(images, references, order):
    scores = copy_index_scores(images, references)
    known = scores[np.isfinite(scores)]
    assert ((known >= 0) & (known <= 1)).all()
    assert copy_index_scores(images, references[list(order)]) == pytest.approx(scores, abs=1e-9, nan_ok=True)
    if len(known):
        assert copy_index_scores(references, references) == pytest.approx(np.ones(5), abs=1e-4)


def test_the_flagged_share_passes_over_images_without_an_index():
    assert copied_share(np.array([0.0, 0.5, 0.51, 1.0, math.nan])) == 0.5
    assert math.isnan(copied_share(np.array([math.nan])))
