"""The simulated cluster: nothing before its time, near the best that is possible, at a cost that grows with the tasks alone."""

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.baselines.work import Shared
from dreambench.benchmark.engine.jobs import Job, Lengths, make_tasks
from dreambench.benchmark.engine.schedule import Schedule, Task
from dreambench.benchmark.runs.units import Unit
from dreambench.dataset.subjects import SUBJECTS
from speed.simulated_cluster import simulate, simulate_as_before

NOUNS = {subject.id: subject.class_noun for subject in SUBJECTS}
#: About what `bench doctor` says of sd15 on an H100: seconds for a noun's class images, and for a subject with its images.
CLASS_IMAGES, SUBJECT = 69.0, 76.0


def run(nouns: dict[str, str], *, parts: int, class_images: float, subject: float, workers: int) -> list[Task[Job]]:
    units = [Unit(name, "") for name in nouns]
    shared = {name: Shared(f"the class images of {noun}", parts) for name, noun in nouns.items()}
    lengths = Lengths(dict.fromkeys(nouns, subject), class_images)
    return make_tasks(units, shared, lengths, group_size=1, workers=workers)


def test_two_dogs_on_two_gpus_by_hand() -> None:
    dogs = {"dog": "dog", "dog2": "dog"}
    parts = run(dogs, parts=2, class_images=8.0, subject=10.0, workers=2)
    found = simulate(parts, gpus=2)
    assert (found.makespan, found.work, found.chain, found.ideal) == (14.0, 28.0, 14.0, 14.0)
    assert [name.split()[0] for name in found.order] == ["the", "the", "the", "subject", "subject"]
    whole = run(dogs, parts=1, class_images=8.0, subject=10.0, workers=2)
    assert simulate(whole, gpus=2).makespan == 18.0
    assert simulate_as_before(list(dogs), dogs, gpus=2, class_seconds=8.0, subject_seconds=10.0) == 18.0
    assert simulate_as_before(list(dogs), dogs, gpus=1, class_seconds=8.0, subject_seconds=10.0) == 28.0


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.integers(1, 4), st.integers(1, 6), st.data())
def test_it_takes_no_less_than_the_ideal_and_no_more_than_grahams_bound(
    nouns: list[str], parts: int, gpus: int, data: st.DataObject
) -> None:
    tasks = run(
        {f"{noun}{number}": noun for number, noun in enumerate(nouns)}, parts=parts, class_images=5.0, subject=3.0, workers=gpus
    )
    seconds = {task.name: data.draw(st.floats(0, 10)) for task in tasks}
    found = simulate(tasks, gpus=gpus, seconds=seconds)
    assert found.ideal <= found.makespan * (1 + 1e-9)
    assert found.makespan <= (found.work + (gpus - 1) * found.chain) / gpus * (1 + 1e-9) + 1e-9
    ended = {name: number for number, name in enumerate(found.order)}
    assert all(ended[before] < ended[task.name] for task in tasks for before in task.after)


@pytest.mark.parametrize("gpus", [10, 64])
def test_a_run_of_thirty_subjects_is_within_five_percent_of_what_its_class_images_allow(gpus: int) -> None:
    """No subject whose class images come last begins before all class images are there, whoever makes them."""
    tasks = run(NOUNS, parts=25, class_images=CLASS_IMAGES, subject=SUBJECT, workers=gpus)
    found = simulate(tasks, gpus=gpus, workers=min(gpus, 2 * len(NOUNS)))
    of_classes = CLASS_IMAGES * len(set(NOUNS.values())) / gpus
    assert max(found.ideal, of_classes + SUBJECT) / found.makespan > 0.95
    before = simulate_as_before(list(NOUNS), NOUNS, gpus=gpus, class_seconds=CLASS_IMAGES, subject_seconds=SUBJECT)
    assert found.makespan < before


def calls(tasks: list[Task[int]]) -> int:
    """Calls of functions, Python's own among them, that handing out all tasks takes."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        schedule = Schedule(tasks)
        while (task := schedule.take()) is not None:
            schedule.finish(task.name)
    finally:
        sys.setprofile(before)
    assert not schedule.left
    return count


def test_a_task_costs_as_many_calls_among_many_as_among_few() -> None:
    """Of these calls the heap's take log n steps, the others one."""

    def of(count: int) -> list[Task[int]]:
        waits = [(str(number - number % 4),) if number % 4 else () for number in range(count)]
        return [Task(str(number), number, math.sin(number) + 1, waits[number]) for number in range(count)]

    few, many = calls(of(64)), calls(of(4096))
    assert many / 4096 < 1.1 * few / 64
