"""`bench leaderboard` and `bench submit`: what is ranked, what is refused by name, and what the files hold."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speed.made_up_submissions import made_up_record
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.statistics import rank_intervals
from dreambench.benchmark.submissions import boards_of, read_submissions
from dreambench.benchmark.submissions.privacy import without_places


def build(folder: Path, out: Path) -> Result:
    return CliRunner().invoke(app, ["leaderboard", str(folder), "--out", str(out)])


def small(name: str, *, seed: int = 1, shift: float = 0.0) -> Any:
    return made_up_record(name, seed=seed, shift=shift, subjects=8, prompts=2, images=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "submissions"
    place.mkdir()
    for number, shift in enumerate((0.0, 0.1)):
        (place / f"good{number}.json").write_text(json.dumps(small(f"good {number}", seed=number, shift=shift)))
    return place


def test_good_submissions_are_ranked_and_can_be_downloaded(folder: Path, tmp_path: Path) -> None:
    result = build(folder, tmp_path / "out")
    assert result.exit_code == 0, result.output
    record = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    (board,) = record["boards"]
    assert [each["name"] for each in board["submissions"]] == ["good 1", "good 0"]
    for each in board["submissions"]:
        assert (tmp_path / "out" / each["page"]).is_file()
        low, high = each["scores"]["dino"]["rank_interval"]
        assert low <= each["scores"]["dino"]["rank"] <= high
    assert (tmp_path / "out" / "data" / "0123456789ab.csv").read_text().startswith("name,authors,url")
    assert build(folder, tmp_path / "out").exit_code == 0  # an earlier leaderboard is replaced


def test_who_hands_in_the_references_again_is_said_to(folder: Path, tmp_path: Path) -> None:
    record = small("cheat", seed=7)
    for each in record["subjects"].values():
        each["scores"]["copy_index"] = 0.9
    record["summary"]["copy_index"] = {"mean": 0.9, "low": 0.9, "high": 0.9}
    (folder / "cheat.json").write_text(json.dumps(record))
    assert build(folder, tmp_path / "out").exit_code == 0
    words = "near-copies of the reference images"
    assert (tmp_path / "out/index.html").read_text().count(words) == 1
    assert [path.name[:5] for path in (tmp_path / "out/methods").glob("*.html") if words in path.read_text()] == ["cheat"]


def first_subject(record: Any) -> Any:
    return next(iter(record["subjects"].values()))


HOSTILE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "script address": (lambda each: each.update(url="javascript:alert(1)"), "url"),
    "stated mean": (lambda each: each["summary"]["dino"].update(mean=0.99), "states a mean DINO"),
    "not a number": (lambda each: first_subject(each)["scores"].update(dino=float("nan")), "finite"),
    "no cosine": (lambda each: first_subject(each)["scores"].update(dino=7.0), "no image can have"),
    "taken name": (lambda each: each.update(name="GOOD 0"), "is that of good0.json"),
    "another subject": (lambda each: each["subjects"].update(unicorn=first_subject(each)), "no subject unicorn"),
    "missing images": (lambda each: each["images"].popitem(), "hashes of"),
    "escaping image": (lambda each: each["images"].update({"../../x.png": "0" * 64}), "not of the form"),
    "escaping prior image": (lambda each: each["prior_images"].update({"../x.png": "0" * 64}), "not of the form"),
    "prior image of nobody": (lambda each: each["prior_images"].update({"unicorn/0.png": "0" * 64}), "it has no PRES"),
    "missing prior image": (lambda each: each["prior_images"].popitem(), "prior images 0 to 7"),
    "prior images of some": (
        lambda each: [each["prior_images"].pop(name) for name in [*each["prior_images"]][:8]],
        "a PRES of backpack, but not",
    ),
    "one prior image twice": (
        lambda each: each["prior_images"].update({"backpack/00.png": each["prior_images"].pop("backpack/1.png")}),
        "a PRES of backpack, but not",
    ),
    "unknown field": (lambda each: each.update(extra=1), "extra"),
    "turned text": (lambda each: each.update(name="a\u202eb"), "printable"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_inconsistent_submissions_are_refused_by_name_and_the_rest_ranked(
    kind: str, folder: Path, tmp_path: Path
) -> None:
    breaking, reason = HOSTILE[kind]
    record = small("other", seed=5)
    breaking(record)
    if kind == "another subject":  # its means and hashes agree with it, so that only the dataset speaks against it
        for key in record["summary"]:
            record["summary"][key]["mean"] = float(np.mean([each["scores"][key] for each in record["subjects"].values()]))
    (folder / "odd.json").write_text(json.dumps(record))
    result = build(folder, tmp_path / "out")
    assert result.exit_code == 1, result.output
    assert "refused odd.json" in result.stderr
    assert reason in result.stderr
    shown = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    assert len(shown["boards"][0]["submissions"]) == 2
    assert [each["file"] for each in shown["refused"]] == ["odd.json"]


def test_links_pipes_deep_and_huge_files_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "link.json").symlink_to(folder / "good0.json")
    os.mkfifo(folder / "pipe.json")
    (folder / "deep.json").write_text("[" * 200_000)
    monkeypatch.setattr("dreambench.benchmark.submissions.folder.MAX_BYTES", 400_000)
    (folder / "huge.json").write_text(" " * 400_001)
    reading = read_submissions(folder)
    assert [each.file for each in reading.refused] == ["deep.json", "huge.json", "link.json", "pipe.json"]
    assert len(reading.accepted) == 2


def test_markup_in_names_is_text_on_the_pages(folder: Path, tmp_path: Path) -> None:
    (folder / "good2.json").write_text(json.dumps(small("<script>alert(1)</script>", seed=3)))
    assert build(folder, tmp_path / "out").exit_code == 0
    for page in (tmp_path / "out").rglob("*.html"):
        assert "<script>alert" not in page.read_text()


def test_a_folder_with_other_things_is_not_written_to(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    assert build(folder, out).exit_code == 2
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]


def test_intervals_are_those_of_the_runs_own_summary(folder: Path) -> None:
    from dreambench.benchmark.statistics import bootstrap_interval

    (board,) = boards_of(read_submissions(folder).accepted)
    for standing in board.standings:
        scores = [each.scores["dino"] for _, each in sorted(standing.accepted.submission.subjects.items())]
        expected = bootstrap_interval(scores)  # type: ignore[arg-type]
        found = standing.overall["dino"]
        assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))


def test_equal_methods_share_a_rank_and_a_better_one_everywhere_is_first_alone() -> None:
    base = np.random.default_rng(0).normal(0, 1, 30)
    values = np.stack([base, base, base + 0.01])
    ranks = rank_intervals(values, np.ones_like(values), higher_is_better=True)
    assert [(each.rank, each.low, each.high) for each in ranks if each] == [(2, 2, 2), (2, 2, 2), (1, 1, 1)]


def test_noise_gives_overlapping_ranks() -> None:
    values = np.random.default_rng(0).normal(0, 1, (4, 30))
    ranks = rank_intervals(values, np.ones_like(values), higher_is_better=False)
    assert all(each is not None and each.low < each.high for each in ranks)


def test_places_on_a_machine_are_left_out() -> None:
    assert without_places("bench run --model /home/me/models/x --out=/tmp/a/b") == "bench run --model x --out=b"
    assert without_places("see https://example.org/a/b") == "see https://example.org/a/b"
