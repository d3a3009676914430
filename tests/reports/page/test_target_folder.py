"""Where a report may be written: into nothing, or over an earlier report; whole, or not at all."""

import json
from pathlib import Path

import pytest

from dreambench.dataset.errors import UserError
from dreambench.reports.page.target_folder import check_target_folder, written_aside


def write_one(out: Path, text: str) -> None:
    with written_aside(out, {}) as folder:
        (folder / "index.html").write_text(text)


def test_a_new_folder_an_empty_one_and_an_earlier_report_are_free(tmp_path: Path) -> None:
    write_one(tmp_path / "new" / "below", "1")
    (tmp_path / "empty").mkdir()
    write_one(tmp_path / "empty", "2")
    assert (tmp_path / "empty" / "index.html").read_text() == "2"
    write_one(tmp_path / "empty", "3")
    assert (tmp_path / "empty" / "index.html").read_text() == "3"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "new"]  # nothing is left aside


@pytest.mark.parametrize(
    ("files", "out", "words"),
    [
        ({"run/run.json": "{}"}, "run", "is a run's folder"),
        ({"run/run.json": "{}"}, "run/report", "lies in a run's folder"),
        ({"there/notes.txt": ""}, "there", "'notes.txt'"),
        ({"there/index.html": "mine"}, "there", "not of a report"),
        ({"there/index.html": "", "there/report.json": "{}"}, "there", "not of a report"),
        ({"there/index.html": "", "there/report.json": '{"kind": "dreambench report"}', "there/cv.pdf": ""}, "there", "cv.pdf"),
        ({"file": ""}, "file", "is a file"),
        ({"file": ""}, "file/below", "cannot be written"),
    ],
)
def test_other_peoples_folders_are_refused_and_left_alone(tmp_path: Path, files: dict[str, str], out: str, words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=words):
        check_target_folder(tmp_path / out)
    with pytest.raises(UserError, match=words):
        write_one(tmp_path / out, "x")
    assert sorted(tmp_path.rglob("*")) == before
    assert {name: (tmp_path / name).read_text() for name in files} == files


def test_a_failure_leaves_the_earlier_report_as_it_was(tmp_path: Path) -> None:
    write_one(tmp_path / "out", "old")

    def fail() -> None:
        with written_aside(tmp_path / "out", {}) as folder:
            (folder / "index.html").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (tmp_path / "out" / "index.html").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_came_to_the_place_meanwhile_is_not_lost(tmp_path: Path) -> None:
    def meddle() -> None:
        with written_aside(tmp_path / "out", {}):
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "thesis.tex").write_text("years of work")

    with pytest.raises(UserError, match=r"thesis\.tex"):
        meddle()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_the_marker_says_what_the_folder_is(tmp_path: Path) -> None:
    with written_aside(tmp_path / "out", {"fingerprint": "abc"}):
        pass
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == {"kind": "dreambench report", "fingerprint": "abc"}
