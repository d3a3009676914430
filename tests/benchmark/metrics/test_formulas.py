"""Each formula by hand, through what a metric is given; and what holds of every formula, whatever the images."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from subject_features import DIAGONAL, ROLE, X, Y, features_of, metric, unit_vectors

from dreambench.benchmark.metrics import METRICS
from dreambench.benchmark.metrics.diversity import picture_diversity
from dreambench.dataset.errors import UserError

SIMILARITY, TEXT, PRIOR, DIVERSITY = map(metric, ("image_similarity", "text_similarity", "prior_similarity", "diversity"))
ON_IMAGES = ("image_similarity", "text_similarity", "subject_identification", "copy_index")
#: The rows of `drawn`: eight images of two prompts, a text for each, five references, three prior images, another subject.
drawn = unit_vectors(8 + 8 + 5 + 3 + 4).map(lambda rows: np.split(rows, np.cumsum([8, 8, 5, 3])))  # no two alike: no ties


def whole(images, texts, references, priors, others):
    """Features that every formula finds all that it needs in."""
    prompts = [3] * 4 + [7] * 4
    gallery = {"cat": others, "dog": references}
    return features_of(images, references, texts=texts, priors=priors, gallery=gallery, prompts=prompts)


def test_an_image_scores_the_mean_of_its_cosines_with_every_reference():
    # x against {x, y}: (1 + 0) / 2; the diagonal against both: cos 45 degrees; -x: (-1 + 0) / 2
    scores = SIMILARITY.scores(features_of(np.stack([X, DIAGONAL, -X]), np.stack([X, Y])))
    assert scores == pytest.approx([0.5, math.sqrt(0.5), -0.5], abs=1e-7)


def test_only_the_references_that_the_protocol_compares_with_count():
    two = np.stack([X, Y])
    assert SIMILARITY.scores(features_of(np.stack([X]), two, compared=[1])) == pytest.approx([0.0])
    assert PRIOR.scores(features_of(np.stack([X]), two, compared=[1], priors=np.stack([X, Y]))) == pytest.approx([0.5])
    assert np.isnan(SIMILARITY.scores(features_of(np.stack([X]), two, compared=np.zeros(0, int)))).all()


@given(unit_vectors(4), unit_vectors(3))
def test_the_mean_over_images_is_the_mean_over_all_pairs(images, references):
    pairs = [float(np.dot(a.astype(np.float64), b.astype(np.float64))) for a in images for b in references]
    assert SIMILARITY.scores(features_of(images, references)).mean() == pytest.approx(np.mean(pairs), abs=1e-9)


def test_text_similarity_compares_each_image_with_its_own_prompt_only():
    features = features_of(np.stack([X, X, DIAGONAL, X]), texts=np.stack([X, Y, X, -X]))
    assert TEXT.scores(features) == pytest.approx([1, 0, math.sqrt(0.5), -1], abs=1e-7)


def test_clip_score_is_a_multiple_that_never_falls_below_zero():
    features = features_of(np.stack([X, X, DIAGONAL]), texts=np.stack([X, -X, X]))
    assert metric("text_similarity", times=2.5).scores(features) == pytest.approx([2.5, -2.5, 2.5 * math.sqrt(0.5)], abs=1e-6)
    clip_score = metric("text_similarity", times=2.5, below_zero="zero")
    assert clip_score.scores(features) == pytest.approx([2.5, 0, 2.5 * math.sqrt(0.5)], abs=1e-6)
    assert (clip_score.info("a", scale=1.0).high, clip_score.info("a", scale=10.0).high) == pytest.approx((2.5, 25), abs=1e-2)


def test_prior_similarity_is_one_number_and_undefined_without_prior_images():
    # pairs: x.x = 1, x.y = 0, y.x = 0, y.y = 1
    two = np.stack([X, Y])
    assert PRIOR.scores(features_of(two, two, priors=two)) == pytest.approx([0.5])
    assert np.isnan(PRIOR.scores(features_of(two, two, priors=two[:0]))).tolist() == [True]
    assert np.isnan(PRIOR.scores(features_of(two, two))).tolist() == [True]


def test_diversity_is_the_mean_distance_over_the_unordered_pairs_of_each_prompt():
    # 1 - cos: x,y 1; x,-x 2; y,-x 1
    assert DIVERSITY.scores(features_of(np.stack([X, Y, -X]))) == pytest.approx([4 / 3])
    assert DIVERSITY.scores(features_of(np.stack([X, X, X, X]))) == pytest.approx([0])
    # prompts 0 (x, y: 1) and 9 (x, -x: 2), whichever stands first
    assert DIVERSITY.scores(features_of(np.stack([X, X, Y, -X]), prompts=[9, 0, 0, 9])) == pytest.approx([1.5])
    assert np.isnan(DIVERSITY.scores(features_of(np.stack([X])))).tolist() == [True]


@given(unit_vectors(4))
def test_diversity_agrees_with_a_plain_double_loop(images):
    wide = images.astype(np.float64)
    distances = [1 - wide[i] @ wide[j] for i in range(4) for j in range(4) if i < j]
    assert DIVERSITY.scores(features_of(images)) == pytest.approx([np.mean(distances)], abs=1e-9)


def test_an_encoder_that_compares_pictures_is_asked_for_each_prompts_files(tmp_path):
    paths = tuple(tmp_path / f"{number}.png" for number in range(4))
    asked = []

    def within(prompts):
        asked.extend(prompts)
        return np.array([0.25, 0.75])

    features = features_of(np.zeros((4, 2), np.float32), prompts=[1, 0, 1, 0], files=paths, distances={ROLE: within})
    assert DIVERSITY.scores(features) == pytest.approx([0.5])
    assert asked == [[paths[1], paths[3]], [paths[0], paths[2]]]


@given(unit_vectors(5), st.sampled_from([[0, 1, 2, 3, 4], [0], [2, 4]]))
def test_real_images_are_not_compared_with_themselves(embeddings, compared):
    scores = SIMILARITY.real_scores(features_of(embeddings, embeddings, compared=compared, own_rows=np.arange(5)))
    for i, score in enumerate(scores):
        others = [float(embeddings[i].astype(np.float64) @ embeddings[j].astype(np.float64)) for j in compared if j != i]
        assert (math.isnan(score) and not others) or score == pytest.approx(np.mean(others), abs=1e-9)


def test_real_images_have_no_value_in_what_answers_prompts_or_comes_of_a_model():
    features = features_of(np.stack([X, Y]), np.stack([X, Y]), own_rows=np.arange(2))
    assert [each.real_scores(features) for each in (TEXT, PRIOR, DIVERSITY)] == [None, None, None]


# ---------------------------------------------------------------- every formula


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=20)
@given(drawn)
def test_values_lie_between_the_bounds_that_a_metric_names(name, rows):
    declared = metric(name)
    info = declared.info("mine", scale=1.0)
    values = declared.scores(whole(*rows))
    assert len(values) == (8 if info.level == "image" else 1)
    assert ((info.low <= values) & (values <= info.high)).all()


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=20)
@given(drawn, st.permutations(range(8)), st.permutations(range(5)))
def test_the_order_of_images_and_references_does_not_matter(name, rows, order, reference_order):
    images, texts, references, priors, others = rows
    features = whole(images, texts, references, priors, others)
    order, reference_order = list(order), list(reference_order)
    shuffled = features_of(
        images[order],
        references[reference_order],
        texts=texts[order],
        priors=priors[::-1],
        gallery={"dog": references[reference_order], "cat": others[::-1]},
        prompts=features.prompts[order],
    )
    found, again = metric(name).scores(features), metric(name).scores(shuffled)
    assert again == pytest.approx(found[order] if name in ON_IMAGES else found, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", ON_IMAGES)
@settings(max_examples=20)
@given(drawn)
def test_an_image_scores_alone_what_it_scores_among_others(name, rows):
    images, texts, *rest = rows
    together = metric(name).scores(whole(images, texts, *rest))
    references, priors, others = rest
    gallery = {"cat": others, "dog": references}
    for row in range(8):
        alone = features_of(images[row : row + 1], references, texts=texts[row : row + 1], priors=priors, gallery=gallery)
        assert metric(name).scores(alone) == pytest.approx(together[row : row + 1], abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", METRICS)
def test_a_formula_says_all_that_readers_need(name):
    info = metric(name).info("mine", scale=1.0)
    assert (info.key, info.formula, info.encoder, info.measures != "") == ("mine", name, ROLE, True)
    assert info.label == {"image_similarity": "mine", "text_similarity": "mine"}.get(name, METRICS[name].usual_label)
    assert metric(name, label="Other").info("mine", scale=1.0).label == "Other"
    assert info.low < info.high
    assert metric(name, tolerance=0.5).info("mine", scale=1.0).tolerance == 0.5
    assert info.higher_is_better is (name not in ("prior_similarity", "copy_index"))


@pytest.mark.parametrize("name", METRICS)
def test_a_scale_moves_bounds_and_tolerance_of_cosines_alone(name):
    plain, scaled = (metric(name).info("mine", scale=scale) for scale in (1.0, 100.0))
    times = 100 if name in ("image_similarity", "text_similarity", "prior_similarity") else 1
    assert (scaled.low, scaled.high, scaled.tolerance) == pytest.approx(
        (times * plain.low, times * plain.high, times * plain.tolerance)
    )


def test_what_a_mean_weighs_by_follows_from_the_pooling_and_the_metric():
    infos = {name: metric(name).info("mine", scale=1.0) for name in METRICS}
    assert [infos["image_similarity"].weigh(pooling) for pooling in ("micro", "macro", "pairs")] == ["images", "alike", "pairs"]
    assert [infos["text_similarity"].weigh(pooling) for pooling in ("micro", "macro", "pairs")] == ["images", "alike", "images"]
    assert {infos[name].weigh(p) for name in ("prior_similarity", "diversity") for p in ("micro", "macro", "pairs")} == {
        "alike"
    }


# ---------------------------------------------------------------- diversity of whole pictures


class ColourDistance:
    """Stands in for LPIPS: how far apart the first pixels' reds are."""

    def __init__(self):
        self.most = 0

    def pair_distances(self, images):
        if len({image.size for image in images}) > 1:
            raise ValueError("pictures must have one size")
        self.most = max(self.most, len(images))
        reds = [image.getpixel((0, 0))[0] for image in images]
        return np.array([abs(reds[i] - reds[j]) for i in range(len(reds)) for j in range(i + 1, len(reds))], dtype=float)


def reds(folder, *levels, size=(4, 4)):
    paths = [folder / f"{number}.png" for number in range(len(levels))]
    folder.mkdir()
    for path, level in zip(paths, levels, strict=True):
        Image.new("RGB", size, (level, 0, 0)).save(path)
    return paths


def test_diversity_of_pictures_is_the_mean_over_the_pairs_of_each_prompt(tmp_path):
    prompts = [reds(tmp_path / "a", 0, 10, 40), reds(tmp_path / "b", 7), reds(tmp_path / "c", 5, 5)]
    told, lpips = [], ColourDistance()
    means = picture_diversity(prompts, lpips, on_done=told.append)
    assert means[[0, 2]] == pytest.approx([(10 + 40 + 30) / 3, 0])
    assert math.isnan(means[1])
    assert (told, lpips.most) == ([3, 1, 2], 3)
    assert picture_diversity([], lpips).shape == (0,)


def test_diversity_of_pictures_refuses_two_sizes_and_broken_files_by_name(tmp_path):
    odd = [*reds(tmp_path / "a", 1, 2), *reds(tmp_path / "b", 3, size=(5, 4))]
    with pytest.raises(UserError, match=r"a/0\.png .* 4 x 4, 5 x 4 pixels") as refusal:
        picture_diversity([odd], ColourDistance())
    assert "\n" not in str(refusal.value)
    odd[1].write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"a/1\.png"):
        picture_diversity([odd], ColourDistance())
