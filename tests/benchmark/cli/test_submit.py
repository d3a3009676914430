"""`bench submit`: the file and its archive, what is said of them, and what is not overwritten."""

import inspect
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import HfApi
from scored_folders import write_folder, write_pictures
from sentences import refusal
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app

CREATE_COMMIT = inspect.signature(HfApi.create_commit)
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


class Hub:
    """Stands in for the hub's client: notes what it is sent, or refuses."""

    token: str | None = "hf_secret"
    refusal: Exception | None = None

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, bytes], str]] = []

    def create_commit(
        self, repo_id: str, operations: list[Any], *, commit_message: str, repo_type: str, create_pr: bool
    ) -> SimpleNamespace:
        named = {"commit_message": commit_message, "repo_type": repo_type, "create_pr": create_pr}
        CREATE_COMMIT.bind(self, repo_id, operations, **named)  # as the installed client has it
        assert (repo_type, create_pr) == ("dataset", True)
        if self.refusal is not None:
            raise self.refusal
        files = {operation.path_in_repo: Path(operation.path_or_fileobj).read_bytes() for operation in operations}
        self.sent.append((repo_id, files, commit_message))
        return SimpleNamespace(pr_url=f"https://hub.invalid/datasets/{repo_id}/discussions/1", commit_url="")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    made = Hub()
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: made)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: made.token)
    monkeypatch.setattr("dreambench.benchmark.submissions.hub.hub_problem", lambda: None)
    return made


def test_a_submission_is_sent_as_a_pull_request_with_its_archive_and_no_token_is_said(scored: Path, hub: Hub) -> None:
    result = bench("submit", scored, *WHO, "--with-images", "--hub", "us/board")
    assert result.exit_code == 0, result.output
    ((repository, files, title),) = hub.sent
    assert (repository, title) == ("us/board", "Submission: My method")
    assert files == {f"submissions/{name}": Path(name).read_bytes() for name in ("my-method.json", "my-method.images.zip")}
    assert "https://hub.invalid/datasets/us/board/discussions/1" in result.stderr
    assert result.stdout == "my-method.json\n"
    assert "hf_secret" not in result.output
    assert b"hf_secret" not in b"".join(files.values())


def test_what_the_hub_refuses_is_one_sentence_without_the_token_and_the_file_is_kept(scored: Path, hub: Hub) -> None:
    hub.refusal = OSError("403 Client Error: Forbidden for hf_secret\nand a long story")
    said = refusal("submit", scored, *WHO, "--hub", "us/board")
    assert said.startswith("my-method.json is written, but us/board did not take it: 403 Client Error: Forbidden for ...; see")
    assert Path("my-method.json").is_file()


def test_what_cannot_be_sent_is_refused_before_anything_is_written(
    scored: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("board", "us/board/x", "../x", "us board/x"):
        assert "--hub needs the name of a dataset repository" in refusal("submit", scored, *WHO, "--hub", name)
    hub.token = None
    assert "give `hf auth login`, or set HF_TOKEN" in refusal("submit", scored, *WHO, "--hub", "us/board")
    monkeypatch.setattr("dreambench.benchmark.submissions.hub.hub_problem", lambda: "HF_HUB_OFFLINE is set")
    assert "--hub us/board cannot be reached: HF_HUB_OFFLINE is set" in refusal("submit", scored, *WHO, "--hub", "us/board")
    assert not hub.sent
    assert not Path("my-method.json").exists()
