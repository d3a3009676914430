"""The order of tasks: nothing before what it waits for, the longest chain first, what cannot be done is told."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.engine.schedule import Schedule, Task

#: Lengths, and for each task which of the earlier ones it waits for.
GRAPHS = st.lists(st.tuples(st.floats(0, 10), st.sets(st.integers(0, 30), max_size=3)), max_size=30)


def graph(drawn: list[tuple[float, set[int]]]) -> list[Task[int]]:
    return [
        Task(f"t{number}", number, length, tuple(f"t{before % number}" for before in sorted(waits)) if number else ())
        for number, (length, waits) in enumerate(drawn)
    ]


def longest_from(tasks: list[Task[int]], name: str) -> float:
    """By trying every way: slow, and surely right."""
    task = next(task for task in tasks if task.name == name)
    return task.length + max((longest_from(tasks, other.name) for other in tasks if name in other.after), default=0.0)


@given(GRAPHS.filter(lambda drawn: len(drawn) <= 10))
def test_a_chain_is_the_longest_way_to_the_end(drawn: list[tuple[float, set[int]]]) -> None:
    tasks = graph(drawn)
    schedule = Schedule(reversed(tasks))
    for task in tasks:
        assert schedule.chain(task.name) == pytest.approx(longest_from(tasks, task.name))


@given(GRAPHS, st.integers(1, 5))
def test_any_number_of_hands_does_every_task_once_and_none_before_its_time(
    drawn: list[tuple[float, set[int]]], hands: int
) -> None:
    tasks = graph(drawn)
    schedule, again = Schedule(tasks), Schedule(tasks)
    held: list[Task[int]] = []
    done: list[str] = []
    while schedule.left or held:
        while len(held) < hands and (task := schedule.take()) is not None:
            assert again.take() == task  # the same calls, the same order
            assert set(task.after) <= set(done)
            held.append(task)
        task = held.pop(0)
        done.append(task.name)
        schedule.finish(task.name)
        again.finish(task.name)
    assert sorted(done) == sorted(task.name for task in tasks)


@given(st.lists(st.floats(0, 10), max_size=20))
def test_of_those_that_are_ready_the_longest_comes_first(lengths: list[float]) -> None:
    schedule = Schedule(Task(str(number), number, length) for number, length in enumerate(lengths))
    order = [task.length for _ in lengths if (task := schedule.take())]
    assert len(order) == len(lengths)
    assert all(first >= second for first, second in pairwise(order))


@given(GRAPHS.filter(bool), st.data())
def test_what_waits_for_a_failed_task_is_dropped_and_nothing_else(
    drawn: list[tuple[float, set[int]]], data: st.DataObject
) -> None:
    tasks = graph(drawn)
    schedule = Schedule(tasks)
    failed = data.draw(st.sampled_from([task.name for task in tasks if not task.after]))
    lost = {failed}
    for task in tasks:  # the earlier ones come first
        if lost & set(task.after):
            lost.add(task.name)
    useful = set[str]()
    for task in reversed(tasks):
        waiters = {other.name for other in tasks if task.name in other.after}
        if task.name not in lost and (not waiters or waiters & useful):
            useful.add(task.name)
    done = set()
    while schedule.left:
        task = schedule.take()
        assert task is not None
        if task.name == failed:
            schedule.drop_after(failed)
        else:
            done.add(task.name)
            schedule.finish(task.name)
    assert done.isdisjoint(lost)
    assert useful <= done


def test_a_task_that_is_begun_again_comes_last_unless_others_wait_for_it() -> None:
    schedule = Schedule([Task("set", 0), Task("a", 1, after=("set",)), Task("b", 2, 5.0), Task("c", 3, 1.0)])
    first, second = schedule.take(), schedule.take()
    assert first is not None
    assert second is not None
    assert (first.name, second.name) == ("b", "c")
    schedule.add_late(first)
    shared = schedule.take()
    assert shared is not None
    assert shared.name == "set"
    schedule.add_late(shared)
    schedule.add_late(Task("c, again", 3))
    assert [task.name for _ in range(3) if (task := schedule.take())] == ["set", "b", "c, again"]
    schedule.finish("set")
    assert schedule.take() == Task("a", 1, after=("set",))
    schedule.add_late(Task("d", 4))
    with pytest.raises(ValueError, match="nobody has the task d"):
        schedule.add_late(Task("d", 4))


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ([Task("a", 0), Task("a", 1)], "two tasks are called a"),
        ([Task("a", 0, after=("b",))], "the task a waits for b, which is not there"),
        ([Task("a", 0, after=("b",)), Task("b", 0, after=("a",))], "the task a waits for itself"),
    ],
)
def test_tasks_that_can_never_be_done_are_refused(tasks: list[Task[int]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Schedule(tasks)
