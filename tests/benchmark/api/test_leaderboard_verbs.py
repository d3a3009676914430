"""`submit` and `leaderboard` from Python: typed results, nothing printed."""

import json
from pathlib import Path

import pytest
from scored_folders import write_folder, write_pictures
from speed.made_up_submissions import small

from dreambench.benchmark.api.leaderboard import leaderboard
from dreambench.benchmark.api.submit import submit
from dreambench.dataset.errors import UserError


def test_a_scored_folder_becomes_a_row_of_a_leaderboard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "theirs")
    scored = write_folder(tmp_path / "scored", tmp_path / "theirs")
    submitted = submit(scored, name="Mine", authors="Me", with_images=True, out=tmp_path / "in/mine.json")
    assert submitted.archive == tmp_path / "in/mine.images.zip"
    assert "'Mine': 3 subjects, 7 metrics" in submitted.conclusion
    ranking = leaderboard(tmp_path / "in", out=tmp_path / "site")
    assert ranking.page == tmp_path / "site/index.html"
    assert ranking.page.is_file()
    assert [standing.accepted.submission.name for standing in ranking.boards[0].standings] == ["Mine"]
    assert capsys.readouterr() == ("", "")


def test_a_ranking_is_a_table_for_programs_and_for_notebooks(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(3):
        record = small(f"<m{number}>", seed=number, shift=0.1 * number) | {"is_yardstick": number == 2}
        (tmp_path / f"in/{number}.json").write_text(json.dumps(record))
    (tmp_path / "in/odd.json").write_text("{}")
    ranking = leaderboard(tmp_path / "in", out=tmp_path / "site", published=False)
    assert [refusal.file for refusal in ranking.refused] == ["odd.json"]
    frame = ranking.frame()
    dino = frame[frame["metric"] == "dino"].set_index("name")
    assert dino["rank"].dropna().to_dict() == {"<m1>": 1, "<m0>": 2}
    assert dino["rank"].isna().to_dict() == {"<m1>": False, "<m0>": False, "<m2>": True}
    assert dino["apart"]["<m2>"] == "yardstick"
    assert len(frame) == 3 * 7
    html = ranking._repr_html_()
    assert "&lt;m1&gt;" in html
    assert "<m1>" not in html


def test_a_folder_without_submissions_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no submission; make one with `bench submit"):
        leaderboard(tmp_path, out=tmp_path / "site")
    with pytest.raises(UserError, match="There is no folder"):
        leaderboard(tmp_path / "none", out=tmp_path / "site")
