"""`bench submit`: what goes into a submission and its archive, and that a leaderboard finds out when an archive was changed."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from run_fakes import FEW, Bench
from speed.made_up_submissions import made_up_record

from dreambench.benchmark.submissions import read_submissions

WHO = ("--name", "My method", "--authors", "Me")
SUBJECTS = ("can", "dog", "vase")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes_below(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256(path) for path in folder.rglob("*.png")}


def test_a_submission_and_its_archive_hold_the_runs_images_and_prior_images(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    result = bench("run", *WHO, "--with-images", "--out", "in/mine.json", command="submit")
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == "in/mine.json"
    assert "12 images and 24 prior images hashed" in result.stderr
    text = (tmp_path / "in/mine.json").read_text()
    record = json.loads(text)
    assert record["images"] == hashes_below(tmp_path / "run/images")
    assert record["prior_images"] == hashes_below(tmp_path / "run/prior")
    assert len(record["images"]) == 3 * 2 * 2
    assert len(record["prior_images"]) == 3 * 8

    archive = tmp_path / "in/mine.images.zip"
    with zipfile.ZipFile(archive) as opened:
        held = {name: hashlib.sha256(opened.read(name)).hexdigest() for name in opened.namelist()}
        assert len(opened.namelist()) == len(held)
    below_prior = {f"prior/{name}": digest for name, digest in record["prior_images"].items()}
    assert held == record["images"] | below_prior

    for place in (tmp_path, Path.home(), ROOT):
        assert f"{place}/" not in text
    assert tmp_path.name not in text

    assert bench("run", *WHO, "--with-images", "--out", "again/mine.json", command="submit").exit_code == 0
    assert (tmp_path / "again/mine.images.zip").read_bytes() == archive.read_bytes()
    assert (tmp_path / "again/mine.json").read_text() == text

    built = bench("in", "--out", "site", command="leaderboard")
    assert built.exit_code == 0, built.output
    (page,) = (tmp_path / "site/methods").glob("*.html")
    assert "12 images and 24 prior images are named by their SHA-256; they lie beside the submission" in page.read_text()


def test_prior_images_that_lie_elsewhere_are_found_and_their_loss_is_said(bench: Bench, suite: Path, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    shutil.copytree(tmp_path / "run/images", tmp_path / "theirs")
    shutil.copytree(tmp_path / "run/prior", tmp_path / "classes")
    theirs, classes = str(tmp_path / "theirs"), str(tmp_path / "classes")
    options = (theirs, "--suite", str(suite), "--images-per-prompt", "2", "--prompts", "0,20", "--device", "cpu")
    assert bench(*options, "--prior", classes, "--out", "scored", command="score").exit_code == 0
    assert bench(*options, "--out", "without", command="score").exit_code == 0

    def submit(folder: str, file: str) -> tuple[str, Any]:
        result = bench(folder, *WHO, "--out", file, command="submit")
        assert result.exit_code == 0, result.output
        text = (tmp_path / file).read_text()
        assert f"{tmp_path}/" not in text  # where they were scored is this machine's own affair
        return result.stderr, json.loads(text)

    said, record = submit("scored", "with.json")
    assert "12 images and 24 prior images hashed" in said
    assert record["prior_images"] == hashes_below(tmp_path / "run/prior")
    assert any("bench score theirs" in command and "--prior classes" in command for command in commands_of(record))

    said, record = submit("without", "without.json")
    assert "12 images hashed" in said
    assert "prior" not in said
    assert "pres" not in record["summary"]
    assert record["prior_images"] == {}

    (tmp_path / "classes/dog/3.png").unlink()
    refused = bench("scored", *WHO, "--out", "late.json", command="submit")
    assert refused.exit_code == 2
    assert "dog/3" in refused.stderr
    assert "classes" in refused.stderr
    assert not (tmp_path / "late.json").exists()

    summary = json.loads((tmp_path / "scored/summary.json").read_text())
    del summary["prior"]  # as a folder that was scored before the place was recorded
    (tmp_path / "scored/summary.json").write_text(json.dumps(summary))
    said, record = submit("scored", "old.json")
    assert "does not say where the prior images of its PRES lie" in said
    assert record["prior_images"] == {}
    assert "pres" in record["summary"]


def commands_of(record: Any) -> list[str]:
    return list(record["provenance"]["commands"])


@pytest.fixture
def submitted(tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A folder with a submission, and what its archive should hold: name -> content."""
    record = made_up_record("mine", seed=1, subjects=3, prompts=2, images=1, prior=2)
    content = {}
    for table, above in (("images", ""), ("prior_images", "prior/")):
        for name in record[table]:
            content[f"{above}{name}"] = f"picture {above}{name}".encode()
            record[table][name] = hashlib.sha256(content[f"{above}{name}"]).hexdigest()
    place = tmp_path / "in"
    place.mkdir()
    (place / "mine.json").write_text(json.dumps(record))
    return place, content


def write_archive(place: Path, content: dict[str, bytes]) -> None:
    with zipfile.ZipFile(place / "mine.images.zip", "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def test_images_beside_a_submission_are_verified_in_any_order_and_without_them_nothing_is(
    submitted: tuple[Path, dict[str, bytes]],
) -> None:
    place, content = submitted
    (alone,) = read_submissions(place).accepted
    assert (alone.verified, alone.n_hashed, alone.n_prior) == (None, 6, 6)
    write_archive(place, dict(reversed(content.items())))
    (beside,) = read_submissions(place).accepted
    assert (beside.verified, beside.n_hashed, beside.n_prior) == (True, 6, 6)


CHANGES: dict[str, tuple[Callable[[dict[str, bytes]], Any], str]] = {
    "tampered image": (lambda held: held.update({"backpack/01/0.png": b"x"}), "image backpack/01/0.png is not the one"),
    "tampered prior image": (lambda held: held.update({"prior/backpack/1.png": b"x"}), "image prior/backpack/1.png is not"),
    "missing image": (lambda held: held.pop("backpack/01/0.png"), "lacks backpack/01/0.png"),
    "missing prior image": (lambda held: held.pop("prior/backpack/1.png"), "lacks prior/backpack/1.png"),
    "extra image": (lambda held: held.update({"backpack/01/1.png": b"x"}), "holds backpack/01/1.png, which it has no hash"),
    "extra prior image": (lambda held: held.update({"prior/backpack/2.png": b"x"}), "holds prior/backpack/2.png, which"),
    "escaping entry": (lambda held: held.update({"../../x.png": b"x"}), "holds ../../x.png, which"),
    "prior image outside its folder": (
        lambda held: held.update({"backpack/1.png": held.pop("prior/backpack/1.png")}),
        "holds backpack/1.png, which",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_an_archive_that_is_not_the_hashed_images_is_refused_by_name(
    kind: str, submitted: tuple[Path, dict[str, bytes]]
) -> None:
    change, reason = CHANGES[kind]
    place, content = submitted
    change(content)
    write_archive(place, content)
    reading = read_submissions(place)
    assert not reading.accepted
    (refused,) = reading.refused
    assert refused.file == "mine.json"
    assert reason in refused.reason


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_is_there_twice_and_a_broken_archive_are_refused(submitted: tuple[Path, dict[str, bytes]]) -> None:
    place, content = submitted
    with zipfile.ZipFile(place / "mine.images.zip", "w") as archive:
        for name, data in [*content.items(), *list(content.items())[:1]]:
            archive.writestr(name, data)
    assert f"holds {next(iter(content))} twice" in read_submissions(place).refused[0].reason
    (place / "mine.images.zip").write_bytes(b"no archive")
    assert "cannot be read" in read_submissions(place).refused[0].reason


def test_a_subject_called_prior_cannot_hide_an_image_behind_a_prior_image(submitted: tuple[Path, dict[str, bytes]]) -> None:
    place, _ = submitted
    record = json.loads((place / "mine.json").read_text())
    record["dataset"] = {"name": "theirs", "checksum": "0" * 64}  # one that nobody here knows may have any subjects
    for new, old in (("prior", "backpack"), ("00", "backpack_dog")):
        record["subjects"][new] = record["subjects"].pop(old)
        for table in ("images", "prior_images"):
            record[table] = {name.replace(f"{old}/", f"{new}/"): digest for name, digest in record[table].items()}
    assert "prior/00/0.png" in record["images"]
    assert "00/0.png" in record["prior_images"]
    (place / "mine.json").write_text(json.dumps(record))
    assert "would lie where its prior images do" in read_submissions(place).refused[0].reason
