"""A method that gives back something else than it was asked for is told so in a sentence, and the other subjects are done."""

import json
from pathlib import Path

import pytest
from run_fakes import FEW, Bench

ODD = {
    "nothing": 'gave nothing instead of a PIL picture for dog, prompt 0 ("in the jungle"), image 1',
    "grey": 'gave a picture in the mode L instead of RGB for dog, prompt 0 ("in the jungle"), image 1',
    "small": 'gave a picture of 32 x 32 pixels instead of 64 x 64 for dog, prompt 0 ("in the jungle"), image 1',
    "array": 'gave an object of the type ndarray instead of a PIL picture for dog, prompt 0 ("in the jungle"), image 1',
    "extra": "gave more pictures for dog than the 12 that were asked for; the last was prior image 7",
    "unprepared": "prepared nothing for dog; it must return a list of one prepared subject a task, in order",
}


@pytest.mark.parametrize("odd", sorted(ODD))
def test_what_comes_back_wrong_costs_its_subject_and_is_told(bench: Bench, tmp_path: Path, odd: str) -> None:
    result = bench(*FEW, "--out", "run", "--set", "odd_on=dog", "--set", f"odd={odd}")
    assert result.exit_code == 3
    said = " ".join(result.stderr.split())
    assert f"1 of 3 subjects failed: dog (The method fake {ODD[odd]}" in said
    assert sorted(path.stem for path in (tmp_path / "run" / "units").iterdir()) == ["can", "vase"]


def test_too_few_pictures_are_told_too(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run", "--set", "short_on=vase")
    assert result.exit_code == 3
    said = " ".join(result.stderr.split())
    assert "The method fake gave 1 picture for vase and 12 were asked for; the first that is missing is prompt 0" in said


def test_a_subject_of_another_size_is_told_from_within_one_worker(bench: Bench, tmp_path: Path) -> None:
    """The first subject's pictures settle the size of a run whose method does not use the sampler."""
    result = bench(*FEW, "--out", "run", "--set", "size_on=dog")
    assert result.exit_code == 3
    said = " ".join(result.stderr.split())
    assert 'gave a picture of 48 x 48 pixels instead of 64 x 64 for dog, prompt 0 ("in the jungle"), image 0' in said


def test_subjects_of_two_sizes_from_two_workers_are_not_scored(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    manifest = tmp_path / "run" / "units" / "dog.json"
    record = json.loads(manifest.read_text())
    assert record["image_size"] == [64, 64]
    manifest.write_text(json.dumps(record | {"image_size": [48, 48]}))
    (tmp_path / "run" / "summary.json").unlink()
    result = bench(*FEW, "--out", "run")
    assert result.exit_code == 2
    assert "The method fake made pictures of 64 x 64 pixels for can and of 48 x 48 for dog" in " ".join(result.stderr.split())


def test_units_of_version_0_1_do_not_say_their_size_and_are_scored(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    manifest = tmp_path / "run" / "units" / "dog.json"
    record = json.loads(manifest.read_text())
    del record["image_size"]
    manifest.write_text(json.dumps(record))
    (tmp_path / "run" / "summary.json").unlink()
    assert bench(*FEW, "--out", "run").exit_code == 0
