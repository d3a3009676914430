"""A run whose process is killed leaves none of the workers behind that it started; `tests/soak` kills at any moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from engine_jobs import do, make_plan, pictures
from repository import ROOT

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
    folder.clear_own_leftovers()  # the dead worker's log, which the next command removes
    do("inline", folder.root, slow, todo)
    do("inline", forgotten.root, make_plan())
    assert pictures(folder.root) == pictures(forgotten.root)
    assert folder.split(slow.units())[1] == []
    assert not list(folder.root.rglob("*.part"))
