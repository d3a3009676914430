"""`--checkpoints`: each number of steps is the very run that so many steps give, and a subject is trained once for all."""

import json
from pathlib import Path
from typing import Any

import pytest
from run_fakes import FEW, Bench, files_of

import dreambench
from dreambench.dataset.errors import UserError

STEPS = ("--checkpoints", "2,4,8", "--set", "darker=5")
REAL: dict[str, Any] = {
    "subjects": ["dog", "can"],
    "prompts": [0, 20],
    "images_per_prompt": 1,
    "device": "cpu",
    "engine": "inline",
}


def trainings(folder: Path) -> list[str]:
    """What the fake method trained: subjects and numbers of steps."""
    log = folder / "cache" / "trainings.txt"
    return log.read_text().split("\n")[:-1] if log.is_file() else []


def results(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in files_of(folder).items() if name.endswith((".png", ".parquet"))}


def keys(folder: Path) -> dict[str, tuple[str, int, list[float]]]:
    manifests = {path.stem: json.loads(path.read_text()) for path in (folder / "units").iterdir()}
    return {name: (manifest["key"], manifest["steps"], manifest["losses"]) for name, manifest in manifests.items()}


def usual(bench: Bench, steps: int, out: str) -> None:
    result = bench(*FEW, "--set", f"steps={steps}", "--set", "darker=5", "--out", out)
    assert result.exit_code == 0, result.output


def test_each_checkpoint_is_the_run_with_so_many_steps_and_a_subject_trains_once(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, *STEPS, "--out", "all")
    assert result.exit_code == 0, result.output
    assert trainings(tmp_path) == ["can 2 4 8", "dog 2 4 8", "vase 2 4 8"]
    assert all(f"{steps} steps" in result.stdout for steps in (2, 4, 8))
    for steps in (2, 4, 8):
        usual(bench, steps, f"alone{steps}")
        assert results(tmp_path / f"all/steps{steps}") == results(tmp_path / f"alone{steps}")
        assert keys(tmp_path / f"all/steps{steps}") == keys(tmp_path / f"alone{steps}")
    assert len({json.dumps(results(tmp_path / f"alone{steps}")) for steps in (2, 4, 8)}) == 3  # pictures tell the steps apart


def test_units_that_are_there_are_not_made_again_and_a_usual_run_finds_those_of_the_checkpoints(
    bench: Bench, tmp_path: Path
) -> None:
    usual(bench, 4, "all/steps4")
    assert bench(*FEW, *STEPS, "--out", "all").exit_code == 0
    assert trainings(tmp_path) == ["can 2 8", "dog 2 8", "vase 2 8"]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "all").rglob("*") if path.is_file()}
    usual(bench, 8, "all/steps8")
    assert bench(*FEW, *STEPS, "--out", "all").exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(trainings(tmp_path)) == 3


def test_after_a_failure_only_what_is_missing_is_made(bench: Bench, tmp_path: Path) -> None:
    trouble = tmp_path / "trouble"
    trouble.touch()
    options = (*FEW, *STEPS, "--set", "fail_on=dog", "--set", f"trouble_while={trouble}", "--out", "all")
    broken = bench(*options)
    assert broken.exit_code == 3
    assert "dog failed" in broken.output
    assert len(trainings(tmp_path)) == 3
    trouble.unlink()
    (tmp_path / "all/steps2/units/can.json").unlink()
    whole = bench(*options)
    assert whole.exit_code == 0, whole.output
    assert trainings(tmp_path)[3:] == ["can 2", "dog 2 4 8"]  # can's training ends where its last missing image is


def test_subjects_that_train_in_one_group_are_looked_at_together(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, *STEPS, "--set", "group=3", "--out", "group").exit_code == 0
    assert trainings(tmp_path) == ["can dog vase 2 4 8"]
    assert bench(*FEW, *STEPS, "--out", "single").exit_code == 0
    for steps in (2, 4, 8):
        assert results(tmp_path / f"group/steps{steps}") == results(tmp_path / f"single/steps{steps}")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--checkpoints", "2,x"), "--checkpoints cannot be '2,x'"),
        (("--checkpoints", "2,2"), "--checkpoints cannot be '2,2'"),
        (("--checkpoints", "2,4", "--seeds", "0,1"), "--seeds and --checkpoints cannot be given together"),
        (("--checkpoints", "2,4", "--set", "steps=3"), "leave out --set steps"),
        (("--checkpoints", "-2,4"), "--checkpoints cannot be"),
    ],
)
def test_wrong_numbers_of_steps_are_refused_before_any_work(
    bench: Bench, tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    result = bench(*FEW, *options, "--out", "all")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert not (tmp_path / "all").exists()


def test_a_method_that_cannot_be_looked_at_says_so(bench: Bench) -> None:
    with pytest.raises(UserError, match="copy_reference cannot be looked at while it trains"):
        dreambench.run("copy_reference", checkpoints=(1, 2), **REAL)


@pytest.mark.parametrize(
    ("method", "settings"), [("dreambooth", {"class_images": 2, "batch_size": 1}), ("textual_inversion", {"batch_size": 1})]
)
def test_the_built_in_methods_checkpoints_are_usual_runs(
    method: str, settings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = dreambench.run(method, checkpoints=(1, 3), settings=settings, **REAL)
    assert list(run.checkpoints) == [1, 3]
    assert run.folder == run.checkpoints[3].folder
    assert keys(run.folder)["dog"][1] == 3
    for steps, of_step in run.checkpoints.items():
        alone = dreambench.run(method, settings=settings | {"steps": steps}, out=tmp_path / f"alone{steps}", **REAL)
        assert alone.checkpoints == {}
        assert results(alone.folder) == results(of_step.folder)
        assert keys(alone.folder) == keys(of_step.folder)
    again = dreambench.run(method, settings=settings | {"steps": 1}, **REAL)  # the usual folder is the checkpoint's
    assert again.folder == run.checkpoints[1].folder
    first, last = (run.checkpoints[steps].manifests()["dog"].seconds for steps in (1, 3))
    assert 0 < first.train < last.train < first.train + first.sample + last.sample + 60
