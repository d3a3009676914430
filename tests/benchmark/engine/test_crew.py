"""The crew's account: whatever workers do, no unit is in two hands, none is lost, and none is begun more than three times."""

from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.engine.crew import ATTEMPTS, Crew
from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.groups import Group, make_groups
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, UnitDone
from dreambench.benchmark.runs.units import Unit, UnitManifest


def units(count: int) -> list[Unit]:
    return [cast(Unit, SimpleNamespace(subject=f"s{number}")) for number in range(count)]


def done(unit: Unit) -> UnitDone:
    return UnitDone(cast(UnitManifest, SimpleNamespace(subject=unit.subject)))


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.data())
def test_every_unit_ends_once_whoever_dies(count: int, group_size: int, workers: int, data: st.DataObject) -> None:
    todo, ended = units(count), list[str]()

    def hear(message: Message) -> None:
        if isinstance(message, UnitDone):
            ended.append(message.manifest.subject)
        if isinstance(message, Failure):
            ended.extend(message.subjects)

    tally = Tally(hear)
    crew = Crew(make_groups(todo, group_size=group_size, workers=workers), tally)
    hands: dict[int, Group | None] = {crew.enlist(): None for _ in range(min(workers, crew.pending))}
    begun: dict[str, int] = {}

    def take(worker: int, message: Message) -> None:
        group = crew.receive(worker, message)
        assert group is not None
        if not group:
            del hands[worker]
            return
        for unit in group:
            begun[unit.subject] = begun.get(unit.subject, 0) + 1
            assert all(unit not in (held or ()) for held in hands.values())
        hands[worker] = group

    while crew.at_work:
        worker = data.draw(st.sampled_from(sorted(hands)))
        group = hands[worker]
        if data.draw(st.integers(0, 3)) == 0:
            del hands[worker]
            if crew.lose(worker, "it died"):
                hands[crew.enlist()] = None
        elif group is None:
            take(worker, Loaded())
        elif group:
            assert crew.receive(worker, done(group[0])) is None
            hands[worker] = group[1:]
        else:
            take(worker, GroupFinished())
    crew.close()
    outcome = tally.outcome(todo)
    assert len(ended) == len(set(ended))
    assert sorted([*ended, *outcome.untried]) == sorted(unit.subject for unit in todo)
    assert max(begun.values(), default=0) <= ATTEMPTS
    assert set(outcome.untried).isdisjoint(begun)  # what was begun and lost is told


def test_a_worker_that_still_loads_is_not_waited_for_when_all_is_done() -> None:
    (unit,) = units(1)
    crew = Crew([(unit,)], Tally(lambda message: None))
    first, _late = crew.enlist(), crew.enlist()
    assert crew.receive(first, Loaded()) == (unit,)
    assert crew.at_work
    crew.receive(first, done(unit))
    assert crew.receive(first, GroupFinished()) == ()
    assert not crew.at_work


def test_nothing_is_handed_out_after_a_full_disk() -> None:
    first, second = units(2)
    tally = Tally(lambda message: None)
    crew = Crew([(first,), (second,)], tally)
    worker = crew.enlist()
    crew.receive(worker, Loaded())
    crew.receive(worker, Failure((first.subject,), "machine", "the disk is full", ""))
    assert crew.receive(worker, GroupFinished()) == ()
    assert not crew.at_work
    crew.close()
    assert tally.outcome([first, second]).untried == (second.subject,)
