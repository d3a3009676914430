"""Metrics against people: the published ratings' figures, and tables of ratings from anyone."""

import csv
from pathlib import Path

import numpy as np
import pytest
from repository import SHARED

from dreambench.benchmark.api.validate import validate_metrics
from dreambench.benchmark.validation import people
from dreambench.dataset.errors import UserError

PUBLISHED = SHARED / "human_ratings" / "imagenhub_subject_driven.csv"


@pytest.fixture(scope="module")
def published() -> people.PeopleAgreement:
    if not PUBLISHED.is_file():
        pytest.skip("the published ratings are not here; they are not part of the project")
    found = validate_metrics(ratings=PUBLISHED).found
    assert isinstance(found, people.PeopleAgreement)
    return found


#: Metric -> Spearman's correlation with people, its interval, and the same within one method, as the ratings' own page says.
FIGURES = {"dino": (0.61, 0.55, 0.67, 0.46), "clip_i": (0.44, 0.37, 0.50, 0.32)}


@pytest.mark.parametrize("key", FIGURES)
def test_the_published_figures_come_out_within_a_hundredth(published: people.PeopleAgreement, key: str) -> None:
    (metric,) = (metric for metric in published.metrics if metric.key == key)
    found = (metric.pooled.mean, metric.pooled.low, metric.pooled.high, metric.within.mean)
    assert found == pytest.approx(FIGURES[key], abs=0.01)
    assert (metric.n_images, published.n_samples) == (600, 150)


def test_people_agree_with_each_other_as_published(published: people.PeopleAgreement) -> None:
    pooled = [raters.pooled.mean for raters in published.raters]
    within = [raters.within.mean for raters in published.raters]
    assert (min(pooled), max(pooled)) == pytest.approx((0.54, 0.69), abs=0.01)
    assert (min(within), max(within)) == pytest.approx((0.51, 0.57), abs=0.01)


def test_both_metrics_rank_a_method_above_peoples_favourite(published: people.PeopleAgreement) -> None:
    means = {method.method: method for method in published.methods}
    assert published.methods[0].method == "DreamBooth"
    for key in ("dino", "clip_i"):
        assert means["BLIPDiffusion_Gen"].metrics[key] > means["DreamBooth"].metrics[key]


def ratings(path: Path, *, columns: tuple[str, ...], n: int = 40) -> Path:
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("sample", "method", *columns))
        for number in range(n):
            liked = rng.normal()
            row = [
                liked if column.startswith("rater") else {"same": liked, "against": -liked}.get(column, 1) for column in columns
            ]
            writer.writerow((number // 2, "ab"[number % 2], *row))
    return path


def test_a_metric_that_says_what_people_say_has_one_and_its_opposite_minus_one(tmp_path: Path) -> None:
    found = validate_metrics(ratings=ratings(tmp_path / "r.csv", columns=("rater1_likes", "same", "against"))).found
    assert isinstance(found, people.PeopleAgreement)
    assert {metric.key: round(metric.pooled.mean, 6) for metric in found.metrics} == {"same": 1.0, "against": -1.0}
    assert found.raters == ()


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        (("same",), "has no column 'rater1_QUESTION'"),
        (("rater1_likes",), "has no column of numbers beside the raters'"),
    ],
)
def test_a_table_that_lacks_something_is_refused(tmp_path: Path, columns: tuple[str, ...], why: str) -> None:
    with pytest.raises(UserError, match=why):
        validate_metrics(ratings=ratings(tmp_path / "r.csv", columns=columns))


def test_a_question_that_nobody_asked_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = ratings(tmp_path / "r.csv", columns=("rater1_likes", "same"))
    with pytest.raises(UserError, match="has no column 'rater1_trusts' with what people said; it has likes"):
        validate_metrics(ratings=path, question="trusts")
