"""A finished run is believed only where all of it agrees: what was damaged is made again, refused, or listed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image
from run_fakes import FEW, Bench

import dreambench
from dreambench.dataset.errors import UserError

Harm = Callable[[Path], object]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))


def edited(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def nest(path: Path) -> None:
    path.write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


def empty_lists_and_swap(run: Path) -> None:
    edited(run / "units/dog.json", lambda unit: unit.update(images={}, prior={}))
    Image.new("RGB", (64, 64), "red").save(run / "images/dog/00/0.png")


SCORES_HARMED: dict[str, Harm] = {
    "scores cut": lambda run: cut(run / "scores.parquet"),
    "scores emptied": lambda run: (run / "scores.parquet").write_bytes(b""),
    "subjects cut": lambda run: cut(run / "subjects.parquet"),
    "subjects gone": lambda run: (run / "subjects.parquet").unlink(),
    "tables swapped": lambda run: shutil.copy(run.parent / "other/scores.parquet", run / "scores.parquet"),
    "means edited": lambda run: edited(run / "summary.json", lambda values: values["overall"]["dino"].update(mean=0.99)),
    "summary nested": lambda run: nest(run / "summary.json"),
}
UNITS_HARMED: dict[str, Harm] = {
    "lists emptied, picture swapped": empty_lists_and_swap,
    "an entry missing": lambda run: edited(run / "units/dog.json", lambda unit: unit["images"].popitem()),
    "manifest nested": lambda run: nest(run / "units/dog.json"),
    "manifest of another subject": lambda run: shutil.copy(run / "units/can.json", run / "units/dog.json"),
    "picture gone": lambda run: (run / "images/dog/00/0.png").unlink(),
    "prior image cut": lambda run: cut(sorted((run / "prior/dog").glob("*.png"))[0]),
}


@pytest.fixture
def run(bench: Bench, tmp_path: Path) -> Path:
    assert bench(*FEW, "--out", "run").exit_code == 0
    return tmp_path / "run"


@pytest.mark.parametrize("harm", {**SCORES_HARMED, **UNITS_HARMED})
def test_the_same_command_makes_again_what_was_harmed(harm: str, bench: Bench, run: Path) -> None:
    images = {path: path.read_bytes() for path in run.rglob("images/**/*.png")}
    table = pd.read_parquet(run / "scores.parquet")
    before = json.loads((run / "summary.json").read_text())["overall"]
    if harm == "tables swapped":
        assert bench(*FEW, "--out", "other", "--set", "shade=50").exit_code == 0
    {**SCORES_HARMED, **UNITS_HARMED}[harm](run)
    checked = bench("run", command="doctor")
    verified = bench(*FEW, "--out", "run", "--verify")
    assert checked.exit_code == 1
    assert "fault" in checked.stdout
    assert verified.exit_code == 2, verified.output
    again = bench(*FEW, "--out", "run")
    assert again.exit_code == 0, again.output
    assert {path: path.read_bytes() for path in run.rglob("images/**/*.png")} == images
    pd.testing.assert_frame_equal(pd.read_parquet(run / "scores.parquet"), table)
    assert json.loads((run / "summary.json").read_text())["overall"] == before
    good = bench(*FEW, "--out", "run", "--verify")
    assert good.exit_code == 0, good.output
    assert bench("run", command="doctor").exit_code == 0


def test_verify_makes_nothing(bench: Bench, run: Path, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "new", "--verify").exit_code == 2
    assert not (tmp_path / "new").exists()
    cut(run / "images/dog/00/0.png")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    told = bench(*FEW, "--out", "run", "--verify")
    assert told.exit_code == 2
    assert "images/dog/00/0.png was changed" in " ".join(told.stderr.split())
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_doctor_lists_all_that_a_broken_run_lacks(bench: Bench, run: Path) -> None:
    (run / "images/dog/00/0.png").unlink()
    cut(run / "images/can/00/0.png")
    (run / "units/vase.json").unlink()
    (run / "scores.parquet").unlink()
    result = bench("run", "--json", command="doctor")
    assert result.exit_code == 1
    faults = json.loads(result.stdout)["faults"]
    for said in ("images/dog/00/0.png is missing", "images/can/00/0.png was changed", "units/vase.json", "scores.parquet"):
        assert any(said in fault for fault in faults), faults


def test_doctor_takes_the_folder_of_a_strangers_images(bench: Bench, run: Path, suite: Path, tmp_path: Path) -> None:
    scored = bench("run/images", "--suite", str(suite), *FEW, "--out", "scored", command="score")
    assert scored.exit_code == 0, scored.output
    assert bench("scored", command="doctor").exit_code == 0
    shutil.rmtree(tmp_path / "cache")  # what a stranger's folder is: nothing of it is known here
    assert "--images FOLDER" in bench("scored", command="doctor").stdout
    named = bench("scored", "--images", "run/images", command="doctor")
    assert named.exit_code == 0, named.output
    nothing = bench("--images", "run/images", command="doctor")
    assert nothing.exit_code == 2
    assert "name the scored folder too" in " ".join(nothing.stderr.split())


def test_a_run_is_not_made_again_through_a_link(bench: Bench, run: Path, tmp_path: Path) -> None:
    shutil.move(run / "images/dog", tmp_path / "theirs")
    before = {path: path.read_bytes() for path in (tmp_path / "theirs").rglob("*.png")}
    (run / "images/dog").symlink_to(tmp_path / "theirs")
    (run / "units/dog.json").unlink()
    for more in ((), ("--verify",)):
        refused = bench(*FEW, "--out", "run", *more)
        assert refused.exit_code == 2
        assert "run/images/dog is a link that leads out of run" in " ".join(refused.stderr.split())
    assert {path: path.read_bytes() for path in (tmp_path / "theirs").rglob("*") if path.is_file()} == before
    assert bench("run", command="doctor").exit_code == 1


def test_doctor_tells_an_unfinished_run_and_a_folder_that_is_none(bench: Bench, run: Path) -> None:
    (run / "summary.json").unlink()
    assert "not finished" in bench("run", command="doctor").stdout
    assert bench("nowhere", command="doctor").exit_code == 2


@pytest.mark.parametrize("folder", ["images", "prior"])
def test_a_runs_replaced_picture_is_not_scored_under_its_methods_name(folder: str, run: Path, suite: Path) -> None:
    assert dreambench.score(run.name, suite=suite, device="cpu", images_per_prompt=2).summary.method == "fake"
    picture = min(Path("run", folder, "dog").rglob("*.png"))
    Image.new("RGB", (64, 64), "red").save(picture)
    with pytest.raises(UserError, match=f"{picture} is not the picture that the run in run made.*`bench run`"):
        dreambench.score("run", suite=suite, device="cpu", images_per_prompt=2, out="scored")
    assert not Path("scored").exists()
    if folder == "images":  # what lies there can be scored as anyone's, without the run's name
        scored = dreambench.score("run/images", suite=suite, device="cpu", prompts=[0, 20], images_per_prompt=2)
        assert scored.summary.method is None
