"""`bench compare`: what it refuses, restricts and marks, and that its numbers are the runs' own."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from compared import compare_scores
from rehashed import rehashed
from speed.scored_runs import ENCODERS, MINIATURE, made_up_scores, write_scored
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.scoring.tables import Scores
from dreambench.benchmark.statistics import holm, paired_permutation_test
from dreambench.dataset.collection import load_dataset

Compare = Callable[..., Result]
SMALL: dict[str, Any] = {"subjects": 12, "prompts": (0, 3, 12, 21), "images": 2}
ON_IMAGES = ("dino", "clip_i", "clip_t")
NEW = ("identification", "copy_index")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Scores]:
    """Three methods; b is a little better than a, c much worse, and c was scored by an older version."""
    scores = {
        name: made_up_scores(seed=seed, shift=shift, **SMALL)
        for name, seed, shift in (("a", 1, 0.0), ("b", 2, 0.03), ("c", 3, -0.3))
    }
    for name, each in scores.items():
        write_scored(tmp_path / name, each, method=f"method {name}", lacking=NEW if name == "c" else ())
    return scores


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments])


def blocks(*arguments: str) -> list[dict[str, Any]]:
    result = compare(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["blocks"]
    return found


@pytest.mark.usefixtures("runs")
def test_the_whole_has_the_summaries_numbers_and_the_kinds_have_theirs() -> None:
    whole, *kinds = blocks("a", "b", "--per", "kind")
    summary = json.loads(Path("b/summary.json").read_text())
    expected = {
        "all": summary["overall"],
        "objects": summary["per_kind"]["object"],
        "live subjects": summary["per_kind"]["live"],
    }
    for block, name in ((whole, "all"), *((each, each["part"]) for each in kinds)):
        for key, entry in block["runs"][1]["metrics"].items():
            assert entry["mean"] == pytest.approx(expected[name][key]["mean"]), (name, key)
            assert entry["ci95"] == pytest.approx(expected[name][key]["ci95"]), (name, key)


def test_families_are_means_over_their_prompts_images(runs: dict[str, Scores]) -> None:
    _, *families = blocks("a", "b", "--per", "family")
    assert [block["part"] for block in families] == ["recontextualisation", "accessories", "property changes"]
    images = runs["a"].images
    asked = load_dataset("mini").prompts_of
    family = [asked(kind)[prompt].family for kind, prompt in zip(images["kind"], images["prompt_index"], strict=True)]
    for block, name in zip(families, ("recontextualisation", "accessory", "property"), strict=True):
        metrics = block["runs"][0]["metrics"]
        mine = images[np.array(family) == name]
        assert metrics["clip_t"]["mean"] == pytest.approx(mine["clip_t"].mean())
        assert block["n_subjects"] == mine["subject"].nunique()
        assert metrics["div"]["mean"] is None  # a mean over all of a subject's prompts
    assert families[1]["n_subjects"] == (runs["a"].subjects["kind"] == "live").sum()


def test_differences_are_those_of_the_paired_test(runs: dict[str, Scores]) -> None:
    (block,) = blocks("a", "b", "--against", "b")
    expected = compare_scores(runs["a"], runs["b"])
    for info in runs["a"].metrics:
        got = block["runs"][0]["metrics"][info.key]["against"]
        assert got["difference"] == pytest.approx(expected[info.key].difference)
        assert got["p_value"] == expected[info.key].p_value
        assert got["adjusted_p_value"] == expected[info.key].adjusted_p_value
        assert block["runs"][1]["metrics"][info.key]["against"] is None


@pytest.mark.usefixtures("runs")
def test_a_row_can_be_named_by_its_label_and_a_run_by_its_folder_alone() -> None:
    assert "Against method b:" in compare("a", "b", "--against", "method b").stdout
    assert "Against method b:" in compare("a", "c", "--against", "b").stdout
    refused = compare("a", "b", "--against", "method x")
    assert refused.exit_code == 2
    assert "method a, method b" in refused.stderr


def test_ranks_go_in_the_better_direction_and_ties_are_told(runs: dict[str, Scores]) -> None:
    (block,) = blocks("a", "b", "c")
    metrics = {name: row["metrics"] for name, row in zip("abc", block["runs"], strict=True)}
    for key, entry in metrics["a"].items():
        others = {name: metrics[name][key] for name in "abc" if metrics[name][key]["mean"] is not None}
        sign = -1 if entry["higher_is_better"] else 1
        order = sorted(others, key=lambda name, key=key, sign=sign: sign * metrics[name][key]["mean"])  # type: ignore[misc]
        assert others[order[0]]["rank"] == 1
        if len(order) > 2:
            assert others[order[1]]["rank"] == 2
            assert others[order[2]]["rank"] is None
        means = (
            {name: runs[name].images.groupby(["subject", "prompt_index"])[key].mean() for name in others}
            if key in ON_IMAGES
            else {}
        )
        tests = {
            name: paired_permutation_test(mean - means[order[0]], mean.index.get_level_values(0)).p_value
            for name, mean in means.items()
            if name != order[0]
        }
        for name, p_value in holm(tests).items():
            assert metrics[name][key]["within_noise_of_best"] == (p_value > 0.05)
    tied = [entry["within_noise_of_best"] for name in "ab" for entry in metrics[name].values()]
    assert True in tied
    assert not any(entry["within_noise_of_best"] for key, entry in metrics["c"].items() if key in ON_IMAGES)


@pytest.mark.usefixtures("runs")
def test_a_run_without_a_metric_shows_a_dash() -> None:
    text = compare("a", "c").stdout
    assert "Subj. ID ↑" in text
    assert next(line for line in text.splitlines() if line.startswith("method c")).split().count("-") == len(NEW)


# ---------------------------------------------------------------- runs under two protocols


def write(name: str, *, seed: int = 4, **options: Any) -> Path:
    """A run of the method "method NAME", in the folder NAME."""
    scores = made_up_scores(seed=seed, **SMALL)
    return write_scored(Path(name), scores, method=f"method {name}", **options)


def words_of(result: Result) -> str:
    return " ".join(result.stdout.split())


#: Every encoder is another one: no metric is made in the same way.
OTHERS = dict.fromkeys(ENCODERS, "f" * 64)
#: Only what DINO measures is made in another way.
OTHER_DINO = ENCODERS | {"dino": "f" * 64}
BY_DINO = ["DINO", "PRES", "DIV (DINO)", "Subj. ID", "Copy"]


@pytest.mark.usefixtures("runs")
def test_runs_that_share_no_metric_are_refused_naming_both_unless_mixing_is_allowed_and_then_marked() -> None:
    write("d", encoders=OTHERS, protocol=MINIATURE.model_copy(update={"name": "mine"}))
    prints = [json.loads(Path(name, "summary.json").read_text())["fingerprint"] for name in ("a", "d")]
    refused = compare("a", "b", "d")
    assert refused.exit_code == 2
    for word in (f"a is scored under the fingerprint {prints[0]}", f"d under {prints[1]} (protocol mine)", "--allow-mixed"):
        assert word in refused.stderr
    shown = compare("a", "b", "d", "--allow-mixed")
    assert shown.exit_code == 0
    assert "method d (b)" in shown.stdout
    assert f"b: protocol mine, fingerprint {prints[1]}" in words_of(shown)
    assert "nothing is tested across them: DINO, CLIP-I, CLIP-T, PRES, DIV (DINO), Subj. ID, Copy." in words_of(shown)
    record = json.loads(compare("a", "b", "d", "--allow-mixed", "--format", "json").stdout)
    assert record["mixed"]
    runs = record["blocks"][0]["runs"]
    assert all(entry["rank"] is None for run in runs for entry in run["metrics"].values())
    assert runs[1]["metrics"]["dino"]["against"] is not None  # made in the same way as the reference's
    assert runs[2]["metrics"]["dino"]["against"] is None


@pytest.mark.usefixtures("runs")
def test_runs_that_share_some_metrics_are_compared_on_those_and_the_others_are_refused_by_name() -> None:
    write("d", encoders=OTHER_DINO)
    result = compare("a", "d")
    assert result.exit_code == 0, result.output
    left_out = f"{', '.join(BY_DINO)} are left out: a (miniature) and d (miniature) made them in different ways."
    assert left_out in words_of(result)
    record = json.loads(compare("a", "d", "--format", "json").stdout)
    assert [column["key"] for column in record["columns"]] == ["clip_i", "clip_t"]
    assert (record["mixed"], record["made_in_different_ways"], len(record["fingerprints"])) == (False, [], 2)
    entry = record["blocks"][0]["runs"][1]["metrics"]["clip_t"]
    assert entry["against"]["p_value"] is not None
    assert {run["metrics"]["clip_t"]["rank"] for run in record["blocks"][0]["runs"]} == {1, None}


@pytest.mark.usefixtures("runs")
def test_what_two_metrics_are_left_out_for_is_said_in_the_singular_and_the_plural() -> None:
    scale = Protocol.model_validate(MINIATURE.record() | {"text": "without_subject", "name": "mine"})
    write("d", protocol=scale)
    assert "CLIP-T is left out: a (miniature) and d (mine) made it in different ways." in words_of(compare("a", "d"))


@pytest.mark.usefixtures("runs")
def test_shared_metrics_of_a_mixed_table_are_ranked_and_tested_and_the_others_are_named() -> None:
    write("d", encoders=OTHER_DINO)
    record = json.loads(compare("a", "d", "--allow-mixed", "--format", "json").stdout)
    assert record["made_in_different_ways"] == ["dino", "pres", "div", "identification", "copy_index"]
    first, second = (run["metrics"] for run in record["blocks"][0]["runs"])
    assert {first["clip_t"]["rank"], second["clip_t"]["rank"]} == {1, None}
    assert second["clip_t"]["against"] is not None
    assert (first["dino"]["rank"], second["dino"]["rank"], second["dino"]["against"]) == (None, None, None)


def test_a_run_of_some_metrics_stands_beside_a_whole_one(runs: dict[str, Scores]) -> None:
    """`bench score --metrics dino,clip_t`: what only one has is a column of that one alone."""
    write("some", lacking=("clip_i", "pres", "div", "identification", "copy_index"))
    record = json.loads(compare("a", "some", "--format", "json").stdout)
    assert [column["key"] for column in record["columns"]] == [info.key for info in runs["a"].metrics]
    whole, some = (run["metrics"] for run in record["blocks"][0]["runs"])
    assert {key for key, entry in some.items() if entry["mean"] is not None} == {"dino", "clip_t"}
    assert {key for key, entry in some.items() if entry["against"] is not None} == {"dino", "clip_t"}
    assert {key for key, entry in whole.items() if entry["rank"] is not None} <= {"dino", "clip_t"}
    # Holm counts the two that are tested, not the five that are not
    tests = {key: some[key]["against"]["p_value"] for key in ("dino", "clip_t")}
    assert {key: some[key]["against"]["adjusted_p_value"] for key in tests} == pytest.approx(holm(tests))


@pytest.mark.usefixtures("runs")
def test_runs_that_share_metrics_two_by_two_but_none_all_together_are_refused() -> None:
    write("d", encoders=OTHER_DINO)  # shares with a what CLIP measures
    write("e", encoders=ENCODERS | {"clip": "f" * 64})  # shares with a what DINO measures
    refused = compare("a", "d", "e")
    assert refused.exit_code == 2
    assert "a and d share CLIP-I, CLIP-T, but e (protocol miniature) made CLIP-I in another way" in refused.stderr
    for pair in (("a", "d"), ("a", "e")):
        assert compare(*pair).exit_code == 0
    assert "no metric of theirs was made in the same way" in compare("d", "e").stderr


@pytest.mark.usefixtures("runs")
def test_two_runs_of_different_metrics_share_none() -> None:
    write("one", lacking=("clip_i", "clip_t"))
    write("other", lacking=("dino", "pres", "div", "identification", "copy_index"))
    refused = compare("one", "other")
    assert refused.exit_code == 2
    assert "no metric of theirs was made in the same way" in refused.stderr


@pytest.mark.usefixtures("runs")
def test_two_ways_to_measure_div_have_two_columns() -> None:
    metrics = MINIATURE.record()["metrics"]
    lpips = {"div": {"formula": "diversity", "encoder": "lpips"}}
    encoders = MINIATURE.record()["encoders"] | {"lpips": {}}
    protocol = Protocol.model_validate(MINIATURE.record() | {"metrics": metrics | lpips, "encoders": encoders})
    write("d", protocol=protocol, encoders=ENCODERS | {"lpips": "l" * 64})
    assert "DIV (DINO) is left out" in words_of(compare("a", "d"))
    record = json.loads(compare("a", "d", "--allow-mixed", "--format", "json").stdout)
    labels = [column["label"] for column in record["columns"]]
    assert labels.count("DIV") == labels.count("DIV (DINO)") == 1
    assert record["made_in_different_ways"] == []
    assert record["blocks"][0]["runs"][1]["metrics"]["div"]["mean"] is None
    assert record["blocks"][0]["runs"][1]["metrics"]["div: DIV"]["mean"] is not None


def test_two_protocols_that_measure_some_things_alike(tmp_path: Path) -> None:
    """kosmos-g, here with our reading, compares with one photo; prompts, identities and copies have nothing to do with it."""
    for name in ("dreambench", "kosmos-g"):
        protocol = load_protocol(name).model_copy(update={"reading": "careful"})
        encoders = {role: role for role in protocol.encoders}
        scores = made_up_scores(seed=1, protocol=protocol, encoders=encoders, **SMALL)
        write_scored(tmp_path / name, scores, method=name, protocol=protocol, encoders=encoders)
    result = compare("dreambench", "kosmos-g")
    said = "DINO, CLIP-I are left out: dreambench (dreambench) and kosmos-g (kosmos-g) made them in different ways."
    assert said in words_of(result)
    assert "CLIP-T ↑" in result.stdout


def test_other_prompts_are_refused_or_restricted_in_words(runs: dict[str, Scores], tmp_path: Path) -> None:
    part = made_up_scores(seed=5, **(SMALL | {"prompts": (0, 21), "subjects": 13}))
    write_scored(tmp_path / "part", part, method="part")
    refused = compare("a", "part")
    assert refused.exit_code == 2
    assert "48 pairs" in refused.stderr
    assert "26, of which 24 are the same; add --shared" in refused.stderr
    shown = compare("a", "part", "--shared")
    assert "Only the 24 pairs of subject and prompt that all runs have, of 26 or 48" in " ".join(shown.stdout.split())
    (block,) = blocks("a", "part", "--shared")
    kept = runs["a"].images[runs["a"].images["prompt_index"].isin([0, 21])]
    metrics = block["runs"][0]["metrics"]
    assert metrics["dino"]["mean"] == pytest.approx(kept["dino"].mean())
    assert metrics["pres"]["mean"] == pytest.approx(runs["a"].subjects["pres"].mean())
    assert metrics["div"]["mean"] is None


@pytest.mark.usefixtures("runs")
def test_nothing_in_common_is_said(tmp_path: Path) -> None:
    write_scored(tmp_path / "other", made_up_scores(seed=5, **(SMALL | {"prompts": (5,)})), method="other")
    for arguments in (("a", "other"), ("a", "other", "--shared")):
        assert compare(*arguments).exit_code == 2
    assert "share no pair" in compare("a", "other", "--shared").stderr


def test_few_subjects_cannot_be_told_apart_and_the_table_says_so(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 2), ("c", 3)):
        scores = made_up_scores(seed=seed, shift=seed / 5, **(SMALL | {"subjects": 5}))
        write_scored(tmp_path / name, scores, method=name)
    assert "With so few subjects no difference, however large, can be significant" in " ".join(
        compare("a", "b", "c").stdout.split()
    )


@pytest.mark.usefixtures("runs")
def test_one_run_stands_beside_the_literature() -> None:
    result = compare("a", "--published")
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "not comparable with the rows above" in words
    assert "these runs about the dataset 'made up'" in words
    assert compare("a").exit_code == 2


@pytest.mark.usefixtures("runs")
def test_a_file_is_written_whole_and_stdout_stays_empty(tmp_path: Path) -> None:
    result = compare("a", "b", "--format", "csv", "--out", "table.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "table.csv").read_text())))
    assert [row["method"] for row in rows] == ["method a", "method b"]
    assert compare("a", "b", "--out", "nowhere/table.csv").exit_code == 2


def test_hostile_names_are_harmless_in_the_terminal(tmp_path: Path) -> None:
    for name, method in (("a", "\x1b[31mred\u202e\nline"), ("b", "[bold]b[/bold]" + "x" * 1000)):
        write_scored(tmp_path / name, made_up_scores(seed=1, **SMALL), method=method)
    text = compare("a", "b").stdout
    assert "?[31mred? line" in text
    assert "[bold]b[/bold]" in text
    assert len(text) < 6000


@pytest.mark.parametrize(
    ("column", "values", "word"),
    [
        ("subject", None, "no column 'subject'"),
        ("dino", None, "no column 'dino'"),
        ("dino", "text", "something else than numbers"),
    ],
)
@pytest.mark.usefixtures("runs")
def test_broken_tables_are_named(column: str, values: str | None, word: str) -> None:
    path = Path("b/scores.parquet")
    frame = pd.read_parquet(path)
    (frame.drop(columns=column) if values is None else frame.assign(**{column: values})).to_parquet(path, index=False)
    rehashed(path.parent)
    result = compare("a", "b")
    assert result.exit_code == 2
    assert word in result.stderr
    path.write_bytes(b"no parquet")
    assert "is not the table that summary.json was written with" in compare("a", "b").stderr
    rehashed(path.parent)
    assert "cannot be read" in compare("a", "b").stderr


@pytest.mark.usefixtures("runs")
def test_a_table_with_more_rows_than_any_run_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parquet file of a few bytes can repeat a value for ever."""
    monkeypatch.setattr("dreambench.benchmark.results.tables._MAX_ROWS", 3)
    result = compare("a", "b")
    assert result.exit_code == 2
    assert "scores.parquet has more rows than any table of scores; score the run again." in result.stderr
