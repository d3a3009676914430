"""Engines: the same images however units are done, units handed on, failures kept apart, and engines of other people."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
from engine_jobs import do, make_plan, pictures, resources, silent
from run_fakes import FEW, Bench, files_of

from dreambench.baselines.method import MethodContext
from dreambench.benchmark.declarations.suite import ModelSpec
from dreambench.benchmark.engine.failures import failure_of
from dreambench.benchmark.engine.messages import Loaded, Message, Progress, WorkerLost
from dreambench.benchmark.engine.processes import _Member, _Workers, devices_of, least_used
from dreambench.benchmark.engine.registry import check_engine, engine_names, make_engine
from dreambench.benchmark.runs.checkpoints import Checkpoint
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.dataset.errors import UserError

ENGINE = '''
from dreambench.benchmark.engine.engine import Engine, Tally
from dreambench.benchmark.engine.groups import groups_of
from dreambench.benchmark.engine.work import Worker


class Backwards(Engine):
    """Does the last group first, each in a worker of its own."""

    def run(self, plan, units, resources, report):
        tally = Tally(report)
        for group in reversed(groups_of(plan, units, workers=len(units))):
            Worker(plan, resources, tally.receive).do(group)
        return tally.outcome(units)

    def stop(self):
        print("stopped")
'''


@pytest.mark.usefixtures("plugin")
def test_checkpoints_are_made_by_whatever_engine_and_a_subject_ends_with_its_last(tmp_path: Path) -> None:
    for engine, workers in (("processes", 2), ("inline", 1)):
        plan, checkpoints = make_plan(darker=5, steps=4), []
        for step, names in ((2, ("can", "dog")), (4, ("cat", "dog"))):
            units = {unit.subject: unit for unit in make_plan(darker=5, steps=step).units() if unit.subject in names}
            checkpoints.append(Checkpoint(step, units, tmp_path / engine / f"steps{step}"))
        todo = [unit for unit in plan.units() if unit.subject != "vase"]
        outcome = do(engine, tmp_path / engine, replace(plan, checkpoints=tuple(checkpoints)), todo, workers=workers)
        assert {name: manifest.steps for name, manifest in outcome.done.items()} == {"can": 2, "cat": 4, "dog": 4}
        assert outcome.failures == outcome.untried == ()
        for checkpoint in checkpoints:
            folder = RunFolder(checkpoint.folder)
            assert all(folder.finished(unit) is not None for unit in checkpoint.units.values())
    made = pictures(tmp_path / "processes")
    assert len(made) == 4 * (2 * 2 + 1)
    assert made == pictures(tmp_path / "inline")


def install_engine(folder: Path) -> None:
    (folder / "backwards_engine.py").write_text(ENGINE)
    info = folder / "backwards_engine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: backwards-engine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[dreambench.engines]\nbackwards = backwards_engine:Backwards\nbroken = no_such_module:Engine\nodd = json:dumps\n"
    )


def test_an_engine_of_other_people_makes_the_same_run(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ENGINE.strip().splitlines()) <= 20
    install_engine(tmp_path / "plugin")
    assert bench(*FEW, "--out", "usual").exit_code == 0
    result = bench(*FEW, "--out", "theirs", "--engine", "backwards")
    assert result.exit_code == 0, result.output
    assert "stopped" in result.stdout
    usual, theirs = (
        {name: content for name, content in files_of(tmp_path / folder).items() if name.endswith((".png", ".parquet"))}
        for folder in ("usual", "theirs")
    )
    assert usual == theirs
    sys.modules.pop("backwards_engine", None)


def test_engines_are_found_by_name_and_wrong_ones_named(bench: Bench, tmp_path: Path) -> None:
    install_engine(tmp_path / "plugin")
    assert engine_names() == ("backwards", "broken", "inline", "odd", "processes", "ray")
    with pytest.raises(UserError, match="--engine cannot be 'inlien'; did you mean 'inline'"):
        check_engine("inlien")
    with pytest.raises(UserError, match="no_such_module"):
        make_engine("broken", "cpu")
    with pytest.raises(UserError, match="is not derived from"):
        make_engine("odd", "cpu")
    refused = bench(*FEW, "--engine", "proceses")
    assert refused.exit_code == 2
    assert "did you mean 'processes'?" in refused.stderr


def test_an_engine_has_settings_of_its_own_and_others_are_refused(bench: Bench, tmp_path: Path) -> None:
    install_engine(tmp_path / "plugin")
    source = tmp_path / "plugin" / "backwards_engine.py"
    source.write_text(
        "from dreambench.benchmark.engine.settings import EngineSettings\n\n\n"
        'class Own(EngineSettings):\n    word: str = "stopped"\n'
        + ENGINE.replace(
            '    def stop(self):\n        print("stopped")', "    def stop(self):\n        print(self.settings.word)"
        ).replace('own."""\n', 'own."""\n\n    settings_type = Own\n')
    )
    try:
        result = bench(*FEW, "--out", "theirs", "--engine", "backwards", "--engine-set", "word=the end")
        assert result.exit_code == 0, result.output
        assert "the end" in result.stdout
        for arguments, said in (
            (("backwards", "--engine-set", "wrod=x"), "did you mean 'word'?"),
            (("backwards", "--address", "auto"), "there is no key 'address'"),
            (("inline", "--max-in-flight", "2"), "The engine inline has no settings, and 1 setting came: max_in_flight"),
            (("ray", "--engine-set", "address"), "write --engine-set KEY=VALUE"),
            (("ray", "--gpus-per-task", "1.5"), "gpus_per_task must be a whole number above 1"),
            (("ray", "--address", "ray://here:1"), "address"),
        ):
            refused = bench(*FEW, "--out", "other", "--engine", *arguments)
            assert refused.exit_code == 2
            assert said in " ".join(refused.stderr.split())
    finally:
        sys.modules.pop("backwards_engine", None)


@pytest.mark.parametrize(("device", "usual"), [("cpu", "Processes"), ("cuda", "Inline"), ("cuda:3", "Inline")])
def test_the_device_has_a_usual_engine_and_allows_every_other(device: str, usual: str) -> None:
    assert type(make_engine("auto", device)).__name__ == usual
    assert type(make_engine("inline", device)).__name__ == "Inline"
    assert type(make_engine("processes", device)).__name__ == "Processes"


@pytest.mark.usefixtures("plugin")
def test_processes_share_a_gpu_only_if_asked_to(tmp_path: Path) -> None:
    engine, plan = make_engine("processes", "cuda:1"), make_plan()
    for asked, expected in ((None, 1), (3, 3), (9, 4)):
        on_gpu = replace(resources(tmp_path), device="cuda:1", workers=asked)
        assert engine.side_by_side(plan, on_gpu, units=4) == expected


@pytest.mark.usefixtures("plugin")
def test_workers_are_counted_by_what_the_method_says_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, plan, free = make_engine("processes", "cpu"), make_plan(), resources(tmp_path, workers=None)
    monkeypatch.setattr("dreambench.benchmark.engine.processes.usable_cores", lambda: 8)
    monkeypatch.setattr("dreambench.baselines.model.memory.free_host_memory", lambda: 10_000_000_000)
    import fake_dreambench_method

    assert engine.side_by_side(plan, free, units=8) == 8  # 1.2 GB each
    monkeypatch.setattr(fake_dreambench_method.Fake, "memory_bytes", 3_000_000_000)
    assert engine.side_by_side(plan, free, units=8) == 3
    assert engine.side_by_side(plan, replace(free, workers=5), units=8) == 5  # by hand


@pytest.mark.usefixtures("plugin")
def test_units_are_done_in_true_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU, torch's convolutions are in TF32 unless told otherwise, and the manifests would say float32."""
    seen: list[str] = []

    @contextmanager
    def strict() -> Iterator[None]:
        seen.append("on")
        yield
        seen.append("off")

    monkeypatch.setattr("dreambench.benchmark.engine.work.true_float32", strict)
    plan = make_plan()
    do("inline", tmp_path, plan, plan.units()[:1], report=lambda message: seen.append(type(message).__name__))
    assert seen[0] == "Loaded"
    assert seen[1] == "on"
    assert seen[-3:] == ["UnitDone", "off", "GroupFinished"]


@pytest.mark.usefixtures("plugin")
def test_a_base_model_that_changed_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambench.benchmark.engine.work.BaseModel.load", lambda *_, **__: SimpleNamespace(weights_hash="new"))
    plan = replace(make_plan(), model=ModelSpec(source="owner/model"), weights_hash="old")
    outcome = do("inline", tmp_path, plan)
    assert outcome.done == {}
    assert outcome.failures[0].kind == "user"
    assert "owner/model changed" in outcome.failures[0].message


def test_a_failing_machine_is_recognised_in_any_librarys_words() -> None:
    class SafetensorError(Exception):
        pass

    full = failure_of(SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"), ("dog",))
    assert (full.kind, full.message) == ("machine", "the disk is full")
    lost = OSError("could not be saved")
    lost.__cause__ = OSError(5, "Input/output error")
    assert failure_of(lost, ("dog",)).message == "the disk or the network drive failed"
    other = failure_of(SafetensorError("Error while deserializing header: header too small"), ("dog",))
    assert other.kind == "unexpected"


def test_full_memory_is_recognised_by_kind_and_not_by_a_name() -> None:
    class OutOfMemoryError(Exception):
        """Of some other library, about something else."""

    assert failure_of(OutOfMemoryError("the shop is out of memory sticks"), ("dog",)).kind == "unexpected"
    host = RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")
    wrapped = RuntimeError("the method gave up")
    wrapped.__cause__ = MemoryError()
    for error in (torch.OutOfMemoryError("CUDA out of memory."), MemoryError(), host, wrapped):
        failure = failure_of(error, ("dog",))
        assert failure.kind == "out_of_memory"
        assert failure.message == "out of memory; try a smaller --batch-size or fewer --workers"


@pytest.mark.usefixtures("plugin")
def test_a_worker_that_is_always_killed_costs_its_unit_only(tmp_path: Path) -> None:
    plan = make_plan(die_on="can", last_words="one more\nthe end \x1b[2Jof it\n")
    seen: list[Message] = []
    outcome = do("processes", tmp_path, plan, report=seen.append)
    assert set(outcome.done) == {"cat", "dog", "vase"}
    (failure,) = outcome.failures
    assert failure.subjects == ("can",)
    assert failure.message == (
        'the worker process ended with exit code 9, 3 times; the last that it wrote: "the end ?[2Jof it"'
    )
    assert "The worker's log ends:\n" in failure.traceback
    assert failure.traceback.endswith("one more\nthe end ?[2Jof it")
    lost = [message for message in seen if isinstance(message, WorkerLost)]
    assert [message.subjects for message in lost] == [("can",), ("can",)]
    assert all("the last that it wrote" in message.how for message in lost)
    assert not list(tmp_path.glob(".worker*"))
    assert sum(isinstance(message, Loaded) for message in seen) == 3  # the first, and one for either further attempt
    assert RunFolder(tmp_path).finished(plan.units()[0]) is None


@pytest.mark.usefixtures("plugin")
def test_units_of_a_worker_that_is_killed_once_are_all_done_elsewhere(tmp_path: Path) -> None:
    """The group of four is begun again one by one."""
    victims: list[int] = []

    def kill_first(message: Message) -> None:
        if isinstance(message, Progress) and not victims:
            (worker,) = [c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline())]
            victims.append(worker.pid)
            worker.kill()

    outcome = do("processes", tmp_path / "killed", make_plan(group=4, seconds=0.1), report=kill_first)
    assert victims
    assert set(outcome.done) == {"can", "cat", "dog", "vase"}
    assert outcome.failures == outcome.untried == ()
    do("inline", tmp_path / "whole", make_plan())
    assert pictures(tmp_path / "killed") == pictures(tmp_path / "whole")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("deaths", [1, 3])
def test_a_worker_killed_while_loading_is_replaced_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    start, started = _Workers._start, 0

    def killed(self: _Workers) -> _Member:
        nonlocal started
        member, started = start(self), started + 1
        if started <= deaths:
            member.process.kill()
        return member

    monkeypatch.setattr(_Workers, "_start", killed)
    outcome = do("processes", tmp_path, make_plan())
    if deaths == 1:
        assert (len(outcome.done), outcome.failures) == (4, ())
    else:
        (failure,) = outcome.failures
        assert failure.subjects == ()
        assert "was ended by SIGKILL" in failure.message
        assert "while it loaded its models" in failure.message
        assert outcome.untried == ("can", "cat", "dog", "vase")


def test_workers_are_spread_over_all_gpus_if_several_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 3)
    asked = replace(resources(tmp_path, workers=4), device="cuda")
    devices = devices_of(asked)
    in_use: list[str] = []
    for _ in range(4):
        in_use.append(least_used(devices, in_use))
    assert in_use == ["cuda:0", "cuda:1", "cuda:2", "cuda:0"]
    assert least_used(devices, ["cuda:0", "cuda:2"]) == "cuda:1"  # where one has just died
    assert devices_of(replace(asked, device="cuda:1")) == ("cuda:1",)
    assert devices_of(replace(asked, workers=None)) == ("cuda",)
    assert devices_of(replace(asked, device="cpu")) == ("cpu",)


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("engine", ["processes", "inline"])
def test_a_full_disk_stops_the_handing_out(tmp_path: Path, engine: str) -> None:
    outcome = do(engine, tmp_path, make_plan(full_disk_on="cat"))
    assert set(outcome.done) == {"can"}
    assert outcome.failures[0].kind == "machine"
    assert outcome.untried == ("dog", "vase")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("engine", ["processes", "inline"])
def test_models_that_cannot_be_loaded_stop_everything_at_once(tmp_path: Path, engine: str) -> None:
    plan = replace(make_plan(), model=ModelSpec(source=str(tmp_path / "no model here")), weights_hash="x")
    outcome = do(engine, tmp_path, plan)
    assert outcome.done == {}
    assert outcome.failures[0].subjects == ()
    assert outcome.failures[0].kind == "user"
    assert "no model here" in outcome.failures[0].message
    assert outcome.untried == ("can", "cat", "dog", "vase")


@pytest.mark.usefixtures("plugin")
def test_a_unit_may_be_done_on_one_of_several_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The method is told which, also without a base model, and every look at the GPU is at that one."""
    import fake_dreambench_method

    asked: list[str] = []
    current: list[str] = []

    @contextmanager
    def on(device: torch.device) -> Iterator[None]:
        current.append(str(device))
        yield
        current.pop()

    for name, answer in (
        ("get_device_name", "a GPU"),
        ("max_memory_allocated", 7),
        ("reset_peak_memory_stats", None),
        ("mem_get_info", (1, 2)),
    ):
        monkeypatch.setattr(f"torch.cuda.{name}", lambda device, answer=answer: (asked.append(str(device)), answer)[1])
    monkeypatch.setattr("torch.cuda.device", on)
    seen: list[tuple[str, list[str]]] = []
    prepare = fake_dreambench_method.Fake.prepare

    def looked(self: object, tasks: object, context: MethodContext) -> object:
        seen.append((str(context.device), list(current)))
        return prepare(self, tasks, context)

    monkeypatch.setattr(fake_dreambench_method.Fake, "prepare", looked)
    monkeypatch.setattr(fake_dreambench_method.Fake, "load", lambda _self, context: seen.append((str(context.device), [])))
    plan = make_plan()
    with make_engine("inline", "cuda:3") as engine:
        outcome = engine.run(plan, plan.units()[:1], replace(resources(tmp_path), device="cuda:3"), silent)
    assert outcome.failures == ()
    manifest = outcome.done["can"]
    assert (manifest.environment["device"], manifest.peak_device_memory_bytes) == ("a GPU", 7)
    assert seen == [("cuda:3", []), ("cuda:3", ["cuda:3"])]
    assert set(asked) == {"cuda:3"}


@pytest.mark.usefixtures("plugin")
def test_a_method_loads_once_a_worker_and_before_any_subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fake_dreambench_method

    calls: list[str] = []
    prepare = fake_dreambench_method.Fake.prepare
    monkeypatch.setattr(fake_dreambench_method.Fake, "load", lambda _self, _context: calls.append("load"))
    monkeypatch.setattr(
        fake_dreambench_method.Fake,
        "prepare",
        lambda self, tasks, context: (calls.append("prepare"), prepare(self, tasks, context))[1],
    )
    do("inline", tmp_path, make_plan(), report=lambda message: calls.append(type(message).__name__))
    assert [call for call in calls if call in ("load", "prepare", "Loaded")] == ["load", "Loaded", *["prepare"] * 4]
