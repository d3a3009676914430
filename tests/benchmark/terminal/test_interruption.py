"""Ctrl-C and SIGTERM in the first seconds, while libraries load: a sentence, the shell's exit code, no traceback."""

import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.terminal import interruption
from dreambench.benchmark.terminal.interruption import Terminated, on_signal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("after", [0.0, 0.3, 1.0])
def test_a_command_that_is_interrupted_while_libraries_load_says_so(
    number: signal.Signals, code: int, after: float, tmp_path: Path
) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dreambench", "calibrate", "--suite", "mini"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        time.sleep(after)
        process.send_signal(number)
        _, rest = process.communicate(timeout=60)
    assert process.returncode == code, rest
    said = (first + rest).splitlines()
    assert said[-1] == "bench: Interrupted; give the same command again."
    assert "Traceback" not in rest


def test_while_a_library_loads_the_process_leaves_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A library may turn the exception into another one, or swallow it."""
    ended: list[int] = []

    def leave(code: int) -> None:
        ended.append(code)

    monkeypatch.setattr(interruption.os, "_exit", leave)
    (tmp_path / "stubborn_library.py").write_text(
        "import sys\ntry:\n    sys.on_signal(2, sys._getframe())\nexcept BaseException:\n    pass\n"
    )
    monkeypatch.setattr(sys, "on_signal", on_signal, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    import stubborn_library  # noqa: F401

    assert ended == [130]
    assert capfd.readouterr().err == "bench: Interrupted; give the same command again.\n"


def test_elsewhere_our_own_code_hears_of_it_and_can_tidy_up() -> None:
    frame = types.SimpleNamespace(f_code=types.SimpleNamespace(co_filename="ours.py"), f_back=None)
    with pytest.raises(Terminated):
        on_signal(signal.SIGTERM, frame)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        on_signal(signal.SIGINT, frame)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_any_command_ends_with_the_shells_code(
    kind: type[KeyboardInterrupt], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped() -> None:
        raise kind

    monkeypatch.setattr("dreambench.baselines.registry.method_names", stopped)
    result = CliRunner().invoke(app, ["methods"])
    assert result.exit_code == code
    assert result.stderr == "bench: Interrupted; give the same command again.\n"
