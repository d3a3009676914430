"""`bench plot`: folders with scores become pictures, and what is wrong is said in a sentence."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app

Bench = Callable[..., Result]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(app, ["plot", *map(str, arguments)])


def test_the_files_stand_on_stdout_and_the_talk_on_stderr(bench: Bench, handed_in: Mapping[str, Path]) -> None:
    runs = handed_in.values()
    result = bench(*runs, "--out", "plots", "--only", "subject_dots", "--only", "heat_map-difference-dino", "--only", "cost")
    assert result.exit_code == 0, result.output
    names = ["subject_dots", "subject_dots-clip_i", "heat_map-difference-dino"]
    assert result.stdout.split() == [f"plots/{name}.png" for name in names]
    assert "cost is left out: No method's seconds are known" in result.stderr
    assert {path.name for path in Path("plots").iterdir()} == {f"{name}.png" for name in names}


def test_json_names_every_plot(bench: Bench, handed_in: Mapping[str, Path]) -> None:
    options = ("--format", "svg", "--theme", "dark", "--only", "heat_map", "--json")
    result = bench(*handed_in.values(), "--out", "svg", *options)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    keys = ("dino", "clip_i", "clip_t", "identification", "copy_index")
    assert [plot["name"] for plot in found["plots"]] == [
        f"heat_map-{name}-{key}" for name in ("own", "others", "difference") for key in keys
    ]
    assert found["left_out"] == {}
    assert all(Path(plot["file"]).read_bytes().startswith(b"<?xml") for plot in found["plots"])
    assert all({"name", "question", "caption", "file"} == set(plot) for plot in found["plots"])


def test_wrong_input_is_one_sentence(bench: Bench, handed_in: Mapping[str, Path]) -> None:
    run = handed_in["own"]
    for arguments, sentence in (
        ([run, "--out", "o", "--format", "gif"], "--format cannot be 'gif'"),
        ([run, "--out", "o", "--theme", "drak"], "did you mean 'dark'?"),
        ([run, "--out", "o", "--only", "heatmap"], "did you mean 'heat_map'?"),
        ([run, run, "--out", "o"], "named twice"),
        (["nothing", "--out", "o"], "There is no folder"),
    ):
        result = bench(*arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert sentence in result.stderr.splitlines()[-1]
