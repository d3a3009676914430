"""All that a study's answers say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dreambench.benchmark.userstudy.answers import RefusedAnswers, read_answers
from dreambench.benchmark.userstudy.screening import Attention, screened
from dreambench.benchmark.userstudy.study import Study
from dreambench.benchmark.userstudy.tally import (
    MetricAgreement,
    Preference,
    RatersAgreement,
    all_votes,
    has_krippendorff,
    metrics_agreement,
    preferences,
    raters_agreement,
    thin_pairs,
)
from dreambench.dataset.errors import UserError


@dataclass(frozen=True, eq=False)
class StudyFindings:
    """What people said.

    Attributes:
        study: the study's key.
        attention: every rater whose answers were taken; those who failed the catch trials do not count below.
        refused: files that were not taken.
        preferences: for every two runs and both questions.
        agreement: of people, for both questions.
        metrics: of metrics with people, for both questions.
        votes_per_pair: the mean.
        thin: pairs with fewer than three votes.
        unasked: pairs with none.
        lacks_krippendorff: whether alpha is missing because its library is.
    """

    study: Study
    attention: tuple[Attention, ...]
    refused: tuple[RefusedAnswers, ...]
    preferences: tuple[Preference, ...]
    agreement: tuple[RatersAgreement, ...]
    metrics: tuple[MetricAgreement, ...]
    votes_per_pair: float
    thin: int
    unasked: int
    lacks_krippendorff: bool

    @property
    def n_kept(self) -> int:
        """Raters who count."""
        return sum(rater.passed for rater in self.attention)

    @property
    def n_dropped(self) -> int:
        """Raters who failed the catch trials."""
        return len(self.attention) - self.n_kept

    def metric_labels(self) -> dict[str, str]:
        """Metric's key -> label, of those with a value in either question."""
        found = {metric.metric.key: metric.metric.label for metric in self.metrics if np.isfinite(metric.spearman.mean)}
        return {metric.key: metric.label for metric in self.study.metrics if metric.key in found}


def findings(study: Study, paths: Sequence[Path], *, seed: int = 0) -> StudyFindings:
    """Read answers and say what they mean.

    Args:
        study: the key.
        paths: answers' files, or folders of them.
        seed: of the bootstraps.

    Raises:
        UserError: no file can be taken, or nobody passed the catch trials.
    """
    handed_in, refused = read_answers(paths, study)
    if not handed_in:
        first = f": {refused[0].file}: {refused[0].reason}" if refused else ""
        raise UserError(f"No answers can be taken{first}; give the files that raters handed in for the study {study.id}.")
    both = screened(handed_in, study)
    kept = [answers for answers, attention in both if attention.passed]
    if not kept:
        raise UserError(f"None of the {len(both)} raters passed the catch trials; nothing can be said.")
    votes = all_votes(study, kept)
    thin, unasked = thin_pairs(votes[0])
    return StudyFindings(
        study=study,
        attention=tuple(attention for _, attention in both),
        refused=refused,
        preferences=tuple(preference for one in votes for preference in preferences(study, one)),
        agreement=tuple(raters_agreement(one) for one in votes),
        metrics=tuple(agreement for one in votes for agreement in metrics_agreement(study, one, seed=seed)),
        votes_per_pair=float(np.isfinite(votes[0].by_rater).sum() / len(study.pairs)),
        thin=thin,
        unasked=unasked,
        lacks_krippendorff=not has_krippendorff(),
    )
