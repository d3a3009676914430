"""Majorities, and win rates whose intervals cover a known truth."""

import numpy as np
import pytest
from numpy.typing import NDArray
from simulated_study import simulated_study, utilities

from dreambench.benchmark.statistics import FIRST, SECOND, UNDECIDED, clustered_share, majority

#: Prompts of a simulated study -> simulations. Of 500, the share that covers the truth is known to .02; of 2,000, to .01.
SIMULATIONS = {8: 2_000, 16: 500}
NONE = float("nan")


def test_a_majority_is_more_than_half_and_a_tie_stays_a_tie() -> None:
    votes = np.array(
        [
            [1, 1, -1, NONE],  # two of three
            [1, -1, NONE, NONE],  # a tie
            [1, 1, -1, -1],  # a tie
            [1, -1, 0, NONE],  # all say something else
            [0, 0, 1, NONE],  # most cannot decide
            [-1, NONE, NONE, NONE],
            [1, 1, 0, -1],  # the most votes, but no more than half
            [NONE, NONE, NONE, NONE],
        ]
    )
    wanted = [FIRST, UNDECIDED, UNDECIDED, UNDECIDED, UNDECIDED, SECOND, UNDECIDED, NONE]
    assert np.array_equal(majority(votes), wanted, equal_nan=True)


def test_swapping_the_runs_swaps_the_outcome() -> None:
    votes = np.random.default_rng(0).integers(-1, 2, (200, 5)).astype(float)
    assert np.array_equal(majority(-votes), -majority(votes))


def test_pairs_that_share_nothing_have_the_interval_of_independent_trials() -> None:
    n = 400
    chosen = np.arange(n) % 4 == 0
    found = clustered_share(chosen, subjects=np.arange(n), answered=np.eye(n, dtype=bool))
    error = np.sqrt(0.25 * 0.75 / n)
    assert found.mean == 0.25
    assert (found.high - found.low) / (2 * 1.966 * error) == pytest.approx(1, abs=0.02)


def test_a_subject_whose_pairs_all_agree_counts_as_one() -> None:
    chosen = np.repeat(np.arange(20) % 2, 20)
    alone = np.eye(400, dtype=bool)
    together = clustered_share(chosen, subjects=np.repeat(np.arange(20), 20), answered=alone)
    apart = clustered_share(chosen, subjects=np.arange(400), answered=alone)
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(np.sqrt(20), rel=0.15)


def test_raters_with_tastes_of_their_own_widen_it_too() -> None:
    chosen = np.repeat(np.arange(20) % 2, 20)
    raters = np.repeat(np.eye(20, dtype=bool), 20, axis=0)
    together = clustered_share(chosen, subjects=np.arange(400), answered=raters)
    apart = clustered_share(chosen, subjects=np.arange(400), answered=np.eye(400, dtype=bool))
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_all_or_nothing_has_an_interval_that_ends_there() -> None:
    eye = np.eye(30, dtype=bool)
    nothing, everything = (clustered_share(np.full(30, value), subjects=np.arange(30), answered=eye) for value in (0.0, 1.0))
    assert (nothing.low, everything.high) == (0.0, 1.0)
    assert nothing.high == pytest.approx(1 - 0.025 ** (1 / 30))
    assert everything.low == pytest.approx(0.025 ** (1 / 30))


def design(subjects: int, prompts: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whose pairs, and which rater of the least many answers which, as a real study deals them out."""
    study = simulated_study(subjects=subjects, prompts=prompts)
    asked = np.zeros((len(study.pairs), len(study.questionnaires)), dtype=bool)
    for questionnaire in study.questionnaires:
        for question in questionnaire.questions:
            if question.shows == "pair":
                asked[question.number, questionnaire.number - 1] = True
    assert (asked.sum(axis=1) == 3).all()
    return np.arange(len(study.pairs)) % subjects, asked


def votes_from(utility: NDArray[np.float64], doubt: float) -> NDArray[np.float64]:
    return np.where(utility > doubt, FIRST, np.where(utility < -doubt, SECOND, UNDECIDED))


#: Name -> (mean preference; spread over subjects, pairs, raters; how near to equal is "cannot decide").
MINDS = {
    "clear preference": (0.9, (0.5, 0.8, 0.4), 0.3),
    "no preference": (0.0, (0.8, 0.8, 0.0), 0.3),
    "as in the paper": (1.4, (0.6, 1.0, 0.5), 0.4),
}


@pytest.mark.parametrize("name", MINDS)
@pytest.mark.parametrize("prompts", SIMULATIONS)
def test_win_rates_intervals_cover_the_truth_of_simulated_studies(name: str, prompts: int) -> None:
    """The truth is the share of new pairs that three new raters would give to a run."""
    mean, spread, doubt = MINDS[name]
    everybody = utilities(np.random.default_rng(99), np.arange(200_000), 3, mean=mean, spread=(spread[0], spread[1], 0.0))
    everybody += spread[2] * np.random.default_rng(98).normal(size=everybody.shape)
    outcomes = majority(votes_from(everybody, doubt))
    subject, asked = design(30, prompts)
    covered = {FIRST: 0, SECOND: 0, UNDECIDED: 0}
    for seed in range(SIMULATIONS[prompts]):
        utility = utilities(np.random.default_rng(seed), subject, asked.shape[1], mean=mean, spread=spread)
        found = majority(np.where(asked, votes_from(utility, doubt), np.nan))
        for outcome in covered:
            interval = clustered_share(found == outcome, subjects=subject, answered=asked)
            covered[outcome] += interval.low <= (outcomes == outcome).mean() <= interval.high
    assert 0.92 <= covered[FIRST] / SIMULATIONS[prompts] <= 0.97
    assert 0.92 <= covered[SECOND] / SIMULATIONS[prompts] <= 0.97
    assert (
        0.92 <= covered[UNDECIDED] / SIMULATIONS[prompts] <= 0.99
    )  # never narrower than that of independent pairs, so a little wide
