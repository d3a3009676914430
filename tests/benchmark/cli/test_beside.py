"""What stands beside a run: the floor, the cheat, its own images scored again, other runs; and what failures leave behind."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from rehashed import rehashed
from run_fakes import FEW, Bench

from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.floor import Floor, export_reference_run, find_floor
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.record import RunRecord, read_run_record
from dreambench.dataset.collection import Dataset
from dreambench.dataset.subjects import Subject


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


def test_a_setting_that_no_subject_can_be_done_with_is_wrong_input(bench: Bench) -> None:
    result = bench(*FEW, "--set", "impossible=true")
    assert result.exit_code == 2
    assert result.stderr.strip().splitlines()[-1] == "bench: the fake cannot do that; leave out impossible."


def test_a_fault_before_the_run_began_leaves_its_empty_folder_free(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()

    def broken(_dataset: Dataset, _subject: Subject) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr(Dataset, "references", broken)
    result = bench(*FEW, "--out", "run")
    assert result.exit_code == 3
    assert "RuntimeError: oops" in (tmp_path / "errors.log").read_text()
    assert list((tmp_path / "run").iterdir()) == []


def test_a_folder_that_another_run_took_meanwhile_is_left_alone(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both found it free; the other claimed it, and stopped, while this one loaded its encoders."""
    claim = RunFolder.claim

    def late(folder: RunFolder, record: RunRecord) -> None:
        claim(folder, record.model_copy(update={"seed": 7}))
        claim(folder, record)

    monkeypatch.setattr(RunFolder, "claim", late)
    result = bench(*FEW, "--out", "run")
    assert result.exit_code == 2
    assert "belongs to another run (seed is 7 there and 0 here)" in result.stderr
    assert sorted(path.name for path in (tmp_path / "run").iterdir() if not path.name.startswith(".")) == ["run.json"]


def test_a_full_disk_says_so_and_keeps_what_is_finished(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run", "--set", "full_disk_on=dog")
    assert result.exit_code == 3
    assert "the disk is full; mend that, then give the same command again to go on" in result.stderr
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
    rehashed(tmp_path / "floor")
    export_reference_run(read_finished(tmp_path / "floor"), tmp_path / "shipped" / "tiny" / "pretrained")
    floor = read_run_record(tmp_path / "floor")
    part = floor.selection.model_copy(update={"subjects": ("can", "vase"), "prompts": (20,)})
    alone = tmp_path / "elsewhere" / "run"

    def found_for(**changes: object) -> Floor | None:
        record = floor.model_copy(update={"selection": part} | changes)
        return find_floor(record, beside=alone, shipped=tmp_path / "shipped")

    found = found_for()
    assert found is not None
    rows = pd.read_parquet(tmp_path / "floor/scores.parquet").query("subject != 'dog' and prompt_index == 20")
    assert found.metrics["dino"].mean == pytest.approx(rows["dino"].mean())
    assert found.metrics["dino"].n == 2
    assert found.metrics["div"].mean is None  # it was a mean over other prompts
    other_prompts = part.model_copy(update={"prompts": (3,)})
    other_dataset = floor.dataset.model_copy(update={"checksum": "0" * 64})
    for other in ({"fingerprint": "another"}, {"selection": other_prompts}, {"dataset": other_dataset}, {"suite": "other"}):
        assert found_for(**other) is None
    shipped = read_run_record(tmp_path / "shipped/tiny/pretrained")
    assert (shipped.command, shipped.hardware) == ((), {})  # nobody's business


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


def test_a_selection_that_was_named_must_be_there(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    options = ("--suite", str(suite), "--images-per-prompt", "2")
    theirs = str(tmp_path / "run/images")
    part = bench(theirs, *options, "--prompts", "20", command="score")
    assert part.exit_code == 0, part.output
    assert "A part of the protocol only: 1 of 25 prompts." in part.stdout
    missing = bench(theirs, *options, "--prompts", "0,3", command="score")
    assert missing.exit_code == 2
    assert "can/03/0" in missing.stderr
    shutil.rmtree(tmp_path / "run/images/vase")
    refused = bench(theirs, *options, command="score")  # a mean over the rest would be another number
    assert refused.exit_code == 2
    assert "with --subjects can,dog --prompts 0,20." in refused.stderr
    whole = bench(theirs, *options, "--subjects", "can,dog", "--prompts", "0,20", command="score")
    assert "A part of the protocol only: 2 of 3 subjects, 2 of 25 prompts." in whole.stdout
    missing = bench(theirs, *options, "--subjects", "can,vase", "--prompts", "0,20", command="score")
    assert "vase/00/0" in missing.stderr
    assert "vase/00/0" in bench("run", *options, command="score").stderr  # run.json says that it should be there


def test_a_run_is_not_scored_against_other_references(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    result = bench("run", "--suite", "mini", command="score")  # it has subjects of these names too
    assert result.exit_code == 2
    assert "other reference images or prompts (its suite: 'tiny')" in result.stderr


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(bench: Bench, suite: Path, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "photos").mkdir()
    result = bench("photos", "--suite", str(suite), "--out", out, command="score")
    assert result.exit_code == 2
    assert f"--out {out}" in result.stderr


def test_compare_refuses_runs_on_different_references(bench: Bench, tmp_path: Path) -> None:
    """Two datasets may share subjects' names, prompts and the protocol's fingerprint: drawings and photos of one dog."""
    bench(*FEW, "--out", "a")
    bench(*FEW, "--out", "b", "--set", "shade=50")
    path = tmp_path / "b" / "summary.json"
    summary = json.loads(path.read_text())
    assert summary["dataset"] == json.loads((tmp_path / "b" / "run.json").read_text())["dataset"]
    path.write_text(json.dumps(summary | {"dataset": {"name": "photos", "checksum": "0" * 64}}))
    rehashed(tmp_path / "b")
    result = bench("a", "b", command="compare")
    assert result.exit_code == 2
    assert "different reference images" in result.stderr


def test_compare_prints_runs_side_by_side_and_refuses_two_protocols(bench: Bench) -> None:
    bench(*FEW, "--out", "a")
    bench(*FEW, "--out", "b", "--set", "shade=50")
    bench("--prompts", "0,20", "--images-per-prompt", "1", "--out", "c")
    for form, word in (("table", "fingerprint"), ("markdown", "| Method |"), ("latex", "\\toprule"), ("csv", "dino_p_holm")):
        result = bench("a", "b", "--format", form, command="compare")
        assert result.exit_code == 0, result.output
        assert word in result.stdout
    records = json.loads(bench("a", "b", "--format", "json", "--against", "b", command="compare").stdout)["blocks"][0]["runs"]
    assert [record["run"] for record in records] == ["a", "b"]
    assert records[0]["metrics"]["dino"]["against"] is not None
    assert records[1]["metrics"]["dino"]["against"] is None
    some = bench("a", "c", command="compare")  # prior images are the same, however many others there are
    assert "DINO, CLIP-I, CLIP-T, Subj. ID, Copy are left out: a (miniature) and c (miniature) made them in" in (
        " ".join(some.stdout.split())
    )
    bench("--prompts", "0,20", "--images-per-prompt", "1", "--out", "d", method="copy_reference")
    refused = bench("a", "d", command="compare")
    assert refused.exit_code == 2
    assert "a is scored under the fingerprint" in refused.stderr
    assert ", d under" in refused.stderr


def test_scored_images_can_have_a_name_and_a_citation(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    options = ("--suite", str(suite), "--prompts", "0,20", "--images-per-prompt", "2", "--device", "cpu")
    theirs = str(tmp_path / "run/images")
    named = bench(theirs, *options, "--name", "Mine", "--citation", "Me et al., 2026", "--out", "s", command="score")
    assert named.exit_code == 0, named.output
    summary = json.loads((tmp_path / "s/summary.json").read_text())
    assert (summary["method"], summary["citation"]) == ("Mine", "Me et al., 2026")
    assert summary["found"] == {"expected": 12, "usable": 12} | dict.fromkeys(
        ("missing", "unreadable", "refused", "all_black", "extra"), 0
    )
    assert "Mine" in named.stdout
    assert "Found all 12 images that the protocol expects (3 subjects x 2 prompts x 2)." in named.stderr
    refused = bench(theirs, *options, "--name", "a\x1b[31mb", command="score")
    assert refused.exit_code == 2
    assert "--name" in refused.stderr


def test_the_table_has_a_row_for_each_kind(bench: Bench) -> None:
    lines = bench(*FEW, "--out", "run").stdout.splitlines()
    starts = [line.split("  ")[0].strip() or line.strip().split("  ")[0] for line in lines]
    assert starts.index("fake") < starts.index("objects") < starts.index("live subjects")


def test_copies_are_warned_of_in_one_line(bench: Bench) -> None:
    copied = bench(*FEW, "--out", "run", method="copy_reference").stdout
    assert copied.count("Warning: 100% of the images look copied from a reference image") == 1
    assert "Warning" not in bench(*FEW, "--out", "other").stdout


def test_a_second_scoring_takes_the_embeddings_from_the_cache(
    bench: Bench, suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dreambench.benchmark.encoders.network import NetworkEncoder

    bench(*FEW, "--out", "run")
    embedded: list[int] = []
    real = NetworkEncoder.embed_crops
    monkeypatch.setattr(NetworkEncoder, "embed_crops", lambda self, crops: embedded.append(len(crops)) or real(self, crops))
    options = ("--suite", str(suite), "--images-per-prompt", "2", "--device", "cpu")
    tables = []
    for more in ((), ("--no-cache",), ()):
        result = bench("run", *options, *more, "--json", command="score")
        tables.append(json.loads(result.stdout)["overall"])
        assert bool(embedded) == bool(more)
        embedded.clear()
    assert tables[0] == tables[2]
    assert tables[1]["dino"]["mean"] == pytest.approx(tables[0]["dino"]["mean"], abs=1e-6)


def test_images_numbered_from_1_are_taken_as_they_are_meant(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    images = tmp_path / "run/images"
    for index in (1, 0):
        for path in images.glob(f"*/*/{index}.png"):
            path.rename(path.with_name(f"{index + 1}.png"))
    options = ("--suite", str(suite), "--prompts", "0,20", "--images-per-prompt", "2", "--device", "cpu")
    result = bench(str(images), *options, command="score")
    assert result.exit_code == 0, result.output
    assert "numbered from 1" in result.stderr


def test_an_old_run_without_the_newer_metrics_can_still_be_compared(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "old")
    bench(*FEW, "--out", "new", "--set", "shade=50")
    newer = ["identification", "copy_index"]
    for name in ("scores.parquet", "subjects.parquet"):
        path = tmp_path / "old" / name
        pd.read_parquet(path).drop(columns=newer).to_parquet(path, index=False)
    path = tmp_path / "old/summary.json"
    summary = json.loads(path.read_text())
    for key in newer:
        for means in (summary["overall"], *summary["per_kind"].values()):
            del means[key]
    path.write_text(json.dumps(summary))
    rehashed(tmp_path / "old")
    assert read_finished(tmp_path / "old").scores().images[newer].isna().all().all()
    result = bench("old", "new", "--format", "csv", command="compare")
    assert result.exit_code == 0, result.output
    assert "copy_index" in result.stdout


def test_the_impostor_stands_in_the_table_and_who_has_none_is_counted(
    bench: Bench, suite: Path, squares: Dataset, tmp_path: Path
) -> None:
    alone = bench(*FEW, "--out", "run").stdout
    assert "impostor: no two subjects have the same class noun." in alone
    theirs = tmp_path / "theirs"
    shutil.copytree(squares.root, theirs)
    subjects = (theirs / "subjects.toml").read_text()
    (theirs / "subjects.toml").write_text(subjects.replace('class_noun = "vase"', 'class_noun = "can"'))
    mine = tmp_path / "mine.toml"
    mine.write_text(suite.read_text().replace(f'dataset = "{squares.root}"', f'dataset = "{theirs}"'))
    options = ("--suite", str(mine), "--prompts", "0,20", "--images-per-prompt", "2", "--device", "cpu")
    result = bench(str(tmp_path / "run/images"), *options, "--out", "scored", command="score")
    assert result.exit_code == 0, result.output
    assert "impostor: 1 subject whose class noun no other subject has is left out." in result.stdout
    means = json.loads((tmp_path / "scored/summary.json").read_text())["beside"]["impostor"]
    assert (means["dino"]["n"], means["clip_t"]["n"], means["identification"]["n"]) == (2, 0, 0)
    assert any(line.strip().startswith("impostor") for line in result.stdout.splitlines())
