"""docs/methods.md and its example: a method of other people without a base model is installed, shown, checked and run."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doc_pages import read_page
from example_plugins import forget, install_example
from PIL import Image
from repository import ROOT
from typer.testing import CliRunner, Result

from dreambench.baselines.registry import method_class, settings_class
from dreambench.baselines.testing import check_method
from dreambench.benchmark.cli.commands import app

EXAMPLE = ROOT / "examples" / "plugin-method" / "dreambench_collage.py"
Bench = Callable[..., Result]

SUITE = """
name = "bare"
dataset = "mini"
protocol = "miniature"

[encoders.dino]
weights = "mini"

[encoders.clip]
weights = "mini"
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """`bench(...)` in a folder with palette.png and bare.toml, a suite without [model] and [sampler]."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    modules = install_example("plugin-method", plugins)
    monkeypatch.syspath_prepend(str(plugins))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    Image.linear_gradient("L").convert("RGB").save("palette.png")
    Path("bare.toml").write_text(SUITE)
    yield lambda *arguments: CliRunner().invoke(app, list(arguments))
    forget(modules)


RUN = ("run", "--method", "collage", "--suite", "bare.toml", "--device", "cpu", "--engine", "inline", "--out", "run")
FEW = ("--subjects", "can,dog", "--prompts", "0,20", "--images-per-prompt", "2")


def test_the_page_shows_the_example_as_it_is_and_it_is_short() -> None:
    page = read_page(ROOT / "docs" / "methods.md")
    shown = {Path(block.file).name: block.text for block in page.blocks if block.file is not None}
    source = EXAMPLE.read_text(encoding="utf-8")
    assert shown[EXAMPLE.name] == source
    assert shown["pyproject.toml"].partition("\n")[2] == EXAMPLE.with_name("pyproject.toml").read_text(encoding="utf-8")
    assert len([line for line in source.splitlines() if line.strip()]) <= 60
    assert "needs_base_model" not in source


@pytest.mark.usefixtures("bench")
def test_the_example_keeps_the_contract() -> None:
    check_method(method_class("collage"), settings_class("collage").model_validate({"palette": "palette.png"}))


def test_the_example_is_listed_and_shown_with_what_must_be_set(bench: Bench) -> None:
    assert "Pastes a reference image on a ground in a palette's colours, whatever the prompt." in bench("methods").stdout
    shown = bench("methods", "show", "collage").stdout
    assert "(from dreambench-collage 1.0)" in shown
    assert "# palette must be set: A picture whose colours the grounds have." in shown
    assert "# Height and width of the images in pixels.\nsize = 64" in shown
    record = json.loads(bench("methods", "show", "collage", "--json").stdout)
    assert record["settings"]["palette"]["must_be_set"]
    assert record["settings"]["size"]["default"] == record["settings"]["size"]["value"] == 64


def test_a_suite_may_leave_open_what_must_be_set(bench: Bench) -> None:
    Path("own.toml").write_text(SUITE + "[methods.collage]\nsize = 32\n")
    assert "size = 32" in bench("suites", "show", "own.toml").stdout
    refused = bench(*RUN, *FEW)
    assert refused.exit_code == 2
    said = " ".join(refused.stderr.split())
    assert "collage needs its setting 'palette' (A picture whose colours the grounds have); give it with --set palette=" in said
    wrong = bench(*RUN, *FEW, "--set", "palette=palette.png", "--set", "size=wide")
    assert wrong.exit_code == 2
    assert "'size' cannot be 'wide'" in wrong.stderr


def test_the_example_runs_in_a_suite_without_model_and_sampler_and_records_neither(bench: Bench, tmp_path: Path) -> None:
    result = bench(*RUN, *FEW, "--set", "palette=palette.png")
    assert result.exit_code == 0, result.output
    assert "bench run --method pretrained" not in result.stdout  # this suite has no model that could be the floor
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (record["base_model"], record["sampler"]) == (None, None)
    assert record["plugin"] == "dreambench-collage 1.0"
    before = sorted(path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.*"))
    assert bench(*RUN, *FEW, "--set", "palette=palette.png").exit_code == 0
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.*")) == before


def test_a_method_that_needs_more_than_the_suite_has_is_told_what_to_add(bench: Bench) -> None:
    refused = bench("run", "--method", "pretrained", "--suite", "bare.toml")
    assert refused.exit_code == 2
    assert "pretrained works on a base model, and the suite 'bare' has none; add [model] with its source." in refused.stderr
    refused = bench("run", "--method", "copy_reference", "--suite", "bare.toml")
    assert "copy_reference uses the sampler, and the suite 'bare' has none; add [sampler]" in refused.stderr


def test_what_load_cannot_load_stops_the_run_with_its_sentence(bench: Bench, tmp_path: Path) -> None:
    refused = bench(*RUN, *FEW, "--set", "palette=nowhere.png")
    assert refused.exit_code == 2
    assert "nowhere.png does not exist" in refused.stderr
    assert not (tmp_path / "run" / "images").exists()


@pytest.mark.slow
def test_worker_processes_load_the_example_too(bench: Bench, tmp_path: Path) -> None:
    settings = ("--set", "palette=palette.png")
    assert bench(*RUN, *FEW, *settings).exit_code == 0
    again = bench(*RUN[:-1], "side", *FEW, *settings, "--engine", "processes", "--workers", "2")
    assert again.exit_code == 0, again.output
    for picture in (tmp_path / "run").glob("images/*/*/*.png"):
        assert picture.read_bytes() == (tmp_path / "side" / picture.relative_to(tmp_path / "run")).read_bytes()
