"""`bench check`: its exit codes, its files, and what it refuses to compare."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from speed.scored_runs import ENCODERS, MINIATURE, made_up_scores, write_scored
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord

SMALL: dict[str, Any] = {"subjects": 12, "prompts": (0, 3, 12), "images": 2}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def made(name: str, *, shift: float = 0.0, seed: int = 1, changes: dict[str, Any] | None = None, **scores: Any) -> str:
    made_up = made_up_scores(seed=seed, shift=shift, **(SMALL | scores))
    write_scored(Path(name), made_up, method="a", **({"suite": "s"} | (changes or {})))
    return name


@pytest.fixture
def baseline() -> str:
    result = check(made("before"), "--baseline", "baseline.json", "--write-baseline")
    assert result.exit_code == 0, result.output
    return "baseline.json"


def test_no_number_is_cut_off_where_lines_are_short(baseline: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = check("before", "--baseline", baseline)
    assert "…" not in result.stdout
    assert result.stdout.count("no change") == 7


def test_a_run_against_itself_is_no_regression(baseline: str) -> None:
    result = check("before", "--baseline", baseline)
    assert result.exit_code == 0, result.output
    assert "No regression in 7 metrics." in result.stderr
    assert "DINO ↑" in result.stdout


def test_another_seed_than_the_baselines_is_remarked() -> None:
    check(made("before", changes={"seed": 0}), "--baseline", "baseline.json", "--write-baseline")

    def checked(name: str, number: int) -> Any:
        run = made(name, seed=3, changes={"seed": number})
        return json.loads(check(run, "--baseline", "baseline.json", "--json").stdout)

    (remark,) = checked("other", 5)["remarks"]
    assert "The baseline is of seed 0, the run of seed 5" in remark
    same = checked("same", 0)
    assert same["remarks"] == []
    assert same["metrics"]["dino"]["detectable_loss"] > 0.01  # the tolerance


def test_a_worse_run_exits_with_1_and_says_so_in_every_format(baseline: str) -> None:
    result = check(made("after", shift=-0.05), "--baseline", baseline, "--junit", "j.xml", "--markdown", "m.md", "--json")
    assert result.exit_code == 1, result.output
    record = json.loads(result.stdout)
    assert record["regression"] is True
    entry = record["metrics"]["dino"]
    assert entry["verdict"] == "regression"
    assert entry["difference"] == pytest.approx(-0.05, abs=1e-5)
    assert entry["now"] == pytest.approx(
        json.loads(Path("after/summary.json").read_text())["overall"]["dino"]["mean"], abs=1e-5
    )
    assert record["metrics"]["pres"]["verdict"] == "improvement"  # PRES fell, which is better
    suite = ET.parse("j.xml").getroot().find("testsuite")
    assert suite is not None
    assert int(suite.get("failures", "0")) == sum(each["verdict"] == "regression" for each in record["metrics"].values())
    assert "❌ regression" in Path("m.md").read_text()


def test_the_tolerance_of_the_command_goes_before_that_of_the_baseline(baseline: str) -> None:
    everything = ["dino", "clip_i", "clip_t", "div", "identification"]
    allowed = [word for key in everything for word in ("--tolerance", f"{key}=0.06")]
    after = made("after", shift=-0.05)
    assert check(after, "--baseline", baseline, *allowed).exit_code == 0
    assert check("before", "--baseline", "wide.json", "--write-baseline", *allowed).exit_code == 0
    assert check(after, "--baseline", "wide.json").exit_code == 0
    assert check(after, "--baseline", "wide.json", "--tolerance", "dino=0").exit_code == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"changes": {"encoders": ENCODERS | {"dino": "e" * 64}}}, "has a DINO of the fingerprint "),
        (
            {"changes": {"protocol": MINIATURE.model_copy(update={"name": "mine", "scale": 2.0})}},
            "(protocol mine), the baseline",
        ),
        ({"changes": {"dataset": DatasetRecord(name="other", checksum="1" * 64)}}, "dataset 'other'"),
        ({"changes": {"suite": "t"}}, "suite 't'"),
        ({"subjects": 11}, "11 subjects"),
        ({"prompts": (0, 3, 13)}, "prompts for"),
        ({"images": 3}, "images"),
        ({"leave_out": ("dino",)}, "no DINO"),
    ],
)
def test_what_cannot_be_compared_exits_with_2_in_words(baseline: str, change: dict[str, Any], words: str) -> None:
    result = check(made("after", **change), "--baseline", baseline)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "it has a DINO for {subject}, the baseline none"),
        (-5.0, "has the DINO -5 for {subject}, which nothing can have"),
        (7.5, "has the DINO 7.5 for {subject}, which nothing can have"),
    ],
)
@pytest.mark.parametrize("of", ["one prompt", "one subject", "all subjects"])
def test_a_baseline_whose_scores_are_missing_or_impossible_is_refused(
    baseline: str, value: float | None, words: str, of: str
) -> None:
    record = json.loads(Path(baseline).read_text())
    subjects = list(record["subjects"])
    for subject in subjects if of == "all subjects" else subjects[2:3]:
        scores = record["subjects"][subject]["by_prompt"]["dino"]
        scores[:] = [value, *scores[1:]] if of == "one prompt" else [value] * len(scores)
    Path(baseline).write_text(json.dumps(record))
    result = check("before", "--baseline", baseline)
    assert result.exit_code == 2, result.output
    assert words.format(subject=subjects[0 if of == "all subjects" else 2]) in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tolerance", "dino"), "dino=0.01"),
        (("--tolerance", "dino=-1"), "0 or more"),
        (("--tolerance", "dine=0.1"), "did you mean 'dino'?"),
        (("--write-baseline", "--junit", "j.xml"), "--write-baseline"),
        (("--markdown", "."), "is a folder"),
    ],
)
def test_wrong_options_are_said_in_a_sentence(baseline: str, arguments: tuple[str, ...], words: str) -> None:
    result = check("before", "--baseline", baseline, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_missing_baseline_and_a_missing_run_are_said_in_a_sentence() -> None:
    made("before")
    assert "--write-baseline" in check("before", "--baseline", "nowhere.json").stderr
    assert check("nowhere", "--baseline", "x.json", "--write-baseline").exit_code == 2


def test_another_method_and_a_new_metric_are_remarked_upon(baseline: str) -> None:
    record = json.loads(Path(baseline).read_text())
    record["method"] = "b"
    record["metrics"].pop("copy_index")
    Path(baseline).write_text(json.dumps(record))
    remarks = json.loads(check("before", "--baseline", baseline, "--json").stdout)["remarks"]
    assert len(remarks) == 2
    assert "copy_index" in remarks[1]


@pytest.mark.parametrize(("subjects", "words"), [(1, "in 7 metrics at once; run more subjects."), (6, "watch at most 3")])
def test_a_check_that_could_never_fail_is_refused(subjects: int, words: str) -> None:
    check(made("few", subjects=subjects), "--baseline", "few.json", "--write-baseline")
    result = check("few", "--baseline", "few.json")
    assert result.exit_code == 2
    assert words in result.stderr


def test_six_subjects_can_watch_two_metrics() -> None:
    written = check(made("few", subjects=6), "--baseline", "few.json", "--write-baseline", "--metrics", "dino, clip_t")
    assert written.exit_code == 0, written.output
    assert check("few", "--baseline", "few.json").exit_code == 0
    result = check(made("worse", subjects=6, shift=-0.05), "--baseline", "few.json", "--json")
    assert result.exit_code == 1
    assert set(json.loads(result.stdout)["metrics"]) == {"dino", "clip_t"}
    assert "goes with --write-baseline" in check("few", "--baseline", "few.json", "--metrics", "dino").stderr
    assert "did you mean 'dino'?" in check("few", "--baseline", "x.json", "--write-baseline", "--metrics", "dina").stderr


def test_a_metric_that_is_not_watched_may_have_been_made_in_another_way() -> None:
    """A baseline of two metrics holds them alone: that CLIP or its prompts have changed since is not its concern."""
    check(made("before"), "--baseline", "dino.json", "--write-baseline", "--metrics", "dino,identification")
    other = made("after", changes={"encoders": ENCODERS | {"clip": "f" * 64}})
    assert check(other, "--baseline", "dino.json").exit_code == 0
    refused = check(made("worse", changes={"encoders": ENCODERS | {"dino": "f" * 64}}), "--baseline", "dino.json")
    assert refused.exit_code == 2
    assert "a DINO of the fingerprint" in refused.stderr


def test_the_usual_tolerance_is_the_protocols(baseline: str) -> None:
    """A protocol may say what loss in a metric is none; a baseline's own word and the command's go before it."""
    metrics = MINIATURE.record()["metrics"]
    lenient = Protocol.model_validate(
        MINIATURE.record() | {"metrics": {key: value | {"tolerance": 0.06} for key, value in metrics.items()}}
    )
    assert check(made("after", shift=-0.05), "--baseline", baseline).exit_code == 1
    assert check(made("lenient", shift=-0.05, changes={"protocol": lenient}), "--baseline", baseline).exit_code == 0


def test_a_baseline_of_the_first_version_is_refused_in_a_sentence() -> None:
    made("before")
    Path("old.json").write_text('{\n  "format": "dreambench-baseline",\n  "version": 1,\n  "method": "a"\n}')
    result = check("before", "--baseline", "old.json")
    assert result.exit_code == 2
    assert "old.json was written by dreambench 0.1" in result.stderr
    assert "--write-baseline" in result.stderr
