"""Subject identification and the copy index, against closed forms by hand and plain second implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from subject_features import at, cosine, features_of, metric, unit_vectors

from dreambench.benchmark.metrics.copy_index import copied_share

IDENTIFICATION, COPY = metric("subject_identification"), metric("copy_index")
OTHERS = {"can": at(0, 10), "vase": at(180)}


def identified(images, own, others=OTHERS):
    """Of images of the subject "dog", whose reference images are `own`."""
    return IDENTIFICATION.scores(features_of(images, own, gallery=others | {"dog": own})).tolist()


def really_identified(own, others):
    return IDENTIFICATION.real_scores(
        features_of(own, own, gallery=others | {"dog": own}, own_rows=np.arange(len(own)))
    ).tolist()


def copied(images, references):
    return COPY.scores(features_of(images, references))


def really_copied(references):
    return COPY.real_scores(features_of(references, references, own_rows=np.arange(len(references))))


def test_an_image_is_identified_when_its_nearest_reference_is_its_own_subjects():
    assert identified(at(20, 44, 46, 130), at(80, 100)) == [0.0, 0.0, 1.0, 1.0]
    assert identified(at(20, 44, 46, 130), at(0, 10), {"can": at(80, 100), "vase": at(180)}) == [1.0, 1.0, 0.0, 0.0]


def test_a_real_image_does_not_identify_itself():
    assert really_identified(at(0, 10), {"can": at(80, 100)}) == [1.0, 1.0]
    assert really_identified(at(0, 170), {"can": at(80, 100)}) == [0.0, 0.0]
    assert really_identified(at(0, 0), {"can": at(90)}) == [1.0, 1.0]  # an exact duplicate is another image


def test_a_subject_that_no_reference_is_left_of_cannot_be_identified():
    assert np.isnan(really_identified(at(180), {"can": at(0, 10)})).all()
    assert np.isnan(IDENTIFICATION.scores(features_of(at(5, 6), gallery=OTHERS))).all()
    assert identified(at(0)[:0], at(0)) == []


@given(unit_vectors(6), unit_vectors(7))
def test_identification_is_what_a_plain_search_finds(images, references):
    gallery = {"cat": references[:2], "dog": references[2:5], "vase": references[5:]}
    owners = ["cat"] * 2 + ["dog"] * 3 + ["vase"] * 2
    found = IDENTIFICATION.scores(features_of(images, references[2:5], gallery=gallery))
    for image, value in zip(images, found, strict=True):
        cosines = [float(image.astype(np.float64) @ each.astype(np.float64)) for each in references]
        best = sorted(range(7), key=lambda row: -cosines[row])
        if cosines[best[0]] - cosines[best[1]] > 1e-9:
            assert value == float(owners[best[0]] == "dog")


def test_the_copy_index_runs_from_real_nearness_to_an_exact_copy():
    # references at 0, 20 and 50 degrees: nearest others at 20, 20 and 30, so the usual nearness is cos 20 (the median)
    usual = cosine(20)
    expected = [1.0, 0.0, 0.0, (cosine(10) - usual) / (1 - usual), (cosine(5) - usual) / (1 - usual)]
    assert copied(at(0, 70, 90, 10, 25), at(0, 20, 50)) == pytest.approx(expected, abs=1e-5)


def test_the_copy_index_looks_at_all_references_whichever_the_protocol_compares_with():
    alone = features_of(at(50), at(0, 20, 50), compared=[0])
    assert COPY.scores(alone) == pytest.approx([1.0], abs=1e-5)


def test_real_images_among_themselves_have_a_median_of_0():
    # nearest others: 20, 20, 30 degrees against the median 20: none is nearer than usual
    assert really_copied(at(0, 20, 50)) == pytest.approx([0.0, 0.0, 0.0], abs=1e-5)
    # 4, 4, 30, 31 and 31 degrees: the median is 30, so the two near-duplicates do not set the scale but stand out
    usual = cosine(30)
    near = (cosine(4) - usual) / (1 - usual)
    assert really_copied(at(0, 4, 34, 65, 96)) == pytest.approx([near, near, 0.0, 0.0, 0.0], abs=1e-5)


@pytest.mark.parametrize("references", [at(0), at(0, 0, 0)])
def test_without_two_different_references_there_is_no_copy_index(references):
    assert np.isnan(copied(at(0, 5), references)).all()
    assert np.isnan(really_copied(references)).all()


@given(unit_vectors(4), unit_vectors(5), st.permutations(range(5)))
def test_the_copy_index_is_between_0_and_1_and_does_not_depend_on_order(images, references, order):
    scores = copied(images, references)
    known = scores[np.isfinite(scores)]
    assert ((known >= 0) & (known <= 1)).all()
    assert copied(images, references[list(order)]) == pytest.approx(scores, abs=1e-9, nan_ok=True)
    if len(known):
        assert copied(references, references) == pytest.approx(np.ones(5), abs=1e-4)


def test_the_flagged_share_passes_over_images_without_an_index():
    assert copied_share(np.array([0.0, 0.5, 0.51, 1.0, math.nan])) == 0.5
    assert math.isnan(copied_share(np.array([math.nan])))
