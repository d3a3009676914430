"""`bench submit`: the file and its archive, what is said of them, and what is not overwritten."""

import json
import zipfile
from pathlib import Path

import pytest
from scored_folders import write_folder, write_pictures
from sentences import refusal
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app

WHO = ("--name", "My method", "--authors", "Me")


@pytest.fixture
def scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scored folder; the working directory is the one above it."""
    write_pictures(tmp_path / "theirs")
    monkeypatch.chdir(tmp_path)
    return write_folder(tmp_path / "scored", tmp_path / "theirs")


def bench(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_submission_with_its_archive_is_built_into_a_leaderboard(scored: Path, tmp_path: Path) -> None:
    result = bench(
        "submit", scored, *WHO, "--base-model", "SD 1.5", "--training", "zero-shot", "--with-images", "--out", "in/m.json"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == "in/m.json"
    assert "12 images and 6 prior images hashed" in result.stderr
    record = json.loads((tmp_path / "in/m.json").read_text())
    assert (record["base_model"], record["training"]) == ("SD 1.5", "zero-shot")
    with zipfile.ZipFile(tmp_path / "in/m.images.zip") as archive:
        assert len(archive.namelist()) == 18
    built = bench("leaderboard", "in", "--out", "site")
    assert built.exit_code == 0, built.output
    (page,) = (tmp_path / "site/methods").glob("*.html")
    text = page.read_text()
    assert "The submission has the SHA-256 of 12 images and 6 prior images; the archive beside it holds exactly these." in text
    assert "SD 1.5" in text
    thumbnails = list((tmp_path / "site/thumbnails").glob("*.webp"))
    assert len(thumbnails) == 3
    assert all(file.read_bytes()[8:12] == b"WEBP" for file in thumbnails)


def test_a_yardstick_is_told_that_it_gets_no_rank(scored: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "copied", tmp_path / "theirs", method="copy_reference")
    result = bench("submit", folder, *WHO)
    assert "copy_reference is a yardstick" in result.stderr
    assert json.loads((tmp_path / "my-method.json").read_text())["is_yardstick"]
    assert bench("submit", scored, *WHO, "--yardstick", "--out", "other.json").exit_code == 0
    assert json.loads((tmp_path / "other.json").read_text())["is_yardstick"]


def test_prior_images_that_nobody_knows_of_are_said(tmp_path: Path, scored: Path) -> None:
    folder = write_folder(tmp_path / "old", tmp_path / "theirs", says_where_priors_lie=False)
    result = bench("submit", folder, *WHO)
    assert "does not say where the prior images of its PRES lie" in result.stderr


def test_an_archive_from_before_is_said(scored: Path) -> None:
    assert bench("submit", scored, *WHO, "--with-images").exit_code == 0
    assert "my-method.images.zip is there from before" in bench("submit", scored, *WHO).stderr


def test_what_cannot_be_used_is_refused_in_one_sentence(scored: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.json").write_text("{}")
    assert "thesis.json is there and is no submission" in refusal("submit", scored, *WHO, "--out", "thesis.json")
    assert "must end in .json" in refusal("submit", scored, *WHO, "--out", "mine.txt")
    assert "is a folder" in refusal("submit", scored, *WHO, "--out", write_json_folder(tmp_path))
    assert "did you mean 'tuned'?" in refusal("submit", scored, *WHO, "--training", "tune")
    assert "--url cannot be used" in refusal("submit", scored, *WHO, "--url", "ftp://x")
    assert (tmp_path / "thesis.json").read_text() == "{}"
    assert not (tmp_path / "my-method.json").exists()


def write_json_folder(tmp_path: Path) -> Path:
    (tmp_path / "folder.json").mkdir()
    return tmp_path / "folder.json"
