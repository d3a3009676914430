"""Handing out units in groups, and the meter behind the progress bar: from 0 to 1, never back, with the right time."""

import math
from dataclasses import replace

import pytest
from engine_jobs import make_plan
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.engine.costs import Costs, costs_of
from dreambench.benchmark.engine.groups import make_groups, spread_classes
from dreambench.benchmark.engine.messages import Failure, Loaded, Memory, Message, Progress, WorkerLost
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.engine.tasks import UnitWork, works_of
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


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def progress(subject: str, phase: str, done: int, total: int, seconds: float) -> Progress:
    return Progress((subject,), phase, done, total, seconds)


def ended(subject: str) -> Message:
    return Failure((subject,), "unexpected", "", "")


def unit(subject: str, *, class_images: int = 0, steps: int = 0, images: int = 0, on_the_way: bool = False) -> UnitWork:
    return UnitWork(subject, "thing", class_images, steps, images, on_the_way)


def meter_of(
    *units: UnitWork, workers: int = 1, score_images: int = 0, clock: Clock | None = None, reused: int = 0
) -> WorkMeter:
    return WorkMeter(
        [[one] for one in units],
        costs=Costs(step=1.0, image=1.0),
        workers=workers,
        score_images=score_images,
        reused=reused,
        reused_images=20 * reused,
        clock=clock or Clock(),
    )


def test_the_time_left_follows_from_measured_rates() -> None:
    clock = Clock()
    meter = meter_of(unit("a", steps=100, images=20), unit("b", steps=100, images=20), score_images=40, clock=clock)
    meter.receive(Loaded())
    assert meter.seconds_left() is None
    assert meter.share() == 0
    clock.now += 60
    meter.receive(progress("a", "train", 100, 100, 50))  # half a second a step
    meter.receive(progress("a", "sample", 1, 20, 1))
    meter.receive(progress("a", "sample", 10, 20, 10))  # a second an image
    meter.score(1, 40, 0.25)
    meter.score(2, 40, 0.5)  # a quarter of a second an image
    # left: 10 images of a, 100 steps and 20 images of b, 38 images to score
    left = 10 + 50 + 20 + 38 * 0.25
    assert meter.seconds_left() == pytest.approx(left)
    assert meter.share() == pytest.approx(60 / (60 + left))


def test_a_task_of_which_nothing_is_heard_goes_on() -> None:
    """A batch of images may take minutes, in which no worker says anything."""
    clock = Clock()
    meter = meter_of(unit("a", images=64), clock=clock)
    meter.receive(Loaded())
    for batch in (1, 2):
        clock.now += 160
        meter.receive(progress("a", "sample", 16 * batch, 64, 160 * batch))
    assert meter.seconds_left() == pytest.approx(320)
    clock.now += 150
    assert meter.seconds_left() == pytest.approx(170, rel=0.01)
    clock.now += 10
    meter.receive(progress("a", "sample", 48, 64, 480))
    assert meter.seconds_left() == pytest.approx(160, rel=0.01)


def test_class_images_that_are_made_ahead_begin_no_subject_and_are_not_told_for_ever() -> None:
    clock = Clock()
    meter = meter_of(*(unit(name, class_images=20, steps=10) for name in "ab"), workers=2, clock=clock)
    meter.receive(Loaded())
    clock.now += 10
    for done in (5, 10):
        meter.receive(Progress(("a", "b"), "class images", done, 20, float(done), ahead=True))
    assert meter.text() == "0 of 2 subjects done, 2 waiting, 0 of 0 images\nmaking class images for a and 1 more 10/20"
    # Of the class images 10 seconds are left, then 10 of training, side by side.
    assert meter.seconds_left() == pytest.approx(20)
    clock.now += 10
    meter.receive(Progress(("a", "b"), "class images", 20, 20, 20.0, ahead=True))
    assert meter.text() == "0 of 2 subjects done, 2 waiting, 0 of 0 images"


def test_the_work_is_what_the_method_says_of_itself() -> None:
    """dreambooth on the miniature: 32 class images a class noun, 100 steps; 2 prompts x 2 images and a prior image."""
    plan = make_plan("dreambooth")
    by_subject = {**plan.selection.by_subject, "dog2": (0, 20)}
    plan = replace(plan, selection=replace(plan.selection, by_subject=by_subject))
    groups = works_of(plan, plan.units(), workers=2)
    works = {work.subject: work for (work,) in groups}
    assert works["can"] == UnitWork("can", "can", 32, 100, 5)
    assert works["dog2"] == UnitWork("dog2", "dog", 32, 100, 5)
    assert [work.subject for (work,) in groups][-1] == "dog2"  # in the order in which they are begun
    plan = make_plan("dreambooth", prior_loss_weight=0)
    assert works_of(plan, plan.units(), workers=1)[0] == [UnitWork("can", "can", 0, 100, 5)]
    plan = make_plan("copy_reference")
    assert works_of(plan, plan.units(), workers=1)[0] == [UnitWork("can", "can", 0, 0, 5)]


def test_the_costs_are_those_of_the_network() -> None:
    """Rows, passes and guidance, in forward passes: 4 references and 4 class images; 14 steps, each with and without text."""
    plan = make_plan("dreambooth")
    assert costs_of(plan) == Costs(step=8 * 3.0, image=1.0)  # no sampler in this plan
    assert costs_of(replace(plan, sampler=plan.suite.sampler)) == Costs(step=24.0, image=28.0)


def test_images_of_a_class_are_made_once_whichever_subject_makes_them() -> None:
    meter = meter_of(unit("a", class_images=100, steps=10), unit("b", class_images=100, steps=10))
    meter.receive(Loaded())
    meter.receive(progress("a", "class images", 50, 100, 100))
    meter.receive(progress("a", "class images", 100, 100, 200))  # two seconds an image, and so a step
    assert meter.seconds_left() == pytest.approx(20 + 20)
    cached = meter_of(unit("a", class_images=100, steps=10), unit("b", class_images=100, steps=10))
    cached.receive(Loaded())
    cached.receive(progress("a", "train", 5, 10, 10))  # those in the cache are never reported; training starts at once
    cached.receive(progress("a", "train", 10, 10, 20))
    assert cached.seconds_left() == pytest.approx(20)


def test_images_on_the_way_do_not_end_the_training() -> None:
    meter = meter_of(unit("dog", steps=100, images=20, on_the_way=True))
    meter.receive(Loaded())
    meter.receive(progress("dog", "train", 25, 100, 25.0))
    meter.receive(progress("dog", "train", 50, 100, 50.0))
    meter.receive(progress("dog", "sample", 5, 20, 10.0))
    meter.receive(progress("dog", "sample", 10, 20, 20.0))
    assert meter.seconds_left() == pytest.approx(50 + 20)


def test_two_workers_take_half_the_time_and_the_last_one_its_own() -> None:
    def left(*, workers: int, ended_already: str = "") -> float | None:
        meter = meter_of(*(unit(name, steps=100) for name in "abcd"), workers=workers)
        meter.receive(Loaded())
        for name in ended_already:
            meter.receive(ended(name))
        meter.receive(progress("a", "train", 25, 100, 25))
        meter.receive(progress("a", "train", 50, 100, 50))
        return meter.seconds_left()

    assert left(workers=1) == pytest.approx(350)
    assert left(workers=2) == pytest.approx(200)  # a and then another beside two whole ones
    assert left(workers=8, ended_already="bcd") == pytest.approx(50)


PHASES = st.sampled_from(["class images", "train", "sample", "something of a plug-in's"])
STEPS = st.tuples(st.sampled_from("abc"), PHASES, st.integers(0, 10), st.floats(0, 100), st.floats(0, 50))


@given(st.lists(STEPS, max_size=20))
def test_the_share_never_goes_back_and_ends_at_one(steps: list[tuple[str, str, int, float, float]]) -> None:
    clock = Clock()
    units = [unit(name, class_images=5, steps=10, images=10) for name in "abc"]
    meter = meter_of(*units, workers=2, score_images=30, clock=clock)
    last = meter.share()
    meter.receive(Loaded())
    for subject, phase, done, seconds, passed in steps:
        clock.now += passed
        meter.receive(progress(subject, phase, done, 10, seconds))
        assert last <= meter.share() <= 1
        left = meter.seconds_left()
        assert left is None or 0 <= left < math.inf
        assert meter.text()
        last = meter.share()
    for subject in "abc":
        meter.receive(ended(subject))
    meter.score(30, 30, 1.0)
    assert meter.text() == "scoring 30/30 images"
    if meter.seconds_left() is not None:
        assert meter.share() == 1
        assert meter.seconds_left() == 0


def test_the_text_counts_subjects_and_images_and_says_who_is_at_what() -> None:
    units = [unit(name, steps=10, images=10) for name in ("dog", "can", "cat", "vase")]
    meter = meter_of(*units, workers=2, score_images=20, reused=3)
    assert meter.text() == "loading the models"
    meter.receive(Loaded())
    meter.receive(progress("dog", "train", 5, 10, 1.0))
    meter.receive(progress("can", "sample", 2, 10, 1.0))
    meter.receive(ended("cat"))
    assert meter.text().splitlines() == [
        "3 of 7 subjects done, 2 running, 1 waiting, 1 failed, 62 of 100 images",
        "training dog 5/10, sampling can 2/10",
    ]
    meter.receive(WorkerLost(("can",), "it was killed"))
    assert meter.text().splitlines() == [
        "3 of 7 subjects done, 1 running, 2 waiting, 1 failed, 60 of 100 images",
        "training dog 5/10",
    ]


def test_the_memory_is_of_every_device_once() -> None:
    def text(*found: Memory) -> str:
        meter = meter_of(*(unit(f"s{number}", steps=10) for number in range(len(found))), workers=len(found))
        meter.receive(Loaded())
        for number, memory in enumerate(found):
            meter.receive(replace(progress(f"s{number}", "train", 1, 10, 1.0), memory=memory))
        return meter.text().splitlines()[-1]

    gigabyte = 10**9
    assert text(Memory("a", "cpu", "a/1", gigabyte), Memory("a", "cpu", "a/2", gigabyte)) == "memory: 2.0 GB"
    full = Memory("a", "cuda:0", "a/cuda:0", 40 * gigabyte, 80 * gigabyte)
    other = replace(full, device="cuda:1", holder="a/cuda:1", used=10 * gigabyte)
    assert text(full, full, other) == "memory: cuda:0 40.0 of 80.0 GB, cuda:1 10.0 of 80.0 GB"
    elsewhere = replace(full, host="b", holder="b/cuda:0")
    assert text(full, elsewhere) == "memory: a cuda:0 40.0 of 80.0 GB, b cuda:0 40.0 of 80.0 GB"


def test_the_memory_of_a_worker_that_vanished_is_not_counted() -> None:
    meter = meter_of(unit("dog", steps=10), unit("can", steps=10), workers=2)
    meter.receive(Loaded())
    for name in ("dog", "can"):
        meter.receive(replace(progress(name, "train", 1, 10, 1.0), memory=Memory("a", "cpu", name, 10**9)))
    meter.receive(WorkerLost(("can",), "it was killed"))
    assert meter.text().splitlines()[-1] == "memory: 1.0 GB"
