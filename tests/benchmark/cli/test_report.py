"""`bench report`: from runs and scored folders to a page; what cannot be shown is refused or said."""

import html
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rehashed import rehashed
from run_fakes import FEW, Bench

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.writing import to_toml
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.dataset.errors import UserError


def data_of(page: Path) -> dict[str, Any]:
    text = (page / "index.html").read_text()
    record: dict[str, Any] = json.loads(
        text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    )
    return record


def test_two_runs_become_one_page_that_knows_every_image(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "a")
    bench(*FEW, "--out", "b", "--set", "shade=50")
    result = bench("a", "b", "--out", "page", "--no-plots", command="report")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == "page/index.html"
    data, text = data_of(tmp_path / "page"), html.unescape((tmp_path / "page/index.html").read_text())
    scores = pd.read_parquet(tmp_path / "b/scores.parquet")
    assert data["runs"] == ["a", "b"]
    assert data["images"]["run"] == [0] * 12 + [1] * 12
    assert data["images"]["dino"][12:] == [round(value, 4) for value in scores["dino"]]
    names = {f"images/{run}/{s}-{p}-{k}.webp" for run in (0, 1) for s in range(3) for p in (0, 20) for k in (0, 1)}
    names |= {f"images/references/{s}-{k}.webp" for s, count in enumerate((3, 4, 2)) for k in range(count)}
    assert {path.relative_to(tmp_path / "page").as_posix() for path in (tmp_path / "page/images").rglob("*.webp")} == names
    summary = json.loads((tmp_path / "a/summary.json").read_text())
    assert summary["fingerprint"] in text
    assert f"{summary['overall']['dino']['mean']:.3f}" in text.replace("−", "-")
    assert f"bench run --method fake --suite {tmp_path}" not in text  # in this process the command is pytest's
    assert '<th role="rowheader" scope="row">shade</th>' in text
    assert "cube shaped" not in text  # prompt 24 is not in these runs
    assert "Reference images are not shown" not in text
    assert "has changed" not in text  # the protocol in words is the one that was scored under


def test_a_page_is_made_again_over_itself_but_never_over_a_run(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "a")
    for _ in range(2):
        assert bench("a", "--out", "page", "--no-plots", command="report").exit_code == 0
    refused = bench("a", "--out", "a/page", command="report")
    assert refused.exit_code == 2
    assert "never rewritten" in refused.stderr
    assert not (tmp_path / "a/page").exists()


def test_scored_folders_are_shown_with_their_images(bench: Bench, suite: Path, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    shutil.copytree(tmp_path / "run/images", tmp_path / "theirs")
    options = ("--suite", str(suite), "--images-per-prompt", "2", "--prompts", "0,20")
    scored = bench("theirs", *options, "--out", "scored", command="score")
    assert scored.exit_code == 0, scored.output
    unknown = bench("scored", "--out", "page", "--no-plots", command="report")
    assert unknown.exit_code == 0, unknown.output
    text = html.unescape((tmp_path / "page/index.html").read_text())
    assert "Reference images are not shown" in text  # a scored folder does not say where its dataset lies
    again = f"bench score theirs --suite {os.path.relpath(suite, tmp_path)} --prompts 0,20 --images-per-prompt 2 --out scored"
    assert again in next(line for line in text.splitlines() if "bench score" in line)
    references = str(tmp_path / "references")
    shutil.copytree(read_dataset(suite), references)
    named = bench("scored", "--out", "page", "--no-plots", "--dataset", references, command="report")
    assert named.exit_code == 0, named.output
    assert [subject["references"] for subject in data_of(tmp_path / "page")["subjects"]] == [3, 4, 2]
    (tmp_path / "references/dog/IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))  # makes no other dataset
    assert bench("scored", "--out", "page", "--no-plots", "--dataset", references, command="report").exit_code == 0
    text = html.unescape((tmp_path / "page/index.html").read_text())
    assert "dog/IMG_1.HEIC is no reference image: it is a picture of a kind that is not read" in text
    (tmp_path / "references/can/00.png").unlink()
    other = bench("scored", "--out", "page", "--no-plots", "--dataset", references, command="report")
    assert other.exit_code == 2
    assert "other reference images" in other.stderr


def read_dataset(suite: Path) -> Path:
    return Path(suite.read_text().partition('dataset = "')[2].partition('"')[0])


def test_runs_that_do_not_belong_together_are_refused(bench: Bench) -> None:
    bench(*FEW, "--out", "a")
    bench("--prompts", "0,20", "--images-per-prompt", "1", "--out", "other-protocol", method="copy_reference")
    bench("--prompts", "0,3", "--images-per-prompt", "2", "--out", "other-prompts")
    for other, words in (
        ("other-protocol", "no metric of theirs was made in the same way"),
        ("other-prompts", "pairs of subject and prompt"),
        ("a", "named twice"),
    ):
        result = bench("a", other, "--out", "page", command="report")
        assert result.exit_code == 2
        assert words in result.stderr
        assert not {"--allow-mixed", "--shared"} & set(result.stderr.split())  # which only `bench compare` has
    missing = bench("nowhere", "--out", "page", command="report")
    assert missing.exit_code == 2
    assert "There is no folder nowhere" in missing.stderr


@pytest.mark.parametrize("path", ["../secret.png", "images/link.png", "images/gone.png"])
def test_a_run_that_points_out_of_its_folder_shows_nothing_of_it(bench: Bench, tmp_path: Path, path: str) -> None:
    bench(*FEW, "--out", "run")
    shutil.copy(tmp_path / "run/images/can/00/0.png", tmp_path / "secret.png")
    (tmp_path / "run/images/link.png").symlink_to(tmp_path / "secret.png")
    frame = pd.read_parquet(tmp_path / "run/scores.parquet")
    frame.loc[0, "path"] = path
    frame.to_parquet(tmp_path / "run/scores.parquet", index=False)
    manifest = json.loads((tmp_path / "run/units/can.json").read_text())  # whoever forges one forges all
    manifest["images"][path] = frame.loc[0, "sha256"]
    (tmp_path / "run/units/can.json").write_text(json.dumps(manifest))
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    (tmp_path / "run/summary.json").write_text(json.dumps(summary | {"scored_from": None}))
    rehashed(tmp_path / "run")
    with pytest.raises(UserError, match=r"gone\.png is missing" if "gone" in path else "lies outside"):
        read_report_data([tmp_path / "run"])
    assert bench("run", "--out", "page", command="report").exit_code == 2
    assert not (tmp_path / "page").exists()


def test_a_picture_that_broke_is_named_and_no_half_page_is_left(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    (tmp_path / "run/images/dog/20/1.png").write_bytes(b"not a picture")
    before = sorted(path.name for path in tmp_path.iterdir())
    result = bench("run", "--out", "page", "--no-plots", command="report")
    assert result.exit_code == 2
    assert "dog/20/1.png" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_record_from_anywhere_makes_a_page_or_is_refused_in_a_sentence(bench: Bench, tmp_path: Path) -> None:
    """run.json and summary.json are others' files: what they say is shown as text, and what is of no such type is named."""
    bench(*FEW, "--out", "run")
    files = {name: json.loads((tmp_path / "run" / name).read_text()) for name in ("run.json", "summary.json")}

    def change(name: str, **values: object) -> None:
        (tmp_path / "run" / name).write_text(json.dumps(files[name] | values | unsealed[name]))

    unsealed: dict[str, dict[str, None]] = {"run.json": {}, "summary.json": {"seal": None}}
    change("run.json", command=["x", "<b>", "3"], sampler={"<i>": ["<i>"]}, suite_file="= <u>", started="5", git_commit="$(rm)")
    change(
        "summary.json",
        settings={"<s>": [None, True, {"a": 1}]},
        seconds={"<x>": 3.5},
        environment={"hardware": {"<x>": 7}, "versions": {"<x>": "<x>"}},
        protocol_in_words=["<x>"],
        citation="<x>",
    )
    result = bench("run", "--out", "page", "--no-plots", command="report")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "page/index.html").read_text()
    assert not [tag for tag in ("<b>", "<i>", "<u>", "<s>", "<x>") if tag in text]
    assert "git checkout &#39;$(rm)&#39;" in text
    for name, odd, place in (
        ("run.json", {"command": ["x", 3]}, "command.1"),
        ("run.json", {"suite_file": None}, "suite_file"),
        ("summary.json", {"seconds": "long"}, "seconds"),
        ("summary.json", {"environment": {"hardware": 7}}, "environment.hardware"),
        ("summary.json", {"beside": {"<x>": []}}, "beside.<x>"),
    ):
        for file in files:
            change(file)
        change(name, **odd)
        refused = bench("run", "--out", "other", "--no-plots", command="report")
        assert refused.exit_code == 2
        assert f"{name} is not " in refused.stderr
        assert f"({place}: input should be " in refused.stderr
    assert not (tmp_path / "other").exists()


def test_plots_are_drawn_into_the_page_and_those_left_out_are_said(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    result = bench("run", "--out", "page", command="report")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "page/index.html").read_text()
    assert text.count('class="for-light" src="data:image/') == text.count('class="for-dark" src="data:image/') > 3


def test_a_run_under_ones_own_protocol_is_reported_where_its_files_are_not(bench: Bench, suite: Path, tmp_path: Path) -> None:
    """As on another machine: suite, protocol and dataset are gone, and the run says itself how it was scored."""
    record = load_protocol("miniature").record() | {"name": "my-own", "scale": 10.0, "description": "Ten times as much."}
    (tmp_path / "my-own.toml").write_text(to_toml(record))
    mine = tmp_path / "mine.toml"
    mine.write_text(suite.read_text().replace('protocol = "miniature"', 'protocol = "./my-own.toml"'))
    shutil.copytree(read_dataset(suite), tmp_path / "mine")
    mine.write_text(mine.read_text().replace(f'dataset = "{read_dataset(suite)}"', 'dataset = "./mine"'))
    for name, shade in (("a", "0"), ("b", "50")):
        result = bench(*FEW, "--suite", str(mine), "--out", name, "--set", f"shade={shade}")
        assert result.exit_code == 0, result.output
    shutil.rmtree(tmp_path / "mine")
    for path in (mine, tmp_path / "my-own.toml"):
        path.unlink()
    result = bench("a", "b", "--out", "page", "--no-plots", command="report")
    assert result.exit_code == 0, result.output
    text = html.unescape((tmp_path / "page/index.html").read_text())
    for words in ("Ten times as much.", "It multiplies cosines by 10.", "Reference images are not shown"):
        assert words in text
    assert bench("a", "b", command="compare").exit_code == 0
    assert read_finished(tmp_path / "a").record.protocol.declared().scale == 10.0  # type: ignore[union-attr]
