"""Handing out units in groups, and the meter behind the progress bar: from 0 to 1, never back, with the right time."""

import math
from dataclasses import replace

import pytest
from engine_jobs import make_plan
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.engine.groups import make_groups, spread_classes
from dreambench.benchmark.engine.messages import Failure, Loaded, Message, Progress
from dreambench.benchmark.engine.meter import UnitWork, WorkMeter, works_of
from dreambench.benchmark.machine.resources import count_workers
from dreambench.benchmark.runs.units import Unit


@given(st.integers(0, 40), st.integers(1, 10), st.integers(1, 8))
def test_groups_hold_every_unit_once_and_keep_all_workers_busy(n_units: int, group_size: int, workers: int) -> None:
    units = [Unit(str(place), "") for place in range(n_units)]
    groups = make_groups(units, group_size=group_size, workers=workers)
    assert [unit for group in groups for unit in group] == units
    sizes = [len(group) for group in groups]
    assert all(0 < size <= group_size for size in sizes)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert len(groups) >= min(workers, n_units)


def test_subjects_of_one_class_do_not_begin_side_by_side() -> None:
    nouns = {"dog": "dog", "dog2": "dog", "dog3": "dog", "can": "can", "vase": "vase"}
    order = [unit.subject for unit in spread_classes([Unit(name, "") for name in nouns], nouns)]
    assert order == ["dog", "can", "vase", "dog2", "dog3"]


@pytest.mark.parametrize(
    ("units", "cores", "gigabytes", "expected"),
    [(30, 2, 16, 2), (30, 64, 64, 8), (30, 8, 3, 2), (1, 8, 64, 1), (30, 8, 0.5, 1)],
)
def test_workers_fit_cores_units_and_memory(units: int, cores: int, gigabytes: float, expected: int) -> None:
    assert count_workers(units=units, cores=cores, free_memory=int(gigabytes * 1e9)) == expected


def progress(subject: str, phase: str, done: int, total: int, seconds: float) -> Progress:
    return Progress((subject,), phase, done, total, seconds)


def ended(subject: str) -> Message:
    return Failure((subject,), "unexpected", "", "")


def test_the_time_left_follows_from_measured_rates() -> None:
    units = [UnitWork("a", 0, 100, 20), UnitWork("b", 0, 100, 20)]
    meter = WorkMeter(units, workers=1, score_images=40)
    meter.receive(Loaded())
    hour = 3600.0  # so long that the measured rates are believed
    meter.receive(progress("a", "train", 100, 100, 50 * hour))  # half an hour a step
    meter.receive(progress("a", "sample", 10, 20, 10 * hour))  # an hour an image
    meter.score(1, 40, 0.25 * hour)  # a quarter of an hour an image
    # left: 10 images of a, 100 steps and 20 images of b, 39 images to score
    assert meter.seconds_left() == pytest.approx((10 + 50 + 20 + 39 * 0.25) * hour, rel=0.02)
    assert meter.share() == pytest.approx((60 + 0.25) / (60 + 0.25 + 80 + 9.75), rel=0.02)


def test_a_slow_first_image_frightens_nobody() -> None:
    """The first image warms the libraries up: 32 times as slow as the guess, it must not make minutes hours."""

    def left(*first: Message) -> float:
        meter = WorkMeter([UnitWork(f"s{n}", 32, 100, 100) for n in range(30)], workers=2, score_images=3000)
        for message in (Loaded(), *first):
            meter.receive(message)
        return meter.seconds_left()

    guessed = left()
    assert guessed < left(progress("s0", "class images", 1, 32, 32 * 0.08)) < 5 * guessed
    assert left(progress("s0", "class images", 32, 32, 32 * 32 * 0.08)) > 20 * guessed  # it goes on like that: believed


def test_the_work_is_what_the_method_says_of_itself() -> None:
    """dreambooth on the miniature: 32 class images a class noun, 100 steps; 2 prompts x 2 images and a prior image."""
    plan = make_plan("dreambooth")
    by_subject = {**plan.selection.by_subject, "dog2": (0, 20)}
    plan = replace(plan, selection=replace(plan.selection, by_subject=by_subject))
    works = {work.subject: work for work in works_of(plan, plan.units())}
    assert works["can"] == UnitWork("can", 32, 100, 5)
    assert works["dog"] == UnitWork("dog", 16, 100, 5)  # dog2 shares the class
    plan = make_plan("dreambooth", prior_loss_weight=0)
    assert works_of(plan, plan.units())[0] == UnitWork("can", 0, 100, 5)
    assert works_of(make_plan("copy_reference"), plan.units())[0] == UnitWork("can", 0, 0, 5)


def test_images_on_the_way_do_not_end_the_training() -> None:
    meter = WorkMeter([UnitWork("dog", 0, 100, 20, on_the_way=True)], workers=1, score_images=0)
    meter.receive(Loaded())
    meter.receive(progress("dog", "train", 50, 100, 50.0))
    meter.receive(progress("dog", "sample", 10, 20, 10.0))
    left = meter.seconds_left()
    assert 45.0 < left < 70.0  # 50 steps of about a second and 10 images of about a second
    meter.receive(progress("dog", "train", 100, 100, 100.0))
    assert meter.seconds_left() < left - 40.0


def test_two_workers_take_half_the_time() -> None:
    units = [UnitWork(name, 0, 100, 0) for name in "abcd"]
    meter = WorkMeter(units, workers=2, score_images=0)
    meter.receive(Loaded())
    meter.receive(progress("a", "train", 50, 100, 5_000.0))
    assert meter.seconds_left() == pytest.approx((50 + 300) * 100 / 2, rel=0.02)


def test_a_phase_that_begins_ends_those_before_it() -> None:
    """Class images that are in the cache already are never reported; training then starts at once."""
    meter = WorkMeter([UnitWork("a", 100, 10, 0)], workers=1, score_images=0)
    meter.receive(Loaded())
    meter.receive(progress("a", "train", 5, 10, 5_000.0))
    assert meter.seconds_left() == pytest.approx(5_000.0, rel=0.02)


PHASES = st.sampled_from(["class images", "train", "sample", "something of a plug-in's"])
STEPS = st.tuples(st.sampled_from("abc"), PHASES, st.integers(0, 10), st.floats(0, 100))


@given(st.lists(STEPS, max_size=20))
def test_the_share_never_goes_back_and_ends_at_one(steps: list[tuple[str, str, int, float]]) -> None:
    meter = WorkMeter([UnitWork(name, 5, 10, 10) for name in "abc"], workers=2, score_images=30)
    last = meter.share()
    meter.receive(Loaded())
    for subject, phase, done, seconds in steps:
        meter.receive(progress(subject, phase, done, 10, seconds))
        assert last <= meter.share() <= 1
        assert math.isfinite(meter.seconds_left())
        assert meter.text()
        last = meter.share()
    for subject in "abc":
        meter.receive(ended(subject))
    meter.score(30, 30, 1.0)
    assert meter.share() == pytest.approx(1)
    assert meter.seconds_left() == pytest.approx(0)


def test_the_text_says_who_is_at_what() -> None:
    meter = WorkMeter([UnitWork("dog", 0, 10, 10), UnitWork("can", 0, 10, 10)], workers=2, score_images=20, reused=3)
    assert meter.text() == "loading the models"
    meter.receive(Loaded())
    meter.receive(progress("dog", "train", 5, 10, 1.0))
    meter.receive(progress("can", "sample", 2, 10, 1.0))
    assert meter.text() == "3 of 5 subjects done, training dog 5/10, sampling can 2/10"
