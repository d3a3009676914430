"""`bench run --shard` and `bench merge`: the parts of a run, put together, are the run that was never divided."""

import json
import shutil
from pathlib import Path

import pytest
from run_fakes import FEW, Bench, files_of
from typer.testing import Result

import dreambench
from dreambench.benchmark.api.run_result import Part
from dreambench.dataset.errors import UserError

#: Of a run's summary, what tells when and how fast it was made.
_OF_THE_MOMENT = {"seconds", "environment", "manifests", "peak_memory_bytes", "seal"}


def make_parts(bench: Bench, count: int, *options: str) -> list[str]:
    """The parts of a run in folders of their own: part1, part2, ..."""
    for number in range(1, count + 1):
        result = bench(*FEW, *options, "--shard", f"{number}/{count}", "--out", f"part{number}")
        assert result.exit_code == 0, result.output
    return [f"part{number}" for number in range(1, count + 1)]


def test_doctor_of_a_part_lists_its_own_files_alone(bench: Bench, tmp_path: Path) -> None:
    make_parts(bench, 2)
    good = bench("part1", command="doctor")
    assert good.exit_code == 0, good.output
    subjects = sorted((tmp_path / "part1" / "units").iterdir())
    assert f"part1 is part 1/2 of a run, with {len(subjects)} of its 3 subjects; all parts become one with" in good.stdout
    assert "agrees with itself" in good.stdout
    subjects[0].unlink()
    lacking = bench("part1", "--json", command="doctor")
    assert lacking.exit_code == 1
    assert json.loads(lacking.stdout)["faults"] == [f"units/{subjects[0].name} is missing: {subjects[0].stem} is not done"]


def merge(bench: Bench, *arguments: str, out: str = "merged") -> Result:
    """`bench merge`, on the CPU."""
    return bench(*arguments, "--out", out, "--device", "cpu", command="merge")


def test_merged_parts_are_the_run_that_was_never_divided(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "whole").exit_code == 0
    parts = make_parts(bench, 2)
    before = [files_of(tmp_path / part) for part in parts]
    merged = merge(bench, *parts)
    assert merged.exit_code == 0, merged.output
    assert "DINO" in merged.stdout
    one, other = files_of(tmp_path / "whole"), files_of(tmp_path / "merged")
    assert one.keys() == other.keys()
    for name in one:
        if name.startswith(("images/", "prior/")) or name.endswith((".parquet", ".png")):
            assert one[name] == other[name], name
    for name in ("can", "dog", "vase"):
        keys = [json.loads((tmp_path / run / "units" / f"{name}.json").read_text())["key"] for run in ("whole", "merged")]
        assert keys[0] == keys[1]
    summaries = [json.loads((tmp_path / run / "summary.json").read_text()) for run in ("whole", "merged")]
    assert summaries[0].keys() == summaries[1].keys()
    for key in summaries[0].keys() - _OF_THE_MOMENT:
        assert summaries[0][key] == summaries[1][key], key
    records = [json.loads((tmp_path / run / "run.json").read_text()) for run in ("whole", "merged")]
    for key in records[0].keys() - {"command", "started"}:
        assert records[0][key] == records[1][key], key
    assert [files_of(tmp_path / part) for part in parts] == before
    again = merge(bench, *parts)
    assert (again.exit_code, again.stdout) == (0, merged.stdout)
    assert files_of(tmp_path / "merged") == other
    assert bench(*FEW, "--out", "merged", "--verify").exit_code == 0


def test_a_part_has_a_third_of_the_subjects_and_no_scores(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--shard", "2/3", "--json", "--out", "part")
    assert json.loads(result.stdout) == {"folder": "part", "shard": "2/3"}
    files = files_of(tmp_path / "part")
    assert len([name for name in files if name.startswith("units/")]) == 1
    assert not {"summary.json", "scores.parquet", "subjects.parquet"} & files.keys()
    record = json.loads((tmp_path / "part" / "parts" / "2-of-3.json").read_text())
    assert [f"units/{subject}.json" in files for subject in record["subjects"]] == [True]
    assert len(json.loads((tmp_path / "part" / "run.json").read_text())["selection"]["subjects"]) == 3
    refused = bench("part", "--out", "page", command="report")
    assert refused.exit_code == 2
    assert "part 2/3 of a run" in " ".join(refused.output.split())


def test_the_words_after_a_part_are_the_merge(bench: Bench, tmp_path: Path) -> None:
    said = [bench(*FEW, "--shard", f"{number}/2").stdout for number in (1, 2)]
    folders = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert [name[-7:] for name in folders] == ["-1-of-2", "-2-of-2"]
    whole = f"runs/{folders[0].removesuffix('-1-of-2')}"
    assert all(f"bench merge {whole}-*-of-2 --out {whole}" in text.replace("\n", " ") for text in said)
    assert merge(bench, *(f"runs/{name}" for name in folders), out=whole).exit_code == 0
    assert bench(*FEW, "--verify").exit_code == 0  # the folder that the undivided run would have


def test_in_python_a_part_says_how_to_merge_instead_of_scores(bench: Bench, suite: Path) -> None:
    part = dreambench.run(
        "fake", suite=suite, prompts=[0], images_per_prompt=1, shard="1/2", out="p", engine="inline", device="cpu"
    )
    assert isinstance(part, Part)
    assert str(part.shard) == "1/2"
    with pytest.raises(UserError, match=r"part 1/2 of a run.*bench merge"):
        _ = part.summary
    assert "bench merge" in part._repr_html_()


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0", "2", "a/b", "-1/2", "1/2/3", "1/9999999999"])
def test_a_shard_that_is_none_is_refused(bench: Bench, text: str) -> None:
    result = bench(*FEW, f"--shard={text}")
    assert result.exit_code == 2
    assert "from 1 to N" in " ".join(result.output.split())


def test_more_shards_than_subjects_are_refused(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--shard", "4/4")
    assert result.exit_code == 2
    assert "at most 3 parts" in " ".join(result.output.split())
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("option", "named"), [(("--seed", "1"), "seed is 0"), (("--set", "shade=3"), "settings: shade is 0")])
def test_parts_of_different_runs_are_refused_with_the_difference(
    bench: Bench, tmp_path: Path, option: tuple[str, str], named: str
) -> None:
    bench(*FEW, "--shard", "1/2", "--out", "one")
    bench(*FEW, *option, "--shard", "2/2", "--out", "two")
    result = merge(bench, "one", "two")
    assert result.exit_code == 2
    assert named in " ".join(result.output.split())
    assert not (tmp_path / "merged").exists()


def test_missing_subjects_are_named_and_so_is_the_part_that_has_them(bench: Bench, tmp_path: Path) -> None:
    parts = make_parts(bench, 3)
    subject = json.loads((tmp_path / "part3" / "parts" / "3-of-3.json").read_text())["subjects"][0]
    result = merge(bench, *parts[:2])
    assert result.exit_code == 2
    assert f"1 subject of 3 is missing: {subject}; give part 3/3 too" in " ".join(result.output.split())
    (tmp_path / "part3" / "units" / f"{subject}.json").unlink()
    result = merge(bench, *parts)
    assert result.exit_code == 2
    assert f"{subject}; finish part 3/3 with" in " ".join(result.output.split())
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("what", ["image", "manifest", "version"])
def test_a_part_that_was_changed_is_refused(bench: Bench, tmp_path: Path, what: str) -> None:
    parts = make_parts(bench, 2)
    manifest = next((tmp_path / "part2" / "units").glob("*.json"))
    if what == "image":
        image = next((tmp_path / "part2" / "images").rglob("*.png"))
        image.write_bytes(image.read_bytes()[:-1])
    elif what == "manifest":
        manifest.write_text("{")
    else:
        values = json.loads(manifest.read_text())
        values["environment"]["versions"]["dreambench"] = "9.9"
        manifest.write_text(json.dumps(values))
    result = merge(bench, *parts)
    assert result.exit_code == 2
    expected = {"image": "png was changed", "manifest": f"units/{manifest.name} cannot be read", "version": "by 9.9"}
    assert expected[what] in " ".join(result.output.split())
    assert not (tmp_path / "merged").exists()


def test_a_merge_that_was_cut_short_goes_on_and_so_does_a_part_as_the_whole_run(bench: Bench, tmp_path: Path) -> None:
    parts = make_parts(bench, 2)
    assert merge(bench, *parts).exit_code == 0
    done = files_of(tmp_path / "merged")
    cut = next((tmp_path / "merged" / "units").glob("*.json"))
    cut.unlink()
    for name in ("summary.json", "scores.parquet"):
        (tmp_path / "merged" / name).unlink()
    shutil.rmtree(tmp_path / "merged" / "images" / cut.stem)
    assert merge(bench, *parts).exit_code == 0
    now = files_of(tmp_path / "merged")
    assert now.keys() == done.keys()
    assert {name for name in now if now[name] != done[name]} <= {"summary.json"}
    assert bench(*FEW, "--out", "part1").exit_code == 0  # without --shard the folder becomes the whole run
    assert files_of(tmp_path / "part1")["scores.parquet"] == done["scores.parquet"]


def test_a_finished_part_is_not_done_again(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_parts(bench, 1)
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "part1").rglob("*.*")}
    monkeypatch.setattr("dreambench.benchmark.encoders.load_encoders", None)
    make_parts(bench, 1)
    assert {path: path.stat().st_mtime_ns for path in times} == times
