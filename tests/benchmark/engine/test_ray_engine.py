"""The engine ray: the same images in actors, which listen to this machine alone, may be killed, and end with the command."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from engine_jobs import do, make_plan, pictures, resources
from run_fakes import Bench

from dreambench.benchmark.engine.messages import Loaded, Message, Progress
from dreambench.benchmark.engine.registry import make_engine
from dreambench.dataset.errors import UserError

# Not by importing it: the engine loads it in an environment of its own.
pytestmark = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="the extra ray is not installed")


def started_by_us() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_two_actors_make_the_images_of_one_process_and_listen_to_this_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    listening: set[str] = set()
    loads: list[Message] = []
    before, others = signal.getsignal(signal.SIGTERM), set(started_by_us())

    def look(message: Message) -> None:
        loads.extend([message] if isinstance(message, Loaded) else [])
        if isinstance(message, Progress) and not listening:
            assert signal.getsignal(signal.SIGTERM) is before
            for program in set(started_by_us()) - others:
                found = program.net_connections("tcp")
                listening.update(connection.laddr.ip for connection in found if connection.status == psutil.CONN_LISTEN)

    two = do("ray", Path("two"), make_plan(group=2, shares=2), workers=2, report=look)
    assert not set(started_by_us()) - others
    one = do("inline", tmp_path / "one", make_plan())
    assert set(two.done) == set(one.done) == {"can", "cat", "dog", "vase"}
    assert two.failures == two.untried == ()
    assert pictures(tmp_path / "two") == pictures(tmp_path / "one")
    assert two.done["dog"].environment["threads"] == 1
    did = [line.split()[1:] for line in Path("two/cache/shared.txt").read_text().splitlines()]
    # Once an actor, which then did several of eight tasks; on a busy machine the second may come too late for any.
    assert did.count(["load"]) == len(loads)
    assert len(loads) in (1, 2)
    for kind in ("object", "live"):
        of_kind = [what for what in did if kind in what]
        assert sorted(of_kind[:2]) == [["make", kind, "0"], ["make", kind, "1"]]
        assert of_kind[2:] == [["make", kind, "None"], ["prepare", kind], ["prepare", kind]]
    assert listening
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    assert not (tmp_path / "home" / ".ray").exists()  # no token that outlives the run


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_units_of_an_actor_that_is_killed_are_done_elsewhere_and_one_that_always_kills_is_given_up(tmp_path: Path) -> None:
    victims: list[int] = []

    def kill_first(message: Message) -> None:
        if isinstance(message, Progress) and not victims:
            (actor,) = [child for child in started_by_us() if child.name().startswith("ray::_Actor")]
            victims.append(actor.pid)
            actor.kill()

    plan = make_plan(group=2, seconds=0.05, die_on="vase", last_words="the end\n")
    outcome = do("ray", tmp_path / "killed", plan, report=kill_first)
    assert victims
    assert set(outcome.done) == {"can", "cat", "dog"}
    (failure,) = outcome.failures
    assert failure.subjects == ("vase",)
    assert failure.message.startswith("the Ray actor ended (")
    assert failure.message.endswith(', 3 times; the last that it wrote: "the end"')
    assert not list((tmp_path / "killed").glob(".worker*"))
    assert "\n" not in failure.message
    do("inline", tmp_path / "whole", make_plan(), [unit for unit in make_plan().units() if unit.subject != "vase"])
    made = {name: data for name, data in pictures(tmp_path / "killed").items() if "vase" not in name}
    assert made == pictures(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["ctrl-c", "terminated", "killed"])
def test_an_interrupted_command_leaves_nothing_running_and_goes_on_where_it_was(
    tmp_path: Path, suite: Path, bench: Bench, number: signal.Signals
) -> None:
    trouble = tmp_path / "slow"
    trouble.touch()
    arguments = ["--prompts", "0,20", "--images-per-prompt", "2", "--out", "run"]
    arguments += ["--set", "seconds=0.3", "--set", f"trouble_while={trouble}"]
    command = [sys.executable, "-m", "dreambench", "run", "--method", "fake", "--suite", str(suite), "--device", "cpu"]
    paths = [str(tmp_path / "plugin"), *filter(None, [os.environ.get("PYTHONPATH")])]
    parent = subprocess.Popen(
        [*command, *arguments, "--engine", "ray", "--max-in-flight", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no other thread runs here
    )
    while parent.poll() is None and not list((tmp_path / "run").glob("units/*.json")):
        try:
            parent.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    programs = psutil.Process(parent.pid).children(recursive=True)
    assert any(program.name().startswith("ray::_Actor") for program in programs)
    if number == signal.SIGINT:
        os.killpg(parent.pid, number)  # as a terminal does: every process of the group gets it
    else:
        parent.send_signal(number)
    _, stderr = parent.communicate(timeout=60)
    left = psutil.wait_procs(programs, timeout=20)[1]
    if number == signal.SIGKILL:  # two helpers of Ray's look for its servers for a minute
        assert {program.name() for program in left} <= {"ray::RuntimeEnvAgent", "ray::DashboardAgent"}
    else:
        assert not left
        assert parent.returncode == 3, stderr
        assert "Interrupted; " in stderr
        assert "give the same command again" in stderr
        assert "Traceback" not in stderr
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "run/units").iterdir()}
    assert 1 <= len(finished) < 3
    trouble.unlink()
    assert bench(*arguments).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


@pytest.mark.usefixtures("plugin")
def test_what_stands_in_the_way_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, on_one = make_plan(), replace(resources(tmp_path), device="cuda:1")
    with make_engine("ray", "cuda:1") as engine, pytest.raises(UserError, match="cannot take cuda:1; give --device cuda"):
        engine.side_by_side(plan, on_one, units=4)
    with socket.socket() as taken:  # bound, but it answers nobody
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with (
            make_engine("ray", "cpu", {"address": address}) as engine,
            pytest.raises(
                UserError, match=f"cannot join a Ray cluster with --address {address} .*start one with `ray start --head`"
            ),
        ):
            engine.side_by_side(plan, resources(tmp_path), units=4)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r'needs the library ray, .*; pip install "dreambench\[ray\]"\.'):
        make_engine("ray", "cpu")
