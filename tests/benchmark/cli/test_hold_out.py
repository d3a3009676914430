"""`bench run --hold-out`: what is kept back is not seen, is recorded, and is scored against beside the usual scores."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from run_fakes import FEW, Bench, files_of

import dreambench
from dreambench.benchmark.results.floor import find_floor
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import read_manifest
from dreambench.dataset.collection import Dataset

PAIRS = ("dino", "clip_i")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def is_copy(picture: Path, reference: Path) -> bool:
    one, other = (np.asarray(Image.open(path).convert("RGB").resize((8, 8)), dtype=float) for path in (picture, reference))
    return float(np.abs(one - other).mean()) < 8


def test_a_copier_copies_what_it_saw_alone_and_the_records_say_what_that_was(
    bench: Bench, tmp_path: Path, squares: Dataset
) -> None:
    result = bench(*FEW, "--hold-out", "1", "--out", "r", method="copy_reference")
    assert result.exit_code == 0, result.output
    assert "DINO unseen" in result.output
    recorded = read(tmp_path / "r/run.json")["references"]
    for subject in squares.subjects:
        paths = {path.name: path for path in squares.reference_paths(subject)}
        seen, unseen = recorded["seen"][subject.id], recorded["unseen"][subject.id]
        assert len(unseen) == 1
        assert sorted(seen + unseen) == sorted(paths)
        assert read(tmp_path / "r/units" / f"{subject.id}.json")["references_seen"] == seen
        for picture in (tmp_path / "r/images" / subject.id).rglob("*.png"):
            assert any(is_copy(picture, paths[name]) for name in seen)
            assert not any(is_copy(picture, paths[name]) for name in unseen)


def test_usual_scores_stay_and_are_the_mean_of_the_two_parts(bench: Bench, tmp_path: Path, squares: Dataset) -> None:
    assert bench(*FEW, "--out", "usual").exit_code == 0  # the fake looks at no reference: its images are the same
    assert bench(*FEW, "--hold-out", "1", "--out", "held").exit_code == 0
    usual, held = (dreambench.open_run(tmp_path / name) for name in ("usual", "held"))
    before, after = usual.scores().images, held.scores().images
    assert set(before.columns) < set(after.columns)
    for key in PAIRS:
        np.testing.assert_array_equal(before[key], after[key])
        assert usual.metric(key) == held.metric(key)
        n = after["subject"].map({subject.id: len(squares.reference_paths(subject)) for subject in squares.subjects})
        parts = ((n - 1) * after[f"{key}_seen"] + after[f"{key}_unseen"]) / n
        np.testing.assert_allclose(parts, after[key], atol=1e-6)
        assert np.abs(after[f"{key}_seen"] - after[f"{key}_unseen"]).max() > 1e-3
    assert np.isnan(held.summary.beside["real_images"]["dino_unseen"].mean or np.nan)
    compared = dreambench.compare(tmp_path / "usual", tmp_path / "held").frame()
    assert compared["dino"].nunique() == 1


def test_without_it_a_run_is_what_it_was(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--hold-out", "0").exit_code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert "references_seen" not in read(next((folder / "units").glob("*.json")))
    record = dreambench.open_run(folder).record
    assert record is not None
    assert record.references is None
    assert "references" not in record.identity()
    assert not {key for key in (info.key for info in dreambench.open_run(folder).metrics) if "seen" in key}


def test_it_is_another_run_in_another_folder_and_goes_on_as_its_own(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW).exit_code == 0
    assert bench(*FEW, "--hold-out", "1").exit_code == 0
    assert len(list((tmp_path / "runs").iterdir())) == 2
    assert bench(*FEW, "--hold-out", "1", "--out", "r").exit_code == 0
    made = files_of(tmp_path / "r")
    assert bench(*FEW, "--hold-out", "1", "--out", "r").exit_code == 0
    assert files_of(tmp_path / "r") == made
    other = bench(*FEW, "--out", "r")
    assert other.exit_code == 2
    assert "belongs to another run" in other.output
    run = dreambench.open_run(tmp_path / "r")
    assert run.record is not None
    assert run.record.options is not None
    assert run.record.options.hold_out == 1


def test_runs_that_show_the_same_images_share_units_and_no_others_do(bench: Bench, tmp_path: Path) -> None:
    few = (*FEW, "--subjects", "dog")  # 4 images

    def key(*options: str) -> str:
        out = "-".join(options) or "usual"
        assert bench(*few, *options, "--out", out).exit_code == 0
        manifest = read_manifest(RunFolder(tmp_path / out).manifest_file("dog"))
        assert manifest is not None
        return manifest.key

    three = key("--hold-out", "1")
    assert key("--references", "3") == three
    keys = {key(), three, key("--references", "2"), key("--hold-out", "1", "--seed", "5")}
    assert len(keys) == 4
    assert key("--references", "2", "--hold-out", "1") in keys


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--hold-out", "2"), "The subject 'vase' has 2 reference images, too few to show the method 1 and keep 2 back"),
        (("--references", "2"), "'vase' has 2 reference images, too few to show the method 2 and keep 1 back"),
        (("--hold-out", "-1"), "--hold-out is -1"),
    ],
)
def test_too_few_images_are_told_before_any_work(bench: Bench, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    result = bench(*FEW, *options)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "runs").exists()


def test_the_floor_kept_the_same_images_back(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--hold-out", "1", "--out", "runs/held").exit_code == 0
    record = dreambench.open_run(tmp_path / "runs/held").record
    assert record is not None
    for out, options in (("usual", ()), ("other", ("--references", "1"))):
        assert bench(*FEW, *options, "--out", f"runs/{out}", method="pretrained").exit_code == 0
        assert find_floor(record, beside=tmp_path / "runs/held") is None
    assert bench(*FEW, "--hold-out", "1", "--out", "runs/floor", method="pretrained").exit_code == 0
    floor = find_floor(record, beside=tmp_path / "runs/held")
    assert floor is not None
    assert floor.origin == "floor"
