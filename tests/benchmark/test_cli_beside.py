"""What stands beside a run: the floor, the cheat, its own images scored again, other runs; and what failures leave behind."""

import json
from pathlib import Path

import pandas as pd
import pytest
from run_fakes import FEW, Bench, bench, suite

from benchmark.protocols import load_protocol
from benchmark.runs.finished import read_finished
from benchmark.runs.floor import export_reference_run, find_floor

__all__ = ["bench", "suite"]  # fixtures


def test_a_failed_subject_leaves_the_others_and_the_same_command_mends_it(bench: Bench, tmp_path: Path) -> None:
    trouble = tmp_path / "trouble"
    trouble.touch()
    arguments = (*FEW, "--out", "run", "--set", "fail_on=dog", "--set", f"trouble_while={trouble}")
    result = bench(*arguments)
    assert result.exit_code == 3
    assert "1 of 3 subjects failed: dog (RuntimeError: the fake failed as it was told)" in result.stderr
    assert "same command" in result.stderr
    assert sorted(path.stem for path in (tmp_path / "run/units").iterdir()) == ["can", "vase"]
    assert "the fake failed as it was told" in (tmp_path / "run/errors.log").read_text()
    assert not (tmp_path / "run/summary.json").exists()
    trouble.unlink()
    assert bench(*arguments).exit_code == 0
    assert (tmp_path / "run/summary.json").is_file()


def test_too_few_images_from_a_method_are_an_incomplete_run(bench: Bench) -> None:
    assert bench(*FEW, "--set", "short_on=dog").exit_code == 3


def test_a_full_disk_says_so_and_keeps_what_is_finished(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run", "--set", "full_disk_on=dog")
    assert result.exit_code == 3
    assert "is full; free some space" in result.stderr
    assert (tmp_path / "run/units/can.json").is_file()
    assert not (tmp_path / "run/units/vase.json").exists()


def test_a_finished_floor_beside_a_run_stands_in_its_table(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "runs/floor")
    record = tmp_path / "runs/floor/run.json"
    record.write_text(record.read_text().replace('"method": "fake"', '"method": "pretrained"'))
    result = bench(*FEW, "--set", "shade=20")
    assert "pretrained: floor." in result.stdout
    assert "bench run --method pretrained" not in result.stdout
    other = bench("--prompts", "3", "--images-per-prompt", "2")
    assert "pretrained: floor." not in other.stdout


def test_the_shipped_floor_is_cut_to_the_run(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "floor")
    for name in ("run.json", "summary.json"):
        path = tmp_path / "floor" / name
        path.write_text(path.read_text().replace('"method": "fake"', '"method": "pretrained"'))
    export_reference_run(read_finished(tmp_path / "floor"), tmp_path / "shipped" / "tiny")
    floor = json.loads((tmp_path / "floor/run.json").read_text())
    part = {**floor["selection"], "subjects": ["can", "vase"], "prompts": [20]}
    protocol = load_protocol("miniature").model_copy(update={"images_per_prompt": 2})
    alone = tmp_path / "elsewhere" / "run"
    found = find_floor({**floor, "selection": part}, protocol, beside=alone, shipped=tmp_path / "shipped")
    assert found is not None
    rows = pd.read_parquet(tmp_path / "floor/scores.parquet").query("subject != 'dog' and prompt_index == 20")
    assert found.metrics["dino"]["mean"] == pytest.approx(rows["dino"].mean())
    assert found.metrics["dino"]["n"] == 2
    assert found.metrics["div"]["mean"] is None  # it was a mean over other prompts
    for other in ({"fingerprint": "another"}, {"selection": {**part, "prompts": [3]}}, {"dataset": {}}):
        assert find_floor({**floor, **other}, protocol, beside=alone, shipped=tmp_path / "shipped") is None


def test_copied_references_have_no_pres(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run", method="copy_reference")
    assert result.exit_code == 0, result.output
    assert not (tmp_path / "run/prior").exists()
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert summary["overall"]["pres"]["mean"] is None


def test_scoring_a_run_again_gives_its_scores(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    options = ("--suite", str(suite), "--images-per-prompt", "2", "--out", "scored", "--device", "cpu")
    result = bench("run", *options, command="score")
    assert result.exit_code == 0, result.output
    first, second = (json.loads((tmp_path / name / "summary.json").read_text()) for name in ("run", "scored"))
    assert second["overall"] == first["overall"]
    assert second["fingerprint"] == first["fingerprint"]
    refused = bench("run", "--suite", str(suite), "--out", "run", command="score")
    assert refused.exit_code == 2
    assert "never rewritten" in refused.stderr


def test_scoring_names_what_is_missing(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    (tmp_path / "run/images/dog/20/1.png").unlink()
    result = bench("run", "--suite", str(suite), "--images-per-prompt", "2", command="score")
    assert result.exit_code == 2
    assert "dog/20/1" in result.stderr


def test_compare_prints_runs_side_by_side_and_refuses_two_protocols(bench: Bench) -> None:
    bench(*FEW, "--out", "a")
    bench(*FEW, "--out", "b", "--set", "shade=50")
    bench("--prompts", "0,20", "--images-per-prompt", "1", "--out", "c")
    for form, word in (("table", "fingerprint"), ("markdown", "| Run |"), ("latex", "\\toprule"), ("csv", "dino_p_holm")):
        result = bench("a", "b", "--format", form, command="compare")
        assert result.exit_code == 0, result.output
        assert word in result.stdout
    records = json.loads(bench("a", "b", "--format", "json", "--against", "b", command="compare").stdout)
    assert [record["run"] for record in records] == ["a", "b"]
    assert "against" in records[0]["metrics"]["dino"]
    assert "against" not in records[1]["metrics"]["dino"]
    refused = bench("a", "c", command="compare")
    assert refused.exit_code == 2
    assert " a " in refused.stderr
    assert " c " in refused.stderr.replace(", c", " c")
