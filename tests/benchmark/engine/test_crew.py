"""The crew's account: whatever workers do, no task is in two hands, none is lost, and none is begun more than three times."""

from collections import Counter
from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from dreambench.baselines.work import Shared
from dreambench.benchmark.engine.crew import ATTEMPTS, Crew
from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.jobs import Job, Lengths, Preparation, make_tasks
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, Progress, UnitDone, WorkerLost
from dreambench.benchmark.engine.schedule import Task
from dreambench.benchmark.runs.units import Unit, UnitManifest


def units(count: int) -> list[Unit]:
    return [Unit(f"s{number}", "") for number in range(count)]


def tasks(
    todo: list[Unit], shared: dict[str, Shared] | None = None, *, group_size: int = 1, workers: int = 1
) -> list[Task[Job]]:
    lengths = Lengths({unit.subject: 1.0 for unit in todo}, shared=2.0)
    return make_tasks(todo, shared or {}, lengths, group_size=group_size, workers=workers)


def done(unit: Unit) -> UnitDone:
    return UnitDone(cast(UnitManifest, SimpleNamespace(subject=unit.subject)))


def pieces(job: Job) -> list[Unit | Preparation]:
    return [job] if isinstance(job, Preparation) else list(job)


class Hands:
    """What every worker has to do, watched: nothing twice, nothing before what it waits for."""

    def __init__(self, crew: Crew, shared: dict[str, Shared], workers: int) -> None:
        self.crew, self.shared = crew, shared
        self.loading = {crew.enlist() for _ in range(min(workers, crew.pending))}
        self.jobs: dict[int, Job] = {}
        self.begun: Counter[Unit | Preparation] = Counter()
        self.made: set[tuple[str, int | None]] = set()

    def take(self) -> None:
        for worker, job in self.crew.hand_out():
            assert worker not in self.jobs
            if job is None:
                continue
            assert not {piece for held in self.jobs.values() for piece in pieces(held)} & set(pieces(job))
            self.begun.update(pieces(job))
            if isinstance(job, Preparation):
                parts = self.shared[job.units[0].subject].parts
                assert job.part is not None or parts == 1 or {(job.what, part) for part in range(parts)} <= self.made
            else:
                assert {(self.shared[unit.subject].name, None) for unit in job if unit.subject in self.shared} <= self.made
            self.jobs[worker] = job

    def die(self, worker: int) -> None:
        self.loading.discard(worker)
        self.jobs.pop(worker, None)
        if self.crew.lose(worker, "it died"):
            self.loading.add(self.crew.enlist())

    def go_on(self, worker: int, *, fails: bool) -> None:
        job = self.jobs.get(worker)
        if job is None:
            self.loading.remove(worker)
            self.crew.receive(worker, Loaded())
        elif isinstance(job, tuple) and job:
            self.crew.receive(worker, done(job[0]))
            self.jobs[worker] = job[1:]
        else:
            if isinstance(job, Preparation) and fails:
                self.crew.receive(worker, Failure(tuple(unit.subject for unit in job.units), "unexpected", "no luck", ""))
            elif isinstance(job, Preparation):
                self.made.add((job.what, job.part))
            del self.jobs[worker]
            self.crew.receive(worker, GroupFinished())


@given(st.integers(1, 12), st.integers(1, 3), st.integers(1, 4), st.lists(st.integers(0, 3), min_size=12), st.data())
def test_every_unit_ends_once_whoever_dies_and_after_what_it_shares(
    count: int, group_size: int, workers: int, nouns: list[int], data: st.DataObject
) -> None:
    """Subjects share one of three sets, of one to three parts, or nothing; workers vanish, and sets fail, at any moment."""
    todo, ended = units(count), list[str]()
    shared = {unit.subject: Shared(f"set {noun}", noun) for unit, noun in zip(todo, nouns, strict=False) if noun}

    def hear(message: Message) -> None:
        if isinstance(message, UnitDone):
            ended.append(message.manifest.subject)
        if isinstance(message, Failure):
            ended.extend(message.subjects)

    tally = Tally(hear)
    crew = Crew(tasks(todo, shared, group_size=group_size, workers=workers), tally)
    hands = Hands(crew, shared, workers)
    while crew.at_work:
        worker = data.draw(st.sampled_from(sorted(hands.loading | hands.jobs.keys())))
        if data.draw(st.integers(0, 3)) == 0:
            hands.die(worker)
        else:
            hands.go_on(worker, fails=data.draw(st.integers(0, 4)) == 0)
        hands.take()
    crew.close()
    outcome = tally.outcome(todo)
    assert len(ended) == len(set(ended))
    assert sorted([*ended, *outcome.untried]) == sorted(unit.subject for unit in todo)
    assert max(hands.begun.values(), default=0) <= ATTEMPTS
    assert not {piece.subject for piece in hands.begun if isinstance(piece, Unit)} & set(
        outcome.untried
    )  # what was lost is told


def test_a_worker_waits_while_others_make_what_its_subject_needs_and_goes_when_nothing_is_left() -> None:
    first, second = units(2)
    shared = {unit.subject: Shared("the class images of dog") for unit in (first, second)}
    crew = Crew(tasks([first, second], shared, workers=2), Tally(lambda message: None))
    maker, waiter = crew.enlist(), crew.enlist()
    for worker in (maker, waiter):
        crew.receive(worker, Loaded())
    ((worker, job),) = crew.hand_out()
    assert worker == maker
    assert isinstance(job, Preparation)
    assert crew.asks(waiter)
    crew.receive(maker, GroupFinished())
    assert crew.hand_out() == [(waiter, (first,)), (maker, (second,))]
    crew.receive(waiter, done(first))
    crew.receive(waiter, GroupFinished())
    assert crew.hand_out() == [(waiter, None)]
    assert crew.at_work
    assert not crew.asks(waiter)


def test_class_images_that_cannot_be_made_fail_their_subjects_once_and_no_others() -> None:
    todo, heard = units(3), list[Message]()
    shared = {unit.subject: Shared("the class images of dog", 2) for unit in todo[:2]}
    crew = Crew(tasks(todo, shared, workers=2), Tally(heard.append))
    one, two = crew.enlist(), crew.enlist()
    for worker in (one, two):
        crew.receive(worker, Loaded())
    assert [cast(Preparation, job).part for _, job in crew.hand_out()] == [0, 1]
    for worker in (one, two):
        crew.receive(worker, Failure(("s0", "s1"), "unexpected", "no luck", "a traceback"))
        crew.receive(worker, GroupFinished())
    assert [job for _, job in crew.hand_out()] == [(todo[2],), None]
    assert [message for message in heard if isinstance(message, Failure)] == [
        Failure(("s0", "s1"), "unexpected", "no luck", "a traceback")
    ]


def test_class_images_that_always_kill_their_worker_are_given_up_with_a_sentence() -> None:
    todo, heard = units(2), list[Message]()
    shared = {unit.subject: Shared("the class images of dog") for unit in todo}
    crew = Crew(tasks(todo, shared, workers=2), Tally(heard.append))
    for _ in range(ATTEMPTS):
        worker = crew.enlist()
        crew.receive(worker, Loaded())
        assert isinstance(crew.hand_out()[0][1], Preparation)
        crew.lose(worker, "the worker process ended with exit code 9", wrote="Killed\n")
    assert not crew.at_work
    assert [message.subjects for message in heard if isinstance(message, WorkerLost)] == [("s0", "s1")] * (ATTEMPTS - 1)
    (failure,) = [message for message in heard if isinstance(message, Failure)]
    assert "Killed" in failure.traceback
    assert failure.subjects == ("s0", "s1")
    assert failure.message == (
        "the class images of dog could not be made: the worker process ended with exit code 9, 3 times; "
        'the last that it wrote: "Killed"'
    )


def test_the_progress_of_parts_is_that_of_all_of_them() -> None:
    todo, heard = units(1), list[Message]()
    crew = Crew(tasks(todo, {"s0": Shared("the class images of dog", 2)}, workers=2), Tally(heard.append))
    workers = [crew.enlist(), crew.enlist()]
    for worker in workers:
        crew.receive(worker, Loaded())
    crew.hand_out()
    for worker, images, seconds in ((workers[0], 4, 2.0), (workers[1], 10, 6.0), (workers[0], 16, 8.0)):
        crew.receive(worker, Progress(("s0",), "class images", images, 32, seconds))
    assert [(message.done, message.seconds) for message in heard if isinstance(message, Progress)] == [
        (4, 2),
        (14, 8),
        (26, 14),
    ]


def test_a_worker_that_still_loads_is_not_waited_for_when_all_is_done() -> None:
    (unit,) = units(1)
    crew = Crew(tasks([unit]), Tally(lambda message: None))
    first, _late = crew.enlist(), crew.enlist()
    crew.receive(first, Loaded())
    assert crew.hand_out() == [(first, (unit,))]
    assert crew.at_work
    crew.receive(first, done(unit))
    crew.receive(first, GroupFinished())
    assert crew.hand_out() == [(first, None)]
    assert not crew.at_work


def test_nothing_is_handed_out_after_a_full_disk() -> None:
    first, second = units(2)
    tally = Tally(lambda message: None)
    crew = Crew(tasks([first, second]), tally)
    worker = crew.enlist()
    crew.receive(worker, Loaded())
    crew.hand_out()
    crew.receive(worker, Failure((first.subject,), "machine", "the disk is full", ""))
    crew.receive(worker, GroupFinished())
    assert crew.hand_out() == [(worker, None)]
    assert not crew.at_work
    crew.close()
    assert tally.outcome([first, second]).untried == (second.subject,)
