"""How the engine ray hands tasks to actors, with a Ray that is only told: quick, and the same on every machine."""

import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from engine_jobs import make_plan, resources, silent

from dreambench.benchmark.engine import ray_engine
from dreambench.benchmark.engine.jobs import Job, Preparation
from dreambench.benchmark.engine.messages import GroupFinished, Loaded, Message, UnitDone
from dreambench.benchmark.engine.registry import make_engine
from dreambench.dataset.errors import UserError


class Died(Exception):
    """An actor is gone."""


class ToldRay:
    """The part of Ray that the engine uses. Calls are answered in order, the first actor's more slowly than the others'."""

    __spec__ = "it is installed"
    exceptions = SimpleNamespace(RayError=Died)

    def __init__(self, *, cpus: int, dies: int | None = None) -> None:
        self.cpus, self.dies = cpus, dies
        self.calls: deque[tuple[int, Job | None]] = deque()
        self.jobs: list[Job] = []
        self.begun: set[int] = set()
        self.ended: list[int] = []
        self.open: dict[int, int] = {}

    def is_initialized(self) -> bool:
        return True

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": float(self.cpus)}

    def put(self, value: object) -> object:
        return value

    def actor(self, *_: object) -> SimpleNamespace:
        number = len(self.open)
        self.open[number] = 0

        def exchange(job: Job | None) -> tuple[int, Job | None]:
            assert number not in self.ended
            self.open[number] += 1
            assert self.open[number] == 1  # one call at a time
            call = (number, job)
            self.calls.append(call)
            return call

        return SimpleNamespace(number=number, exchange=SimpleNamespace(remote=exchange))

    def wait(self, calls: list[tuple[int, Job | None]], **_: object) -> tuple[list[tuple[int, Job | None]], list[object]]:
        assert set(calls) == set(self.calls)
        self.calls.rotate(-1 if self.calls[0][0] == 0 and len(self.calls) > 1 else 0)
        return [self.calls.popleft()], []

    def get(self, call: tuple[int, Job | None]) -> list[Message]:
        number, job = call
        self.open[number] = 0
        if number not in self.begun:
            self.begun.add(number)
            return [Loaded()]
        if job is None:
            return []
        self.jobs.append(job)
        if number == self.dies:
            raise Died("the node was lost")
        done = [] if isinstance(job, Preparation) else [UnitDone(SimpleNamespace(subject=unit.subject)) for unit in job]  # type: ignore[arg-type]
        return [*done, GroupFinished()]

    def kill(self, actor: SimpleNamespace) -> None:
        self.ended.append(actor.number)


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("dies", [None, 1])
def test_actors_wait_for_what_others_make_and_one_that_dies_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies: int | None
) -> None:
    ray = ToldRay(cpus=3, dies=dies)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.setitem(sys.modules, "ray.exceptions", ray.exceptions)
    monkeypatch.setattr(ray_engine, "_actor_class", lambda *_: SimpleNamespace(remote=ray.actor))
    plan = make_plan(shares=2)
    with make_engine("ray", "cpu") as engine:
        outcome = engine.run(plan, plan.units(), resources(tmp_path, workers=3), silent)
    assert set(outcome.done) == {"can", "cat", "dog", "vase"}
    assert outcome.failures == outcome.untried == ()
    made = [job for job in ray.jobs if isinstance(job, Preparation)]
    assert {(job.what, job.part) for job in made} == {
        (f"the air of {kind} subjects", part) for kind in ("object", "live") for part in (0, 1, None)
    }
    assert len(ray.jobs) == 2 * 3 + 4 + (dies is not None)  # what the dead one had is done once more
    assert len(ray.open) == 3 + (dies is not None)
    assert sorted(ray.ended) == sorted(ray.open)  # nothing is left running


@pytest.mark.usefixtures("plugin")
def test_a_ray_that_does_not_start_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine Ray gives up after 30 seconds, with an exception of no kind."""

    def init(**_: object) -> None:
        raise Exception("The current node timed out during startup. This could happen because")

    ray = SimpleNamespace(__spec__="it is installed", is_initialized=lambda: False, init=init, shutdown=lambda: None)
    monkeypatch.setitem(sys.modules, "ray", ray)
    with (
        make_engine("ray", "cpu") as engine,
        pytest.raises(
            UserError, match=r"Ray does not start on this machine \(The current node timed out .* --engine processes"
        ),
    ):
        engine.side_by_side(make_plan(), replace(resources(tmp_path), device="cpu"), units=4)
