"""From answers to the paper's Table 2: majorities, win rates, agreement of people, and of metrics with people."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.statistics import (
    FIRST,
    SECOND,
    UNDECIDED,
    Interval,
    auc_of,
    clustered_interval,
    clustered_share,
    majority,
    spearman_of,
)
from dreambench.benchmark.userstudy.answers import HandedIn
from dreambench.benchmark.userstudy.screening import first_or_second
from dreambench.benchmark.userstudy.study import ASKED, LEAST_VOTES, Asked, Study, StudyMetric

_VOTE: Final = {"left": FIRST, "right": SECOND, "undecided": UNDECIDED}


@dataclass(frozen=True, eq=False)
class Votes:
    """All votes of a study to one of its questions.

    Attributes:
        asked: which question.
        by_rater: [pairs, raters], FIRST, SECOND or UNDECIDED; NaN where a rater was not asked.
        outcomes: [pairs], the majority; NaN without votes.
    """

    asked: Asked
    by_rater: NDArray[np.float64]
    outcomes: NDArray[np.float64]


@dataclass(frozen=True)
class Preference:
    """Two runs under one question: shares of pairs, by majority.

    Attributes:
        asked: which question.
        first: the run's number.
        second: the other run's.
        wins: share of pairs that the first wins.
        losses: that the second wins.
        undecided: the rest: no majority, or a majority that cannot decide.
        n_votes: single answers.
    """

    asked: Asked
    first: int
    second: int
    wins: Interval
    losses: Interval
    undecided: Interval
    n_votes: int


@dataclass(frozen=True)
class RatersAgreement:
    """How far people agree on one question.

    Attributes:
        asked: which question.
        alpha: Krippendorff's, nominal; None where the library is not there, or nothing varies.
        unanimous: share of the pairs with two votes or more on which all said the same.
        n_pairs: those pairs.
    """

    asked: Asked
    alpha: float | None
    unanimous: float
    n_pairs: int


@dataclass(frozen=True)
class MetricAgreement:
    """How far a metric's differences agree with people's votes on one question; intervals over subjects.

    Attributes:
        metric: its key and label.
        asked: which question.
        spearman: the metric's difference (first minus second, the better way up) with the mean vote.
        auc: the chance that the difference is larger where people prefer the first than where they prefer the second.
    """

    metric: StudyMetric
    asked: Asked
    spearman: Interval
    auc: Interval


def votes_of(study: Study, handed_in: Sequence[HandedIn], asked: Asked) -> Votes:
    """The votes of raters; repeats and catch trials are no votes."""
    by_rater = np.full((len(study.pairs), len(handed_in)), np.nan)
    for rater, answered in enumerate(handed_in):
        questionnaire = study.questionnaire(answered.answers.questionnaire)
        said = answered.answers.by_question()
        for question in questionnaire.questions if questionnaire is not None else ():
            if question.shows == "pair":
                by_rater[question.number, rater] = _VOTE[first_or_second(said[question.id].to(asked), question)]
    return Votes(asked, by_rater, majority(by_rater))


def preferences(study: Study, votes: Votes) -> tuple[Preference, ...]:
    """Every two runs' shares, with intervals over subjects and raters."""
    found = []
    answered = np.isfinite(votes.by_rater)
    subjects = np.array([pair.subject for pair in study.pairs])
    for first, second in combinations(range(len(study.runs)), 2):
        ours = np.array([(pair.first, pair.second) == (first, second) for pair in study.pairs], dtype=bool)
        rows = np.flatnonzero(ours & answered.any(axis=1))
        wins, losses, undecided = (
            clustered_share(votes.outcomes[rows] == outcome, subjects=subjects[rows], answered=answered[rows])
            for outcome in (FIRST, SECOND, UNDECIDED)
        )
        n_votes = int(answered[rows].sum())
        found.append(Preference(votes.asked, first, second, wins, losses, undecided, n_votes))
    return tuple(found)


def raters_agreement(votes: Votes) -> RatersAgreement:
    """Krippendorff's alpha and the share of unanimous pairs."""
    several = votes.by_rater[np.isfinite(votes.by_rater).sum(axis=1) > 1]
    same = np.array([len(set(row[np.isfinite(row)].tolist())) == 1 for row in several], dtype=bool)
    return RatersAgreement(votes.asked, _alpha(several), float(same.mean()) if len(several) else float("nan"), len(several))


def has_krippendorff() -> bool:
    """Whether the library for alpha is installed; it is an extra."""
    import importlib.util

    return importlib.util.find_spec("krippendorff") is not None


def _alpha(by_rater: NDArray[np.float64]) -> float | None:
    if not has_krippendorff() or not len(by_rater) or len(np.unique(by_rater[np.isfinite(by_rater)])) < 2:
        return None
    import krippendorff  # type: ignore[import-not-found, unused-ignore]

    return float(krippendorff.alpha(reliability_data=by_rater.T, level_of_measurement="nominal"))


def metrics_agreement(study: Study, votes: Votes, *, seed: int = 0) -> tuple[MetricAgreement, ...]:
    """Every metric against the votes, over the pairs that both have."""
    there = np.isfinite(votes.by_rater)
    with np.errstate(invalid="ignore"):
        mean_vote = np.where(there, votes.by_rater, 0.0).sum(axis=1) / there.sum(axis=1)
    subjects = np.array([pair.subject for pair in study.pairs])
    found = []
    for metric in study.metrics:
        difference = np.array([_difference(pair.metrics.get(metric.key)) for pair in study.pairs])
        difference *= 1.0 if metric.higher_is_better else -1.0
        rows = np.flatnonzero(np.isfinite(difference) & np.isfinite(mean_vote))
        decided = rows[votes.outcomes[rows] != UNDECIDED]
        found.append(
            MetricAgreement(
                metric,
                votes.asked,
                clustered_interval(spearman_of(difference[rows], mean_vote[rows]), subjects[rows], seed=seed),
                clustered_interval(auc_of(difference[decided], votes.outcomes[decided] == FIRST), subjects[decided], seed=seed),
            )
        )
    return tuple(found)


def thin_pairs(votes: Votes) -> tuple[int, int]:
    """How many pairs have fewer than three votes, and how many none."""
    counts = np.isfinite(votes.by_rater).sum(axis=1)
    return int((counts < LEAST_VOTES).sum()), int((counts == 0).sum())


def _difference(values: tuple[float | None, float | None] | None) -> float:
    if values is None or values[0] is None or values[1] is None:
        return float("nan")
    return values[0] - values[1]


def all_votes(study: Study, handed_in: Sequence[HandedIn]) -> tuple[Votes, ...]:
    """The votes to both questions."""
    return tuple(votes_of(study, handed_in, asked) for asked in ASKED)
