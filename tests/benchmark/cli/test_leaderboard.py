"""`bench leaderboard`: exit codes, what is said, and what the files hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from speed.made_up_submissions import means_of, small
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app


def build(folder: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["leaderboard", str(folder), "--out", str(out), *options])


def put(folder: Path, name: str, record: Any) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(record))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, shift in enumerate((0.0, 0.1)):
        put(tmp_path / "submissions", f"good{number}", small(f"good {number}", seed=number, shift=shift))
    return tmp_path / "submissions"


def test_good_submissions_are_ranked_and_can_be_downloaded(folder: Path, tmp_path: Path) -> None:
    result = build(folder, tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "2 ranked and 0 without a rank on 1 board, 0 refused." in result.stderr
    record = json.loads((tmp_path / "out/leaderboard.json").read_text())
    (board,) = record["boards"]
    assert [sent["name"] for sent in board["submissions"]] == ["good 1", "good 0"]
    for sent in board["submissions"]:
        assert (tmp_path / "out" / sent["page"]).is_file()
        low, high = sent["scores"]["dino"]["rank_interval"]
        assert low <= sent["scores"]["dino"]["rank"] <= high
    assert list(board["yardsticks"]) == ["real_images", "copy_reference"]
    csv = (tmp_path / "out/data" / f"{board['fingerprint']}.csv").read_text()
    assert csv.startswith("name,authors,url,method,suite,base_model,training,day,apart")
    assert (tmp_path / "out/plots" / f"{board['fingerprint']}-dark.svg").read_bytes().startswith(b"<?xml")
    assert not (tmp_path / "out/README.md").exists()
    assert build(folder, tmp_path / "out", "--space").exit_code == 0  # an earlier leaderboard is replaced
    assert "sdk: static" in (tmp_path / "out/README.md").read_text()


def test_what_is_refused_is_named_and_the_exit_code_is_1(folder: Path, tmp_path: Path) -> None:
    put(folder, "odd", small("odd", seed=3) | {"url": "javascript:alert(1)"})
    result = build(folder, tmp_path / "out")
    assert result.exit_code == 1
    assert "refused odd.json" in result.stderr
    shown = json.loads((tmp_path / "out/leaderboard.json").read_text())
    assert [refusal["file"] for refusal in shown["refused"]] == ["odd.json"]
    assert "odd.json" in (tmp_path / "out/index.html").read_text()


def test_who_hands_in_the_references_again_stands_apart_and_is_said_to(folder: Path, tmp_path: Path) -> None:
    record = small("cheat", seed=7)
    for subject in record["subjects"].values():
        subject["scores"]["copy_index"] = 0.9
    put(folder, "cheat", record | {"summary": means_of(record["subjects"])})
    result = build(folder, tmp_path / "out")
    assert "2 ranked and 1 without a rank" in result.stderr
    words = "no rank: near-copies of the reference images"
    assert (tmp_path / "out/index.html").read_text().count(words) == 1
    cheats = [path.name[:5] for path in (tmp_path / "out/methods").glob("*.html") if "It has no rank" in path.read_text()]
    assert cheats == ["cheat"]
    (board,) = json.loads((tmp_path / "out/leaderboard.json").read_text())["boards"]
    assert [sent["scores"]["dino"]["rank"] for sent in board["submissions"]] == [1, 2, None]


def test_markup_in_names_and_labels_is_text_on_the_pages(folder: Path, tmp_path: Path) -> None:
    record = small("<script>alert(1)</script>", seed=3)
    record["protocol"]["declaration"] = None
    for info in record["metrics"]:
        info |= {"label": f"<b>{info['key']}</b>", "measures": "<script>alert(2)</script>", "fingerprint": ""}
    put(folder, "good2", record)
    assert build(folder, tmp_path / "out").exit_code == 0
    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) == 4
    for page in pages:
        assert "<script>alert" not in page.read_text()
        assert "<b>" not in page.read_text()
    for plot in (tmp_path / "out/plots").iterdir():
        assert b"<b>" not in plot.read_bytes()


def test_nothing_is_written_where_nothing_can_be_taken_or_other_things_lie(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    assert build(folder, out).exit_code == 2
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]
    put(tmp_path / "bad", "odd", {})
    assert build(tmp_path / "bad", tmp_path / "out").exit_code == 2
    assert not (tmp_path / "out").exists()
