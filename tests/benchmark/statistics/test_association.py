"""Rank correlations and AUC against scipy and scikit-learn, their intervals against resampling written out."""

import numpy as np
import pytest
import scipy.stats
from sklearn.metrics import roc_auc_score

from dreambench.benchmark.statistics import auc_of, clustered_interval, spearman_of, within_groups

RNG = np.random.default_rng(0)
X = RNG.integers(0, 6, 60).astype(float)
Y = X + RNG.integers(0, 9, 60)
CLUSTER = np.repeat(np.arange(15), 4)
ONES = np.ones((1, 60))


def test_spearman_with_ties_is_scipys() -> None:
    assert spearman_of(X, Y)(ONES)[0] == pytest.approx(scipy.stats.spearmanr(X, Y).statistic)


def test_weights_are_repetitions() -> None:
    counts = RNG.integers(0, 3, 60)
    repeated = np.repeat(np.arange(60), counts)
    found = spearman_of(X, Y)(counts[None].astype(float))[0]
    assert found == pytest.approx(scipy.stats.spearmanr(X[repeated], Y[repeated]).statistic)
    positive = Y > 8
    found = auc_of(X, positive)(counts[None].astype(float))[0]
    assert found == pytest.approx(roc_auc_score(positive[repeated], X[repeated]))


def test_auc_is_scikit_learns_and_a_half_for_a_constant() -> None:
    positive = Y > 8
    assert auc_of(X, positive)(ONES)[0] == pytest.approx(roc_auc_score(positive, X))
    assert auc_of(np.zeros(60), positive)(ONES)[0] == 0.5
    assert np.isnan(auc_of(X, np.ones(60, bool))(ONES)[0])


def test_a_constant_has_no_rank_correlation() -> None:
    assert np.isnan(spearman_of(np.zeros(60), Y)(ONES)[0])


def test_within_groups_is_fishers_mean_of_the_groups_correlations() -> None:
    group = np.arange(60) % 3
    single = [scipy.stats.spearmanr(X[group == each], Y[group == each]).statistic for each in range(3)]
    assert within_groups(spearman_of, X, Y, group)(ONES)[0] == pytest.approx(np.tanh(np.mean(np.arctanh(single))))


def test_a_shift_of_a_whole_group_moves_the_pooled_correlation_alone() -> None:
    group = np.arange(60) % 2
    noise_x, noise_y = RNG.normal(size=(2, 60))
    shifted_x, shifted_y = noise_x + 5 * group, noise_y + 5 * group
    assert spearman_of(shifted_x, shifted_y)(ONES)[0] > 0.6
    within = within_groups(spearman_of, shifted_x, shifted_y, group)(ONES)[0]
    assert within == pytest.approx(within_groups(spearman_of, noise_x, noise_y, group)(ONES)[0])


def test_intervals_are_those_of_clusters_drawn_one_by_one() -> None:
    found = clustered_interval(spearman_of(X, Y), CLUSTER, n_resamples=4000, seed=3)
    rng, values = np.random.default_rng(11), []
    for _ in range(4000):
        rows = np.concatenate([np.flatnonzero(each == CLUSTER) for each in rng.integers(0, 15, 15)])
        values.append(scipy.stats.spearmanr(X[rows], Y[rows]).statistic)
    low, high = np.quantile(values, [0.025, 0.975])
    assert found.n == 15
    assert found.mean == pytest.approx(scipy.stats.spearmanr(X, Y).statistic)
    assert (found.low, found.high) == (pytest.approx(low, abs=0.015), pytest.approx(high, abs=0.015))


def test_clusters_that_repeat_one_thing_widen_the_interval() -> None:
    alone = clustered_interval(spearman_of(X, Y), np.arange(60))
    copies = np.repeat(np.arange(15), 4)
    together = clustered_interval(spearman_of(X[copies], Y[copies]), copies)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_one_cluster_has_no_interval() -> None:
    found = clustered_interval(spearman_of(X, Y), np.zeros(60))
    assert np.isnan([found.low, found.high]).all()
