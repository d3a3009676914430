"""The commands that say how to make a result again are run here, and give the same numbers."""

import csv
import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from run_fakes import FEW, Bench
from typer.testing import CliRunner, Result

import dreambench
from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.writing import to_toml
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.reproduction import commands_of

Typed = Callable[..., Result]


@pytest.fixture
def typed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """`typed("score", "images", ...)` as a shell would start it, in the working directory."""
    assert bench is not None  # the fake method is installed, and the working directory empty

    def invoke(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["/somewhere/bin/bench", *arguments])
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
        return result

    return invoke


def repeat(typed: Typed, line: str, *, out: str) -> None:
    """Give a recorded line again, with another folder to write to."""
    program, *arguments = shlex.split(line)
    assert program == "bench"
    where = arguments.index("--out") if "--out" in arguments else None
    kept = arguments if where is None else arguments[:where] + arguments[where + 2 :]
    typed(*kept, "--out", out)


def numbers(folder: str) -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """Means with their yardsticks, and the two tables, without the names of files."""
    summary = json.loads((Path(folder) / "summary.json").read_text())
    images = pd.read_parquet(Path(folder) / "scores.parquet")
    means = {key: summary[key] for key in ("overall", "per_kind", "beside", "fingerprint", "n_missing")}
    return means, images.drop(columns="path"), pd.read_parquet(Path(folder) / "subjects.parquet")


def assert_same(first: str, second: str) -> None:
    (means, images, subjects), (again, images_again, subjects_again) = numbers(first), numbers(second)
    assert again == means
    pd.testing.assert_frame_equal(images_again, images)
    pd.testing.assert_frame_equal(subjects_again, subjects)


def bench_lines(folder: str) -> list[str]:
    return [line for line in commands_of(read_finished(Path(folder))) if line.startswith("bench")]


def own_protocol(folder: Path) -> Path:
    record = load_protocol("miniature").record() | {"name": "own", "images_per_prompt": 3}
    path = folder / "my protocols" / "own one.toml"
    path.parent.mkdir()
    path.write_text(to_toml(record))
    return path


def test_a_run_is_made_again_by_its_command(typed: Typed, suite: Path, tmp_path: Path) -> None:
    shutil.copy(suite, tmp_path / "my suite.toml")
    options = ("--set", "shade=30", "--set", "steps=2", "--seed", "4", "--subjects", "dog,vase")
    typed("run", "--method", "fake", "--suite", "my suite.toml", "--device", "cpu", "--engine", "inline", *FEW, *options)
    (folder,) = Path("runs").iterdir()
    (line,) = bench_lines(str(folder))
    repeat(typed, line, out="again")
    assert_same(str(folder), "again")


def test_options_from_the_environment_are_in_a_runs_command(typed: Typed, suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SEED": "4", "SUBJECTS": "dog,vase", "PROMPTS": "0,20", "IMAGES_PER_PROMPT": "2", "OVERRIDES": "shade=30 steps=2"}
    for name, value in given.items():
        monkeypatch.setenv(f"DREAMBENCH_RUN_{name}", value)
    typed("run", "--method", "fake", "--suite", str(suite), "--device", "cpu", "--engine", "inline", "--out", "made")
    for name in given:
        monkeypatch.delenv(f"DREAMBENCH_RUN_{name}")
    (line,) = bench_lines("made")
    repeat(typed, line, out="again")
    assert_same("made", "again")


def test_a_run_from_python_is_made_again_by_the_command_that_it_would_be(typed: Typed, suite: Path) -> None:
    few: dict[str, Any] = {"prompts": [0, 20], "images_per_prompt": 2, "subjects": ["dog", "can"], "seed": 3}
    dreambench.run("fake", suite=suite, settings={"shade": 9}, device="cpu", engine="inline", out="made", **few)
    (line,) = bench_lines("made")
    repeat(typed, line, out="again")
    assert_same("made", "again")


@pytest.mark.parametrize("naming", ["pattern", "manifest", "layout"])
def test_a_scored_folder_with_every_option_is_scored_again_by_its_command(
    naming: str, typed: Typed, suite: Path, tmp_path: Path
) -> None:
    typed(*("run", "--method", "fake", "--suite", str(suite), "--device", "cpu", "--engine", "inline", "--out", "run"), *FEW)
    images = Path("their images")
    rows = []
    for path in sorted(Path("run/images").rglob("*.png")):
        subject, prompt, index = path.relative_to("run/images").with_suffix("").parts
        target = images / f"{subject}-{prompt}__{index}.png"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
        rows.append({"path": target.name, "subject": subject, "prompt": int(prompt), "index": int(index)})
    shutil.copytree("run/prior", "their prior")
    pattern = "{subject}-{prompt}__{index}.{ext}"
    if naming == "manifest":
        with Path("the list.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    Path("own-layout.toml").write_text(f'name = "own"\ndescription = "Ours."\npatterns = ["{pattern}"]\n')
    named = {
        "pattern": ("--pattern", pattern),
        "manifest": ("--manifest", "the list.csv"),
        "layout": ("--layout", "own-layout.toml"),
    }[naming]
    options = (
        *("--suite", str(suite), "--protocol", str(own_protocol(tmp_path)), "--metrics", "dino,clip_t,pres"),
        *("--subjects", "dog,can", "--prompts", "0,20", "--images-per-prompt", "2", "--prior", "their prior"),
        *("--keep-black", "--name", "Théirs & co", "--citation", "A. B., it's 2026", *named),
    )
    typed("score", str(images), *options, "--device", "cpu", "--out", "scored")
    (line,) = bench_lines("scored")
    for option in (option for option in options if option.startswith("--")):
        assert option in line
    repeat(typed, f"{line} --device cpu", out="again")
    assert_same("scored", "again")
    assert json.loads(Path("again/summary.json").read_text())["method"] == "Théirs & co"


def test_a_submissions_command_gives_its_numbers_where_its_files_lie(typed: Typed, suite: Path, tmp_path: Path) -> None:
    typed(*("run", "--method", "fake", "--suite", str(suite), "--device", "cpu", "--engine", "inline", "--out", "run"), *FEW)
    shutil.copytree("run/images", "theirs")
    options = (
        "--suite",
        str(suite),
        "--prompts",
        "0,20",
        "--images-per-prompt",
        "2",
        "--subjects",
        "dog,vase",
        "--device",
        "cpu",
    )
    typed("score", "theirs", *options, "--out", "scored")
    typed("submit", "scored", "--name", "Mine", "--authors", "A", "--out", "mine.json")
    submission = json.loads(Path("mine.json").read_text())
    (line,) = [text for text in submission["provenance"]["commands"] if text.startswith("bench")]
    assert str(tmp_path) not in line
    shutil.copy(suite, Path(suite.name))  # whoever gets the files has them side by side
    repeat(typed, f"{line} --device cpu", out="again")
    assert_same("scored", "again")
    table = pd.read_parquet("again/subjects.parquet").set_index("subject")
    for subject, packed in submission["subjects"].items():
        assert packed["scores"]["dino"] == pytest.approx(table.loc[subject, "dino"], abs=1e-6)


def test_doctor_advises_the_suite_that_it_was_given(suite: Path) -> None:
    plain = CliRunner().invoke(app, ["doctor", "--suite", str(suite), "--method", "copy_reference"])
    assert f"--suite {suite}" in " ".join(plain.output.split())
