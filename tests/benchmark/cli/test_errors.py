"""Wrong input: one sentence, exit code 2, nothing written. And a command line that answers at once."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from repository import ROOT
from typer.testing import CliRunner

from dreambench.benchmark.cli.commands import app
from dreambench.dataset import errors

WRONG = {
    "unknown method": (["run", "--method", "dreambooht"], "did you mean 'dreambooth'?"),
    "no method": (["run"], "--method"),
    "unknown suite": (["run", "--method", "dreambooth", "--suite", "minni"], "did you mean 'mini'?"),
    "unknown subject": (["run", "--method", "dreambooth", "--subjects", "teapott"], "did you mean 'teapot'?"),
    "unknown setting": (["run", "--method", "dreambooth", "--set", "stepps=3"], "did you mean 'steps'?"),
    "setting without a value": (["run", "--method", "dreambooth", "--set", "steps"], "KEY=VALUE"),
    "setting of another kind": (["run", "--method", "dreambooth", "--set", "steps=many"], "steps"),
    "prompt out of range": (["run", "--method", "dreambooth", "--prompts", "0,25"], "0 to 24"),
    "prompt that is none": (["run", "--method", "dreambooth", "--prompts", "jungle"], "--prompts"),
    "no images": (["run", "--method", "dreambooth", "--images-per-prompt", "0"], "--images-per-prompt"),
    "negative seed": (["run", "--method", "dreambooth", "--seed", "-1"], "--seed"),
    "unknown device": (["run", "--method", "dreambooth", "--device", "cude"], "did you mean 'cuda'?"),
    "no workers": (["run", "--method", "dreambooth", "--workers", "0"], "--workers"),
    "wrong batch size": (["run", "--method", "dreambooth", "--batch-size", "big"], "--batch-size"),
    "nothing to score": (["score", "nowhere"], "nowhere"),
    "one run to compare": (["compare", "nowhere"], "two runs"),
    "no run to compare": (["compare", "nowhere", "elsewhere"], "nowhere"),
    "unknown format": (["compare", "a", "b", "--format", "jsn"], "did you mean 'json'?"),
    "method to show": (["methods", "show", "dreambooht"], "did you mean 'dreambooth'?"),
    "suite to show": (["suites", "show", "minni"], "did you mean 'mini'?"),
    "protocol to show": (["protocols", "show", "dreambnech"], "did you mean 'dreambench'?"),
    "dataset to show": (["dataset", "show", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_wrong_input_is_answered_with_a_sentence_and_exit_code_2(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, word = WRONG[case]
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2, result.output
    assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def python(*arguments: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, check=False)


def test_the_command_itself_exits_with_2(tmp_path: Path) -> None:
    result = python("-m", "dreambench", "run", "--method", "nonesuch", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith("bench: There is no method 'nonesuch'")


def test_help_loads_nothing_heavy() -> None:
    """What makes `bench --help` slow is what it imports."""
    code = (
        "import sys\nfrom dreambench.benchmark.cli.commands import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'numpy', 'diffusers', 'transformers', 'timm', 'open_clip', 'PIL', 'scipy', 'pydantic'}\n"
        "sys.exit(' '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    result = python("-c", code)
    assert result.returncode == 0, result.stderr
    for word in ("Measure", "run", "score", "compare", "methods", "suites", "protocols", "dataset", "Exit codes"):
        assert word in result.stdout


def test_a_broken_plug_in_does_not_hide_the_other_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = EntryPoint("broken", "no_such_module:Method", "dreambench.methods")
    monkeypatch.setattr("dreambench.baselines.registry.entry_points", lambda group, name="broken": [broken])
    result = CliRunner().invoke(app, ["methods"])
    assert result.exit_code == 0, result.output
    assert "no_such_module" in result.stdout
    assert "dreambooth" in result.stdout


#: A file of the package: that it is missing is no mistake of the user's.
READ_ONLY = str(Path(errors.__file__).with_name("gone.toml"))


def test_what_the_system_refuses_is_no_faults_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code, word in (
        (
            OSError(28, "No space left on device"),
            3,
            "bench: The disk is full; free some space, then give the same command again.",
        ),
        (OSError(5, "Input/output error", "a.png"), 3, "bench: a.png cannot be used: the disk or the network drive failed; "),
        (RuntimeError("I/O error: (os error 5)"), 3, "bench: The disk or the network drive failed; check it, then"),
        (
            PermissionError(13, "Permission denied", "secret.png"),
            2,
            "bench: secret.png cannot be used: permission denied; mend",
        ),
        (OSError(30, "Read-only file system", "a/b"), 2, "bench: a/b cannot be used: the disk is read-only; choose a folder"),
        (OSError(36, "File name too long", "n" * 300), 2, "cannot be used: the name or the path is too long; choose a shorter"),
        (FileNotFoundError(2, "No such file", "runs/a"), 2, "bench: runs/a cannot be used: it, or its folder, is not there"),
        (FileNotFoundError(2, "No such file", READ_ONLY), 70, "bench: Something went wrong that should not"),
    ):

        def stopped(error: OSError = error) -> None:
            raise error

        monkeypatch.setattr("dreambench.baselines.registry.method_names", stopped)
        result = CliRunner().invoke(app, ["methods"])
        assert result.exit_code == code
        assert word in result.stderr


def test_every_listing_lists() -> None:
    for command, word in (("methods", "textual_inversion"), ("suites", "mini"), ("protocols", "dreambench")):
        result = CliRunner().invoke(app, [command])
        assert result.exit_code == 0
        assert word in result.stdout
        assert CliRunner().invoke(app, [command, "show", word]).exit_code == 0
    assert "dreambench" in CliRunner().invoke(app, ["--version"]).stdout


def test_the_shipped_dataset_verifies_and_a_changed_one_does_not(tmp_path: Path) -> None:
    import shutil

    from dreambench.dataset.collection import MINIATURE_FOLDER

    assert CliRunner().invoke(app, ["dataset", "verify", "mini"]).exit_code == 0
    copy = tmp_path / "copy"
    shutil.copytree(MINIATURE_FOLDER, copy)
    (copy / "dog" / "00.png").write_bytes((copy / "cat" / "00.png").read_bytes())
    (copy / "can" / "01.png").unlink()
    result = CliRunner().invoke(app, ["dataset", "verify", str(copy)])
    assert result.exit_code == 1
    assert "dog/00.png is not the file" in result.stdout
    assert "can/01.png is missing" in result.stdout


@pytest.mark.parametrize("name", ["benchmark", "dataset", "baselines", "reports"])
def test_other_peoples_packages_of_our_folders_names_are_in_nobodys_way(name: str, tmp_path: Path) -> None:
    """A research repository has a dataset.py of its own, and PyPI has a package of that name."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the wrong package')")
    result = python("-m", "dreambench", "methods", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "dreambooth" in result.stdout


def test_a_fault_of_ours_is_a_sentence_and_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("dreambench.baselines.registry.method_names", broken)
    result = CliRunner().invoke(app, ["methods"])
    assert result.exit_code == 70
    assert "ZeroDivisionError: oops" in result.stderr
    log = Path(result.stderr.strip().split("details are in ")[1].rstrip("."))
    assert "Traceback" in log.read_text()
