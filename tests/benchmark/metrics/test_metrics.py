import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from dreambench.benchmark.metrics import (
    METRIC_KEYS,
    clip_i_scores,
    clip_t_scores,
    dino_scores,
    div_dino,
    div_lpips,
    metric_infos,
    pres_score,
)
from dreambench.benchmark.metrics.cosine import mean_pair_cosines_without_self
from dreambench.dataset.errors import UserError

X, Y = np.float32([1, 0]), np.float32([0, 1])
DIAGONAL = np.float32([math.sqrt(0.5), math.sqrt(0.5)])


def unit_vectors(rows, width=5):
    numbers = arrays(np.float32, (rows, width), elements=st.floats(-1, 1, width=32).filter(lambda v: abs(v) > 1e-3))
    return numbers.map(lambda v: v / np.linalg.norm(v, axis=1, keepdims=True))


@pytest.mark.parametrize("metric", [dino_scores, clip_i_scores])
def test_an_image_scores_the_mean_of_its_cosines_with_every_reference(metric):
    # x against {x, y}: (1 + 0) / 2; the diagonal against both: cos 45 degrees; -x: (-1 + 0) / 2
    scores = metric(np.stack([X, DIAGONAL, -X]), np.stack([X, Y]))
    assert scores == pytest.approx([0.5, math.sqrt(0.5), -0.5], abs=1e-7)


@given(unit_vectors(4), unit_vectors(3))
def test_the_mean_over_images_is_the_mean_over_all_pairs(images, references):
    pairs = [float(np.dot(a.astype(np.float64), b.astype(np.float64))) for a in images for b in references]
    assert dino_scores(images, references).mean() == pytest.approx(np.mean(pairs), abs=1e-9)


@given(unit_vectors(4), unit_vectors(3), st.permutations(range(3)))
def test_the_order_of_the_references_does_not_matter(images, references, order):
    assert dino_scores(images, references[list(order)]) == pytest.approx(dino_scores(images, references), abs=1e-12)


def test_clip_t_compares_each_image_with_its_own_prompt_only():
    assert clip_t_scores(np.stack([X, X, DIAGONAL]), np.stack([X, Y, X])) == pytest.approx([1, 0, math.sqrt(0.5)], abs=1e-7)


def test_pres_is_one_number_and_undefined_without_prior_images():
    # pairs: x.x = 1, x.y = 0, y.x = 0, y.y = 1
    assert pres_score(np.stack([X, Y]), np.stack([X, Y])) == pytest.approx(0.5)
    assert math.isnan(pres_score(np.zeros((0, 2), np.float32), np.stack([X])))


def test_div_is_the_mean_distance_over_unordered_pairs():
    # 1 - cos: x,y 1; x,-x 2; y,-x 1
    assert div_dino(np.stack([X, Y, -X])) == pytest.approx(4 / 3)
    assert div_dino(np.stack([X, X, X, X])) == pytest.approx(0)
    assert math.isnan(div_dino(np.stack([X])))


@given(unit_vectors(4))
def test_div_agrees_with_a_plain_double_loop(images):
    wide = images.astype(np.float64)
    distances = [1 - wide[i] @ wide[j] for i in range(4) for j in range(4) if i < j]
    assert div_dino(images) == pytest.approx(np.mean(distances), abs=1e-9)


@given(unit_vectors(5), st.sampled_from([[0, 1, 2, 3, 4], [0], [2, 4]]))
def test_real_images_are_not_compared_with_themselves(embeddings, references):
    scores = mean_pair_cosines_without_self(embeddings, np.array(references))
    for i, score in enumerate(scores):
        others = [float(embeddings[i].astype(np.float64) @ embeddings[j].astype(np.float64)) for j in references if j != i]
        assert (math.isnan(score) and not others) or score == pytest.approx(np.mean(others), abs=1e-9)


def test_the_papers_metrics_come_first_and_a_div_that_is_not_lpips_says_so():
    assert [info.key for info in metric_infos("lpips") if not info.higher_is_better] == ["pres", "copy_index"]
    ours = ["Subj. ID", "Copy"]
    assert [info.label for info in metric_infos("lpips")] == ["DINO", "CLIP-I", "CLIP-T", "PRES", "DIV", *ours]
    assert [info.label for info in metric_infos("dino")] == ["DINO", "CLIP-I", "CLIP-T", "PRES", "DIV (DINO)", *ours]
    assert tuple(info.key for info in metric_infos("dino")) == METRIC_KEYS


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


def test_div_by_lpips_is_the_mean_over_the_pairs_of_each_prompt(tmp_path):
    prompts = [reds(tmp_path / "a", 0, 10, 40), reds(tmp_path / "b", 7), reds(tmp_path / "c", 5, 5)]
    told, lpips = [], ColourDistance()
    means = div_lpips(prompts, lpips, on_done=told.append)
    assert means[[0, 2]] == pytest.approx([(10 + 40 + 30) / 3, 0])
    assert math.isnan(means[1])
    assert (told, lpips.most) == ([3, 1, 2], 3)
    assert div_lpips([], lpips).shape == (0,)


def test_div_by_lpips_refuses_pictures_of_two_sizes_and_broken_ones_by_name(tmp_path):
    odd = [*reds(tmp_path / "a", 1, 2), *reds(tmp_path / "b", 3, size=(5, 4))]
    with pytest.raises(UserError, match=r"a/0\.png .* 4 x 4, 5 x 4 pixels") as refusal:
        div_lpips([odd], ColourDistance())
    assert "\n" not in str(refusal.value)
    odd[1].write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"a/1\.png"):
        div_lpips([odd], ColourDistance())
