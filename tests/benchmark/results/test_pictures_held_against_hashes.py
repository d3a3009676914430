"""Pictures are those that were scored, and lie where the reader said: nothing else is shown, packed or opened."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from rehashed import rehashed, without_hashes
from scored_folders import CHOSEN, N_PRIORS, make_it_a_run, write_folder, write_pictures

import dreambench
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.images import image_files
from dreambench.benchmark.results.own_scores import recall
from dreambench.benchmark.results.verification import faults_in
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file

FIRST = f"{CHOSEN[0].id}/00/0.png"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    write_pictures(tmp_path / "theirs")
    return tmp_path / "theirs"


@pytest.fixture
def scored(pictures: Path, tmp_path: Path) -> Path:
    return write_folder(tmp_path / "scored", pictures)


def forget(tmp_path: Path) -> None:
    """What a stranger's folder is: nothing of it is known here."""
    shutil.rmtree(tmp_path / "cache")


def submitted(folder: Path, **options: object) -> Path:
    return dreambench.submit(folder, name="Mine", authors="A", out="in/mine.json", **options).file  # type: ignore[arg-type]


def reported(folder: Path, **options: object) -> Path:
    return dreambench.report(folder, out="page", plots=False, device="cpu", **options)  # type: ignore[arg-type]


SHOWING: list[Callable[[Path], object]] = [
    submitted,
    lambda folder: submitted(folder, with_images=True),
    reported,
    lambda folder: dreambench.plot(folder, out="plots", device="cpu"),
]


@pytest.mark.parametrize("show", SHOWING)
def test_a_picture_that_was_replaced_is_refused_by_name(show: Callable[[Path], object], scored: Path, pictures: Path) -> None:
    Image.new("RGB", (32, 32), "red").save(pictures / "images" / FIRST)
    with pytest.raises(UserError, match=rf"{FIRST} is not the picture that was scored.*score the images again"):
        show(scored)
    assert not Path("in").exists() or not list(Path("in").iterdir())


def test_a_runs_replaced_picture_is_refused_too(scored: Path, pictures: Path) -> None:
    make_it_a_run(scored, pictures, steps=3)
    assert reported(scored).is_file()
    Image.new("RGB", (32, 32), "red").save(scored / "images" / FIRST)
    with pytest.raises(UserError, match=r"is not the picture that was scored.*`bench run`"):
        submitted(scored)


def test_a_replaced_prior_image_is_refused(scored: Path, pictures: Path) -> None:
    paths = [f"{subject.id}/{index}.png" for subject in CHOSEN for index in range(N_PRIORS)]
    summary = json.loads((scored / "summary.json").read_text())
    summary["prior_images"] = {path: sha256_file(pictures / "prior" / path) for path in paths}
    (scored / "summary.json").write_text(json.dumps(summary))
    rehashed(scored, images=pictures / "images")
    assert submitted(scored).is_file()
    Image.new("RGB", (32, 32), "red").save(pictures / "prior" / paths[0])
    with pytest.raises(UserError, match=f"{paths[0]} is not the prior image"):
        submitted(scored)


def test_the_hashes_are_those_of_the_files(scored: Path, pictures: Path) -> None:
    import hashlib

    table = read_finished(scored).scores().images
    for path, digest in zip(table["path"], table["sha256"], strict=True):
        assert hashlib.sha256((pictures / "images" / path).read_bytes()).hexdigest() == digest


def test_ones_own_scores_just_work_and_a_strangers_need_the_folder_named(scored: Path, pictures: Path, tmp_path: Path) -> None:
    assert recall(scored) is not None
    assert submitted(scored).is_file()
    forget(tmp_path)
    with pytest.raises(UserError, match=r"was not scored by you on this machine.*--images FOLDER"):
        submitted(scored)
    with pytest.raises(UserError, match="--images FOLDER"):
        reported(scored)
    with pytest.raises(UserError, match="--prior FOLDER"):
        submitted(scored, images=pictures / "images")
    assert submitted(scored, images=pictures / "images", prior=pictures / "prior").is_file()
    assert reported(scored, images=[tmp_path, pictures / "images"]).is_file()


def test_every_command_that_refuses_a_strangers_images_takes_their_folder(scored: Path, pictures: Path, tmp_path: Path) -> None:
    theirs = write_folder(tmp_path / "other", pictures, method="other", seed=1)
    forget(tmp_path)
    with pytest.raises(UserError, match="--images FOLDER"):
        dreambench.make_userstudy(scored, theirs, out="study", questions=8)
    assert any("--images FOLDER" in fault for fault in faults_in(scored))
    assert dreambench.make_userstudy(scored, theirs, out="study", questions=8, images=[pictures / "images"]).pages.is_dir()
    assert list(faults_in(scored, images=[pictures / "images"], prior=pictures / "prior")) == []
    Image.new("RGB", (64, 64), "red").save(pictures / "images" / FIRST)
    (fault,) = faults_in(scored, images=[pictures / "images"], prior=pictures / "prior")
    assert "is not the picture that was scored" in fault


def test_what_a_strangers_summary_says_opens_no_file_of_the_reader(scored: Path, tmp_path: Path) -> None:
    secret = tmp_path / "home/private.jpg"
    secret.parent.mkdir()
    Image.new("RGB", (32, 32), "blue").save(secret)
    table = pd.read_parquet(scored / "scores.parquet").drop(columns="sha256")
    table.loc[0, "path"] = secret.relative_to("/").as_posix()
    table.to_parquet(scored / "scores.parquet", index=False)
    summary = json.loads((scored / "summary.json").read_text())
    (scored / "summary.json").write_text(json.dumps(summary | {"images": "/"}))
    rehashed(scored)
    forget(tmp_path)
    for show in SHOWING[:3]:
        with pytest.raises(UserError, match="--images FOLDER"):
            show(scored)
    assert not Path("page").exists()
    assert not Path("in").exists()


@pytest.mark.parametrize("kind", ["file that is no picture", "link out of the folder", "dots", "absolute"])
def test_inside_a_named_folder_too_only_its_own_pictures_are_opened(
    kind: str, scored: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "key.pem").write_text("secret")
    Image.new("RGB", (32, 32), "blue").save(tmp_path / "private.png")
    name = {"dots": "../../private.png", "absolute": str(tmp_path / "private.png"), "link out of the folder": "link.png"}.get(
        kind, "key.pem"
    )
    shutil.copy(tmp_path / "key.pem", pictures / "images/key.pem")
    (pictures / "images/link.png").symlink_to(tmp_path / "private.png")
    table = pd.read_parquet(scored / "scores.parquet").drop(columns="sha256")
    table.loc[0, "path"] = name
    table.to_parquet(scored / "scores.parquet", index=False)
    rehashed(scored, images=pictures / "images")
    with pytest.raises(UserError, match="no picture by its name" if name == "key.pem" else "lies outside"):
        submitted(scored, with_images=True)
    assert not Path("in").exists()


def test_a_key_with_a_pictures_name_is_not_packed(scored: Path, pictures: Path) -> None:
    (pictures / "images" / FIRST).write_text("secret")
    without_hashes(scored, images=pictures / "images")
    with pytest.raises(UserError):
        submitted(scored, with_images=True)
    assert not list(Path().glob("in/*"))


@pytest.mark.parametrize("name", ["scores.parquet", "summary.json", "subjects.parquet"])
def test_a_table_or_summary_that_is_a_link_out_of_the_folder_is_not_opened(name: str, scored: Path, tmp_path: Path) -> None:
    shutil.move(scored / name, tmp_path / name)
    (scored / name).symlink_to(tmp_path / name)
    with pytest.raises(UserError, match="link that leads out"):
        read_finished(scored).scores()


def test_folders_from_before_hashes_are_read_with_a_remark(scored: Path, pictures: Path) -> None:
    without_hashes(scored, images=pictures / "images")
    run = read_finished(scored)
    assert "before hashes of images were kept" in image_files(run, run.scores().images).remark(run)
    done = dreambench.submit(scored, name="Mine", authors="A", out="in/mine.json", with_images=True)
    assert any("before hashes of images were kept" in remark for remark in done.remarks)
    assert zipfile.ZipFile("in/mine.images.zip").namelist()
