import itertools
import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from compared import compare_scores
from hypothesis import given, settings
from hypothesis import strategies as st

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.results.cells import method_cells
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
from dreambench.benchmark.statistics import (
    Cells,
    bootstrap_interval,
    expanded_tail,
    holm,
    least_p_value,
    mean_interval,
    paired_differences,
    paired_permutation_test,
    within_noise_of_best,
)

#: What the paper measures, on the miniature.
INFOS = load_protocol("miniature").only(["dino", "clip_i", "clip_t", "pres", "div"]).infos()


def test_the_interval_is_the_exact_bootstrap_distributions_quantiles():
    # four subjects have 256 equally likely resamples, whose means can be listed
    values = np.array([0.0, 1.0, 4.0, 2.0])
    means = np.sort([np.mean(resample) for resample in itertools.product(values, repeat=4)])
    for level in (0.95, 0.8, 0.5):
        interval = bootstrap_interval(values, level=level, n_resamples=100_000)
        tail = expanded_tail(4, level=level)
        assert (interval.mean, interval.n) == (1.75, 4)
        assert interval.low == pytest.approx(np.quantile(means, tail, method="inverted_cdf"))
        assert interval.high == pytest.approx(np.quantile(means, 1 - tail, method="inverted_cdf"))


def test_the_tails_by_hand():
    # n = 10: t = 2.262, times sqrt(10 / 9) = 2.384, Phi(-2.384) = .0086; n = 30: 2.045 x 1.0171 = 2.080, .0188
    assert expanded_tail(10) == pytest.approx(0.0086, abs=1e-4)
    assert expanded_tail(30) == pytest.approx(0.0188, abs=1e-4)
    assert expanded_tail(100_000) == pytest.approx(0.025, abs=1e-5)


def test_the_interval_agrees_with_scipys_percentile_bootstrap_at_the_expanded_level():
    values = np.random.default_rng(1).beta(4, 2, size=30)
    ours = bootstrap_interval(values, n_resamples=20_000, seed=3)
    theirs = scipy.stats.bootstrap(
        (values,),
        np.mean,
        method="percentile",
        confidence_level=1 - 2 * expanded_tail(30),
        n_resamples=20_000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.003)  # the width is about 0.12


@pytest.mark.parametrize("n", [12, 30, 200])
def test_on_normal_values_the_interval_is_students(n):
    values = np.random.default_rng(n).normal(0.6, 0.1, size=n)
    ours = bootstrap_interval(values, n_resamples=20_000)
    half = scipy.stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / math.sqrt(n)
    assert (ours.high - ours.low) / 2 == pytest.approx(half, rel=0.05)
    assert (ours.high + ours.low) / 2 == pytest.approx(values.mean(), abs=0.1 * half)


def test_a_micro_mean_weighs_subjects_by_their_images_and_resamples_whole_subjects():
    values, weights = np.array([0.2, 0.5, 0.9, 0.4]), np.array([1, 4, 4, 2])
    interval = bootstrap_interval(values, weights=weights, n_resamples=20_000)
    assert interval.mean == pytest.approx((0.2 * 1 + 0.5 * 4 + 0.9 * 4 + 0.4 * 2) / 11)
    ratios = [
        (values[list(pick)] @ weights[list(pick)]) / weights[list(pick)].sum() for pick in itertools.product(range(4), repeat=4)
    ]
    exact = np.quantile(ratios, [expanded_tail(4), 1 - expanded_tail(4)])
    assert (interval.low, interval.high) == pytest.approx(tuple(exact), abs=0.02)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12), st.floats(-2, 2))
@settings(max_examples=30)
def test_an_interval_lies_within_the_data_shifts_with_it_and_repeats(values, shift):
    first, again = bootstrap_interval(values, n_resamples=200, seed=9), bootstrap_interval(values, n_resamples=200, seed=9)
    moved = bootstrap_interval(np.array(values) + shift, n_resamples=200, seed=9)
    assert first == again
    assert min(values) - 1e-12 <= first.low <= first.high <= max(values) + 1e-12
    assert (moved.low, moved.high) == pytest.approx((first.low + shift, first.high + shift), abs=1e-9)


def test_missing_subjects_are_left_out_and_one_subject_has_no_interval():
    with_gap = bootstrap_interval([0.1, math.nan, 0.3])
    assert (with_gap.mean, with_gap.n) == (pytest.approx(0.2), 2)
    assert with_gap == bootstrap_interval([0.1, 0.3])
    alone = bootstrap_interval([0.7])
    assert (alone.mean, alone.n) == (0.7, 1)
    assert math.isnan(alone.low)
    assert bootstrap_interval([]).n == 0
    assert math.isnan(bootstrap_interval([math.nan]).mean)


def test_the_paired_test_agrees_with_scipys_exact_one():
    generator = np.random.default_rng(6)
    first, second = generator.normal(0.1, 1, 10), generator.normal(0, 1, 10)
    ours = paired_permutation_test(first - second, [str(i) for i in range(10)])
    theirs = scipy.stats.permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**10,
    )
    assert ours.exact
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert ours.difference == pytest.approx(theirs.statistic)


def test_the_drawn_p_value_is_near_the_exact_one():
    generator = np.random.default_rng(7)
    means = generator.normal(0.3, 1, 20)
    patterns = 1.0 - 2.0 * ((np.arange(2**20)[:, None] >> np.arange(20)) & 1)
    exact = np.mean(np.abs(patterns @ means) >= abs(means.sum()) - 1e-9)
    ours = paired_permutation_test(means, [f"s{i}" for i in range(20)])
    assert not ours.exact
    assert ours.p_value == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 10_000))


def test_by_hand():
    # subject means: a (1 + 3) / 2 = 2, b 1. Sums over the four sign patterns: 3, 1, -1, -3; |sum| >= 3 in two of four
    test = paired_permutation_test([1.0, 3.0, 1.0], ["a", "a", "b"])
    assert (test.difference, test.p_value, test.n_subjects, test.n_cells) == (1.5, 0.5, 2, 3)
    # a difference that every one of five subjects shares: 2 of 32 patterns
    assert paired_permutation_test([0.2] * 5, list("abcde")).p_value == pytest.approx(1 / 16)
    assert paired_permutation_test([0.0] * 5, list("abcde")).p_value == 1.0
    assert math.isnan(paired_permutation_test([], []).p_value)


def test_subjects_are_exchanged_whole_so_that_shared_training_runs_do_not_look_like_evidence():
    # Two equal methods, whose difference varies between subjects (sd 1) far more than between a subject's prompts (0.2)
    generator = np.random.default_rng(8)
    subjects = np.repeat([f"s{i}" for i in range(10)], 10)
    whole, cells = [], []
    for _ in range(400):
        differences = np.repeat(generator.normal(size=10), 10) + generator.normal(scale=0.2, size=100)
        whole.append(paired_permutation_test(differences, list(subjects)).p_value)
        signs = generator.integers(0, 2, size=(200, 100)) * 2 - 1  # what exchanging single cells would do
        cells.append(np.mean(np.abs(signs @ differences) >= abs(differences.sum())))
    assert 0.02 <= np.mean(np.array(whole) < 0.05) <= 0.08  # 5% +- 2.2% (2 sd)
    assert np.mean(np.array(cells) < 0.05) > 0.3


def test_holm_by_hand():
    # sorted: .005 x 4 = .02, .01 x 3 = .03, .03 x 2 = .06, .04 x 1 = .04 -> raised to .06
    assert holm({"dino": 0.01, "clip_i": 0.04, "clip_t": 0.03, "div": 0.005}) == pytest.approx(
        {"dino": 0.03, "clip_i": 0.06, "clip_t": 0.06, "div": 0.02}
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_what_the_step_down_procedure_rejects(p_values):
    adjusted = holm({str(i): p for i, p in enumerate(p_values)})
    m, level = len(p_values), 0.05
    order = sorted(range(m), key=lambda i: p_values[i])
    rejected = set()
    for rank, i in enumerate(order):  # Holm's own wording: stop at the first p above level / (m - rank)
        if p_values[i] * (m - rank) > level:
            break
        rejected.add(str(i))
    assert {key for key, p in adjusted.items() if p <= level} == rejected
    assert all(adjusted[str(i)] >= p for i, p in enumerate(p_values))


def test_a_metric_without_a_test_does_not_count_as_one():
    adjusted = holm({"dino": 0.02, "pres": math.nan})
    assert adjusted["dino"] == 0.02
    assert math.isnan(adjusted["pres"])


def scores(dino, *, subjects=("a", "b"), prompts=(0, 1), pres=0.5):
    values = iter(np.asarray(dino).reshape(-1))
    rows = [
        {"subject": s, "kind": "object", "class_noun": "can", "prompt_index": p, "prompt": "", "image_index": k, "path": ""}
        | dict.fromkeys(("dino", "clip_i", "clip_t"), next(values))
        for s in subjects
        for p in prompts
        for k in range(2)
    ]
    frame = pd.DataFrame(rows)
    per_subject = [
        {
            "subject": s,
            "kind": "object",
            "class_noun": "can",
            "clip_i": 0.0,
            "clip_t": 0.0,
            "pres": pres,
            "div": 0.1,
            "n_images": 4,
        }
        | {"dino": frame[frame.subject == s].dino.mean()}
        for s in subjects
    ]
    return Scores(image_table(rows, INFOS), subject_table(per_subject, INFOS), INFOS)


def test_comparing_pairs_prompt_by_prompt_and_subject_by_subject():
    first, second = scores([0.5, 0.7, 0.4, 0.4, 0.9, 0.9, 0.1, 0.3]), scores([0.1, 0.1, 0.2, 0.2, 0.9, 0.7, 0.0, 0.0], pres=0.4)
    cells = paired_differences(*(method_cells(each).by_prompt for each in (first, second)))
    # images averaged first: a/0 .6 - .1, a/1 .4 - .2, b/0 .9 - .8, b/1 .2 - 0
    assert cells.values["dino"].tolist() == pytest.approx([0.5, 0.2, 0.1, 0.2])
    assert cells.subject_prompts() == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    compared = compare_scores(first, second)
    # subjects: a .35, b .15; both positive, so 2 of 4 patterns are as extreme
    assert compared["dino"].difference == pytest.approx(0.25)
    assert (compared["dino"].p_value, compared["dino"].n_subjects, compared["dino"].n_cells) == (0.5, 2, 4)
    assert compared["pres"].difference == pytest.approx(0.1)
    assert compared["pres"].n_cells == 2
    assert compared["div"].p_value == 1.0
    assert compared["dino"].low == pytest.approx(0.15)
    assert compared["dino"].adjusted_p_value == 1.0  # five tests, the smallest p 0.5


def test_comparing_runs_with_nothing_in_common_gives_no_number():
    compared = compare_scores(scores([0.1] * 8), scores([0.1] * 8, subjects=("c", "d")))
    assert all(np.isnan(each.difference) and each.n_subjects == each.n_cells == 0 for each in compared.values())


def test_only_cells_that_both_have_are_paired():
    first, second = scores([0.5, 0.7, 0.4, 0.4, 0.9, 0.9, 0.1, 0.3]), scores([0.1, 0.1, 0.9, 0.7], prompts=(0,))
    compared = compare_scores(first, second)["dino"]
    assert (compared.n_cells, compared.n_subjects) == (2, 2)
    assert compared.difference == pytest.approx((0.5 + 0.1) / 2)


def test_a_metric_that_one_run_lacks_has_no_difference_and_no_place_in_the_family():
    first, second = scores([0.5] * 8), scores([0.1] * 8, pres=float("nan"))
    compared = compare_scores(first, second)
    assert math.isnan(compared["pres"].difference)
    assert (compared["pres"].n_subjects, compared["pres"].n_cells) == (0, 0)
    assert math.isnan(compared["pres"].adjusted_p_value)


def test_a_methods_mean_is_its_summarys_under_every_pooling():
    values = [0.5, 0.7, 0.4, 0.4, 0.9, 0.9, 0.1, 0.3]
    uneven = scores(values)
    kept = Scores(uneven.images.drop(index=[0, 1]), uneven.subjects.assign(n_images=[2, 4], n_pairs=[2 * 3, 4 * 5]), INFOS)
    cells = method_cells(kept).by_prompt
    means = {"images": (0.8 + 2.2) / 6, "alike": (0.4 + 0.55) / 2, "pairs": (6 * 0.4 + 20 * 0.55) / 26}
    for weigh, mean in means.items():
        assert mean_interval(cells, "dino", weigh=weigh).mean == pytest.approx(mean)
    by_key = {info.key: info for info in INFOS}
    assert [by_key["dino"].weigh(pooling) for pooling in ("micro", "macro", "pairs")] == ["images", "alike", "pairs"]
    assert by_key["clip_t"].weigh("pairs") == "images"
    assert by_key["pres"].weigh("micro") == "alike"


def many(means, *, n=20, seed=0):
    """Cells of methods that differ by their means and, subject by subject, by noise of 0.1."""
    generator = np.random.default_rng(seed)
    names, zeros, ones = np.array([f"s{place:02d}" for place in range(n)]), np.zeros(n, dtype=int), np.ones(n, dtype=int)
    return [Cells(names, zeros, ones, ones * np.nan, {"dino": mean + generator.normal(0, 0.1, size=n)}) for mean in means]


def test_what_is_within_noise_of_the_best():
    assert within_noise_of_best(many([0.5, 0.49, 0.1]), "dino", best=0) == [False, True, False]


def test_of_many_equal_methods_hardly_one_is_called_worse_than_the_luckiest():
    called = [
        sum(not flag for flag in within_noise_of_best(cells, "dino", best=best)) - 1
        for seed in range(40)
        for cells in [many([0.5] * 8, seed=seed)]
        for best in [int(np.argmax([np.mean(each.values["dino"]) for each in cells]))]
    ]
    assert np.mean(np.array(called) > 0) <= 0.25  # without the correction it would be most of them


def test_the_least_p_value_is_that_of_a_difference_all_share():
    for n in (1, 2, 6, 13, 30):
        test = paired_permutation_test([0.2] * n, [f"s{place:02d}" for place in range(n)])
        assert test.p_value == pytest.approx(least_p_value(n))
