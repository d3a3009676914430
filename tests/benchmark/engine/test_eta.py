"""The time left: near the truth once a tenth is done, without jumps, nothing at the end, whatever batches and workers do."""

import math
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_run import SimulatedRun, watch

from dreambench.benchmark.engine.costs import Costs
from dreambench.benchmark.engine.eta import Speeds, Steady, makespan
from dreambench.benchmark.engine.tasks import UnitWork

#: How far the time that is shown may be from the truth after a tenth of the run.
BAND = 0.5
LOOKS = 120


def groups(count: int, size: int, nouns: int, class_images: int, steps: int, images: list[int]) -> list[list[UnitWork]]:
    units = [UnitWork(f"s{n}", f"noun {n % nouns}", class_images, steps, images[n % len(images)]) for n in range(count)]
    return [units[first : first + size] for first in range(0, count, size)]


SPEEDS = st.floats(-1, 1).map(lambda power: 10**power)
GROUPS = st.builds(
    groups,
    st.integers(1, 16),
    st.integers(1, 3),
    st.integers(1, 8),
    st.sampled_from([0, 30]),
    st.sampled_from([0, 20, 200]),
    st.lists(st.integers(4, 40), min_size=1, max_size=5),
)


@settings(max_examples=25)
@given(GROUPS, st.integers(1, 8), SPEEDS, SPEEDS, st.sampled_from([1, 4, 16]), st.booleans())
def test_at_constant_speeds_it_is_near_the_truth_never_grows_much_and_ends_at_nothing(
    todo: list[list[UnitWork]], workers: int, step: float, image: float, batch: int, warms_up: bool
) -> None:
    run = SimulatedRun(todo, workers, step=step, image=image, batch=batch, warm_up=image if warms_up else 0.0)
    end = run.messages()[-1][0]
    shown, end = watch(run, Costs(step, image), every=end / LOOKS)
    # Of a batch at work nothing is heard, and a group's step is one of each of its subjects.
    unheard = 1.5 * batch * image + 2 * step * len(todo[0]) + 0.04 * end
    late = [(end - when, left) for when, left in shown if when > 0.1 * end and left is not None]
    for truth, left in late:
        assert abs(left - truth) <= BAND * truth + unheard
    least = math.inf
    for _, left in late:
        assert left <= 1.4 * (least + unheard)
        least = min(least, left)
    assert shown[-1][1] == 0


@settings(max_examples=15)
@given(st.integers(1, 4), st.sampled_from(["step", "image"]), st.floats(1, 50), st.sampled_from([1, 4, 16]))
def test_a_phase_ten_times_slower_than_its_method_says_is_believed_step_by_step(
    workers: int, slow: str, image: float, batch: int
) -> None:
    todo = groups(12, 1, 12, 0, 100, [30])
    run = SimulatedRun(todo, workers, step=image / 3, image=image, batch=batch)
    costs = Costs(run.step / 10, image) if slow == "step" else Costs(run.step, image / 10)
    end = run.messages()[-1][0]
    shown, end = watch(run, costs, every=end / LOOKS)
    known = [(when, left) for when, left in shown if left is not None]
    for (_, before), (when, after) in pairwise(known):
        if when > 0.03 * end:
            assert after < 1.5 * before
    for when, left in known:
        if when > 0.5 * end:
            assert abs(left - (end - when)) <= BAND * (end - when) + 1.5 * batch * image + 0.04 * end


def test_nothing_is_said_before_anything_is_measured() -> None:
    speeds = Speeds({"train": 1.0, "sample": 5.0}, {"score": 0.5})
    assert speeds.rates() is None
    speeds.note("a", "train", seconds=30.0, amount=1, is_whole=False)  # the first step warms up: it says nothing yet
    assert speeds.rates() is None
    speeds.note("a", "train", seconds=230.0, amount=101, is_whole=False)
    assert speeds.rates() == {"train": 2.0, "sample": 10.0, "score": 0.5}
    assert Speeds({}, {"score": 0.5}).rates() == {"score": 0.5}


@given(st.integers(1, 16), st.integers(2, 6), SPEEDS)
def test_the_first_image_of_a_batch_frightens_nobody(batch: int, batches: int, image: float) -> None:
    """A message counts the first image alone, after the time of the whole batch."""
    speeds = Speeds({"train": 1.0, "sample": 1.0}, {})
    speeds.note("a", "train", seconds=image, amount=1, is_whole=True)
    for number in range(batches):
        speeds.note("a", "sample", seconds=(number + 1) * batch * image, amount=number * batch + 1, is_whole=False)
        rates = speeds.rates()
        assert rates is not None
        assert abs(rates["sample"] - image) < 1e-3 * image


def test_a_unit_that_is_begun_again_is_counted_once() -> None:
    speeds = Speeds({"train": 1.0}, {})
    speeds.note("a", "train", seconds=50.0, amount=50, is_whole=False)
    speeds.note("a", "train", seconds=3.0, amount=1, is_whole=False)  # another worker, three times as slow
    speeds.note("a", "train", seconds=300.0, amount=100, is_whole=True)
    assert speeds.rates() == {"train": 3.0}


@given(st.lists(st.floats(0, 100), max_size=12), st.integers(1, 8))
def test_side_by_side_takes_between_the_longest_and_twice_the_fair_share(tasks: list[float], workers: int) -> None:
    time = makespan([], tasks, workers=workers)
    longest, fair = max(tasks, default=0.0), sum(tasks) / workers
    assert max(longest, fair) - 1e-6 <= time <= fair + longest + 1e-6  # Graham, 1966


def test_workers_take_the_next_task_when_they_are_free() -> None:
    assert makespan([5.0, 1.0], [2.0, 9.0], workers=2) == 12.0  # 1 + 2, then 9 beside the 5
    assert makespan([5.0, 1.0], [], workers=8) == 5.0
    assert makespan([], [], workers=3) == 0.0


@settings(max_examples=20)
@given(st.floats(60, 1e5), st.floats(0.1, 10), st.floats(30, 1e4))
def test_what_is_shown_moves_to_a_new_reckoning_without_a_jump(left: float, factor: float, passed: float) -> None:
    steady = Steady(0.0)
    assert steady.follow(left, now=passed) == left
    truth, now, before = factor * left, passed, left
    end = now + truth
    while end - now > 0.4 * truth:
        now += 0.01 * min(now, truth)
        after = steady.follow(end - now, now=now)
        assert before / 1.3 <= after <= before * 1.3
        before = after
    assert abs(before - (end - now)) <= 0.3 * (end - now)
    assert steady.follow(0.0, now=now) == 0.0
