"""What a user relies on: a zero-shot generator is run from the command line like every method, without a [model]."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app

Bench = Callable[..., Result]
FEW = ("--subjects", "can,dog", "--prompts", "0,20", "--images-per-prompt", "1", "--device", "cpu", "--engine", "inline")

BARE = """
name = "bare"
dataset = "mini"
protocol = "miniature"

[encoders.dino]
weights = "mini"

[encoders.clip]
weights = "mini"
"""

DECLARATION = """
pipeline = "StableDiffusionImg2ImgPipeline"
source = "mini"
prompt = "{class_noun} {context}"
steps = 4
guidance_scale = 2.0

[references]
argument = "image"
resolution = 64

[arguments]
strength = 0.5
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """`bench("run", ...)` in a folder with bare.toml, a suite without [model] and [sampler]."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    Path("bare.toml").write_text(BARE)
    Path("mine.toml").write_text(DECLARATION)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_a_pipeline_is_run_scored_and_recorded_without_a_model_in_the_suite(bench: Bench) -> None:
    command = ("run", "--method", "pipeline", "--suite", "bare.toml", *FEW, "--out", "r", "--set", "declaration=mine.toml")
    result = bench(*command)
    assert result.exit_code == 0, result.output
    record = json.loads(Path("r/run.json").read_text())
    assert (record["base_model"], record["model"]) == (None, None)
    assert record["settings"]["declaration"]["references"]["argument"] == "image"
    details = json.loads(Path("r/units/dog.json").read_text())["details"]
    assert details["told"] == {"00": "dog in the jungle", "20": "dog red"}
    assert details["references_shown"] == [0]
    before = Path("r/images/dog/00/0.png").stat().st_mtime_ns
    assert bench(*command).exit_code == 0  # a finished run is printed
    assert Path("r/images/dog/00/0.png").stat().st_mtime_ns == before
    Path("mine.toml").write_text(DECLARATION.replace("0.5", "0.9"))
    refused = bench(*command)
    assert refused.exit_code == 2  # another declaration is another run
    assert "belongs to another run" in refused.stderr


def test_a_pipeline_in_a_suite_is_a_table_and_shown_again_as_one(bench: Bench) -> None:
    table = DECLARATION.replace("[references]", "[methods.pipeline.declaration.references]").replace(
        "[arguments]", "[methods.pipeline.declaration.arguments]"
    )
    Path("own.toml").write_text(f"{BARE}\n[methods.pipeline.declaration]\n{table}")
    shown = bench("suites", "show", "own.toml")
    assert shown.exit_code == 0, shown.output
    Path("again.toml").write_text(shown.stdout)
    assert bench("suites", "show", "again.toml").stdout == shown.stdout
    assert bench("run", "--method", "pipeline", "--suite", "again.toml", *FEW, "--out", "r").exit_code == 0


def test_a_pipeline_without_the_named_argument_stops_the_run_with_one_sentence(bench: Bench) -> None:
    Path("mine.toml").write_text(DECLARATION.replace('argument = "image"', 'argument = "images"'))
    result = bench("run", "--method", "pipeline", *FEW, "--out", "r", "--set", "declaration=mine.toml")
    assert result.exit_code == 2
    assert "StableDiffusionImg2ImgPipeline has no argument 'images'" in " ".join(result.stderr.split())
    assert bench("run", "--method", "pipeline", *FEW).exit_code == 2  # it must be said


FUNCTION = """
from PIL import Image

def draw(references, prompt, seed):
    image = Image.new("RGB", (64, 64), (seed % 256, 9, 9))
    return ODD
"""


def test_a_function_in_a_file_is_run_and_a_changed_one_is_another_run(bench: Bench) -> None:
    Path("own").mkdir()
    Path("own/mine.py").write_text(FUNCTION.replace("ODD", "image"))
    command = ("run", "--method", "own/mine.py:draw", "--suite", "bare.toml", *FEW)
    result = bench(*command)
    assert result.exit_code == 0, result.output
    (folder,) = Path("runs").iterdir()
    assert folder.name.startswith("bare-own-mine.py-draw-seed0")
    assert json.loads((folder / "run.json").read_text())["plugin"].startswith("mine.py sha256 ")
    Path("own/mine.py").write_text(FUNCTION.replace("ODD", "image.rotate(90)"))
    refused = bench(*command)
    assert refused.exit_code == 2
    assert "belongs to another run" in refused.stderr
    assert bench(*command, "--out", "other").exit_code == 0
    assert bench("compare", str(folder), "other").exit_code == 0


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("image.resize((32, 32))", "32 x 32 pixels instead of 64 x 64 for dog"),
        ("image.convert('L')", "a picture in the mode L instead of RGB for dog"),
        ("None", "gave nothing instead of a PIL picture for dog"),
        ("1 / 0", "raised ZeroDivisionError for dog, prompt 0"),
    ],
)
def test_a_function_that_goes_wrong_is_told_in_one_sentence_and_the_other_subjects_are_done(
    bench: Bench, odd: str, said: str
) -> None:
    Path("mine.py").write_text(FUNCTION.replace("ODD", f"{odd} if 'dog' in prompt else image"))
    result = bench("run", "--method", "mine.py:draw", *FEW, "--out", "r")
    assert result.exit_code == 3
    assert said in " ".join(result.stderr.split())
    assert "Traceback (" not in result.stderr
    assert [path.name for path in Path("r/units").iterdir()] == ["can.json"]
