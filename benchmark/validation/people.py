"""How far metrics agree with people who rated the same images, and how far people agree with each other."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.statistics import Interval, clustered_interval, spearman_of, within_groups
from dreambench.benchmark.validation.ratings import Ratings, label_of
from dreambench.dataset.errors import UserError

#: Fewer samples say nothing of other samples.
_LEAST_SAMPLES: Final = 10


@dataclass(frozen=True)
class Agreement:
    """Two measurements of the same images.

    Attributes:
        key: of the metric; "rater1, rater2" for two raters.
        label: what tables call it.
        n_images: that both measured.
        pooled: Spearman's correlation over all images, with its 95% interval over samples.
        within: the same inside each method, averaged by Fisher's z: what is left when the methods' means do not help.
        by_method: method -> the correlation inside it.
    """

    key: str
    label: str
    n_images: int
    pooled: Interval
    within: Interval
    by_method: dict[str, Interval]


@dataclass(frozen=True)
class MethodMeans:
    """A method's mean by people, and by each metric's key."""

    method: str
    n_images: int
    people: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class PeopleAgreement:
    """What ratings say of metrics.

    Attributes:
        source: where the ratings come from.
        question: what people were asked.
        n_samples: clusters of the intervals.
        n_raters: people.
        metrics: each metric with the mean over people.
        raters: each two raters with each other: what no metric need exceed.
        methods: means, people's favourite first.
    """

    source: str
    question: str
    n_samples: int
    n_raters: int
    metrics: tuple[Agreement, ...]
    raters: tuple[Agreement, ...]
    methods: tuple[MethodMeans, ...]

    def reversals(self) -> list[tuple[str, str, str]]:
        """(metric's key, method, other method) where the metric puts the first above the second and people say the opposite."""
        found = []
        for above, below in combinations(self.methods, 2):
            if above.people > below.people:
                found += [(key, below.method, above.method) for key in above.metrics if below.metrics[key] > above.metrics[key]]
        return found


def agreement_with_people(ratings: Ratings, *, seed: int = 0) -> PeopleAgreement:
    """Correlate every metric with the mean over the raters.

    Args:
        ratings: rated and scored images.
        seed: of the bootstrap over samples.

    Raises:
        UserError: there are too few samples for an interval.
    """
    n_samples = len(np.unique(ratings.samples))
    if n_samples < _LEAST_SAMPLES:
        raise UserError(f"{ratings.source} has {n_samples} samples; a correlation's interval needs {_LEAST_SAMPLES} or more.")
    people = ratings.people
    metrics = tuple(
        _agreement(ratings, key, label_of(key), values, people, seed=seed) for key, values in ratings.metrics.items()
    )
    raters = tuple(
        _agreement(
            ratings,
            f"rater{first + 1}, rater{second + 1}",
            f"raters {first + 1} and {second + 1}",
            ratings.raters[:, first],
            ratings.raters[:, second],
            seed=seed,
        )
        for first, second in combinations(range(ratings.raters.shape[1]), 2)
    )
    methods = sorted(_means(ratings, people), key=lambda method: -method.people)
    return PeopleAgreement(
        ratings.source, ratings.question, n_samples, ratings.raters.shape[1], metrics, raters, tuple(methods)
    )


def _agreement(
    ratings: Ratings, key: str, label: str, first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int
) -> Agreement:
    rows = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    one, other, samples, methods = first[rows], second[rows], ratings.samples[rows], ratings.methods[rows]
    by_method = {
        str(method): clustered_interval(
            spearman_of(one[methods == method], other[methods == method]), samples[methods == method], seed=seed
        )
        for method in np.unique(methods)
    }
    return Agreement(
        key,
        label,
        len(rows),
        clustered_interval(spearman_of(one, other), samples, seed=seed),
        clustered_interval(within_groups(spearman_of, one, other, methods), samples, seed=seed),
        by_method,
    )


def _means(ratings: Ratings, people: NDArray[np.float64]) -> list[MethodMeans]:
    found = []
    for method in np.unique(ratings.methods):
        mine = ratings.methods == method
        means = {key: _mean(values[mine]) for key, values in ratings.metrics.items()}
        found.append(MethodMeans(str(method), int(mine.sum()), _mean(people[mine]), means))
    return found


def _mean(values: NDArray[np.float64]) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else float("nan")
