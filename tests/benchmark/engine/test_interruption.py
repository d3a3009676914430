"""A run that is interrupted, politely or not, leaves no workers behind, loses no finished unit, and goes on as if unbroken."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from engine_jobs import do, make_plan, pictures
from repository import ROOT
from run_fakes import Bench

from dreambench.benchmark.runs.folder import RunFolder

SCRIPT = """
import sys
from pathlib import Path

sys.path[:0] = sys.argv[3:]
from engine_jobs import do, make_plan

if __name__ == "__main__":
    plan = make_plan(seconds=float(sys.argv[2]))
    do("processes", Path(sys.argv[1]), plan, report=lambda message: print(type(message).__name__, flush=True))
"""


def workers_of(parent: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(parent).children(recursive=True) if "spawn_main" in " ".join(child.cmdline())]


def test_killing_the_parent_ends_the_workers_and_loses_no_finished_unit(tmp_path: Path, plugin: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    paths = [str(plugin), str(ROOT / "tests" / "helpers")]
    parent = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "run"), "0.3", *paths], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert parent.stdout is not None
    for line in parent.stdout:
        if line.strip() == "UnitDone":
            break
    workers = workers_of(parent.pid)
    assert workers
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    folder = RunFolder(tmp_path / "run")
    slow = make_plan(seconds=0.3)
    done, todo = folder.split(slow.units())
    assert 1 <= len(done) < 4
    forgotten = RunFolder(tmp_path / "whole")
    do("inline", folder.root, slow, todo)
    do("inline", forgotten.root, make_plan())
    assert pictures(folder.root) == pictures(forgotten.root)
    assert folder.split(slow.units())[1] == []
    assert not list(folder.root.rglob("*.part"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_command_exits_with_3_and_goes_on_where_it_was(
    tmp_path: Path, suite: Path, bench: Bench, number: signal.Signals
) -> None:
    trouble = tmp_path / "slow"
    trouble.touch()
    arguments = ["--prompts", "0,20", "--images-per-prompt", "2", "--out", "run"]
    arguments += ["--set", "seconds=0.2", "--set", f"trouble_while={trouble}"]
    command = [sys.executable, "-m", "dreambench", "run", "--method", "fake", "--suite", str(suite), "--device", "cpu"]
    paths = [str(tmp_path / "plugin"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    parent = subprocess.Popen(
        [*command, *arguments, "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
        # A CI that was itself started in the background hands down an ignored Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no other thread runs here
    )
    while parent.poll() is None and not list((tmp_path / "run").glob("units/*.json")):
        try:
            parent.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    workers = workers_of(parent.pid)
    if number == signal.SIGINT:
        os.killpg(parent.pid, number)  # as a terminal does: every process of the group gets it
    else:
        parent.send_signal(number)
    _, stderr = parent.communicate(timeout=30)
    assert parent.returncode == 3, stderr
    assert "Interrupted; " in stderr
    assert "give the same command again" in stderr
    assert "Traceback" not in stderr
    assert not psutil.wait_procs(workers, timeout=10)[1]
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "run/units").iterdir()}
    assert 1 <= len(finished) < 3
    trouble.unlink()
    assert bench(*arguments).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    assert (tmp_path / "run/summary.json").is_file()
