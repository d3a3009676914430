"""Verification names every missing, changed, extra and unreadable file, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest
from fake_release import FakeRelease
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dreambench.dataset.collection import MINIATURE_FOLDER, Dataset, load_dataset
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.release import load_release
from dreambench.dataset.verification import Verification, verify_dataset, verify_release


def _problems(verification: Verification) -> dict[str, str]:
    return {problem.file: problem.what for problem in verification.problems}


@pytest.mark.parametrize("inner", [".", "dataset"])
def test_the_released_photos_are_whole(inner: str, dreambooth_folder: Path) -> None:
    verification = verify_release(dreambooth_folder / inner)
    assert verification.problems == ()
    assert verification.images == 158


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_done_to_a_copy_is_what_is_named(data: st.DataObject, tmp_path: Path, fake_release: FakeRelease) -> None:
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    fake_release.write(copy)
    paths = data.draw(st.lists(st.sampled_from(sorted(fake_release.content)), unique=True, max_size=8))
    deeds = {path: data.draw(st.sampled_from(["missing", "changed", "extra"])) for path in paths}
    expected = {}
    for path, deed in deeds.items():
        file = copy / path
        if deed == "missing":
            file.unlink()
        elif deed == "changed":
            content = bytearray(file.read_bytes())
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        else:
            file.with_name(f"more-{file.name}").touch()
        if deed != "extra":
            expected[path] = deed
        elif path != "LICENSE.md":  # beside the dataset's folder anything may lie
            expected[path.replace(file.name, f"more-{file.name}")] = deed
    verification = verify_release(copy)
    assert _problems(verification) == expected
    wrong_images = sum(path.endswith(".jpg") and what != "extra" for path, what in expected.items())
    assert verification.images == len(load_release().images) - wrong_images
    for problem in verification.problems:
        assert problem.sentence.startswith(problem.file)


def test_the_sentences_say_what_to_do(tmp_path: Path, fake_release: FakeRelease) -> None:
    copy = fake_release.write(tmp_path / "copy", leave_out=("dataset/can/00.jpg",))
    (copy / "dataset" / "dog" / "00.jpg").write_bytes(b"another dog")
    (copy / "dataset" / "subjects.toml").touch()
    (copy / "dataset" / ".DS_Store").touch()
    (copy / "dataset" / "dog" / "\x1b[2J.jpg").touch()
    (copy / "dataset" / "vase" / "deeper").mkdir()
    (copy / "dataset" / "vase" / "deeper" / "00.jpg").touch()
    assert [problem.sentence for problem in verify_release(copy).problems] == [
        "dataset/can/00.jpg is missing; let `bench dataset fetch` fetch it anew.",
        "dataset/dog/00.jpg is not the released file; let `bench dataset fetch` fetch it anew.",
        "dataset/dog/?[2J.jpg is not of the release; remove it.",
        "dataset/subjects.toml is not of the release; remove it.",
        "dataset/vase/deeper/00.jpg is not of the release; remove it.",
    ]


def test_a_link_is_followed_for_a_released_file_and_named_where_it_is_none(tmp_path: Path, fake_release: FakeRelease) -> None:
    copy = fake_release.write(tmp_path / "copy")
    stored = tmp_path / "stored.jpg"
    (copy / "dataset" / "dog" / "00.jpg").rename(stored)
    (copy / "dataset" / "dog" / "00.jpg").symlink_to(stored)
    assert verify_release(copy).problems == ()
    (copy / "dataset" / "dog" / "all").symlink_to(tmp_path, target_is_directory=True)
    (copy / "dataset" / "cat" / "00.jpg").unlink()
    (copy / "dataset" / "cat" / "00.jpg").symlink_to(tmp_path / "gone")
    assert _problems(verify_release(copy)) == {"dataset/dog/all": "extra", "dataset/cat/00.jpg": "missing"}


@pytest.mark.parametrize("named", ["clone", "clone/dataset", "link"])
def test_a_plain_clone_verifies_whichever_of_its_folders_is_named(
    named: str, tmp_path: Path, fake_release: FakeRelease
) -> None:
    clone = fake_release.write(tmp_path / "clone")
    (clone / "README.md").write_text("# DreamBooth")
    for hidden in (".git/HEAD", ".gitattributes", "dataset/.gitignore", "dataset/dog/.git/index"):
        (clone / hidden).parent.mkdir(parents=True, exist_ok=True)
        (clone / hidden).touch()
    (tmp_path / "link").symlink_to(clone / "dataset", target_is_directory=True)
    verification = verify_release(tmp_path / named)
    assert verification.problems == ()
    assert verification.images == len(load_release().images)


def test_the_licence_beside_the_photos_must_be_theirs(tmp_path: Path, fake_release: FakeRelease) -> None:
    clone = fake_release.write(tmp_path / "clone")
    (clone / "LICENSE.md").write_bytes(bytes(len(fake_release.content["LICENSE.md"])))  # another project's, as long
    assert _problems(verify_release(clone)) == {"LICENSE.md": "changed"}
    assert _problems(verify_release(clone / "dataset")) == {"LICENSE.md": "missing"}


@pytest.mark.parametrize("named", ["clone", "clone/dataset"])
def test_a_clone_of_git_for_windows_verifies(named: str, tmp_path: Path, fake_release: FakeRelease) -> None:
    clone = fake_release.write(tmp_path / "clone")
    texts = [clone / file.path for file in load_release().texts]
    for path in texts:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert any(b"\r\n" in path.read_bytes() for path in texts)
    assert verify_release(tmp_path / named).problems == ()


def test_an_image_is_compared_byte_for_byte(tmp_path: Path, fake_release: FakeRelease) -> None:
    clone = fake_release.write(tmp_path / "clone")
    image = clone / load_release().images[0].path
    image.write_bytes(image.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    assert set(_problems(verify_release(clone)).values()) == {"changed"}


def test_photos_laid_right_into_a_folder_verify_with_the_read_me_among_them(tmp_path: Path, fake_release: FakeRelease) -> None:
    clone = fake_release.write(tmp_path / "clone")
    flat = shutil.copytree(clone / "dataset", tmp_path / "flat")
    assert _problems(verify_release(flat)) == {"LICENSE.md": "missing"}
    shutil.copy(clone / "LICENSE.md", flat)
    (flat / "README.md").touch()
    (flat / "notes.md").touch()
    assert _problems(verify_release(flat)) == {"notes.md": "extra"}


def test_the_miniature_is_compared_with_its_manifest(tmp_path: Path) -> None:
    assert verify_dataset(load_dataset("mini")) == Verification(MINIATURE_FOLDER, 158, "manifest.json", ())
    copy = tmp_path / "copy"
    shutil.copytree(MINIATURE_FOLDER, copy)
    (copy / "dog" / "00.png").write_bytes((copy / "cat" / "00.png").read_bytes())
    (copy / "can" / "01.png").unlink()
    shutil.copy(copy / "can" / "00.png", copy / "can" / "more.png")
    (copy / "note.txt").touch()
    verification = verify_dataset(load_dataset(str(copy)))
    assert _problems(verification) == {
        "dog/00.png": "changed",
        "can/01.png": "missing",
        "can/more.png": "extra",
        "note.txt": "extra",
    }
    assert verification.images == 156


def _own(folder: Path, count: int = 3) -> Dataset:
    (folder / "my_cup").mkdir(parents=True)
    (folder / "subjects.toml").write_text('[my_cup]\nclass_noun = "cup"\nkind = "object"\n')
    for index in range(count):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / "my_cup" / f"{index}.png")
    return load_dataset(str(folder))


def test_without_a_manifest_every_image_is_opened(tmp_path: Path) -> None:
    dataset = _own(tmp_path)
    assert verify_dataset(dataset) == Verification(tmp_path, 3, None, ())
    whole = (tmp_path / "my_cup" / "1.png").read_bytes()
    (tmp_path / "my_cup" / "1.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "my_cup" / "IMG_1.HEIC").touch()
    (tmp_path / "my_cup" / "notes.txt").touch()
    verification = verify_dataset(dataset)
    assert _problems(verification) == {"my_cup/1.png": "unreadable", "my_cup/IMG_1.HEIC": "unreadable"}
    assert "convert it" in verification.problems[1].sentence
    assert verification.images == 2


def test_too_few_references_are_counted_by_what_can_be_read(tmp_path: Path) -> None:
    dataset = _own(tmp_path)
    assert verify_dataset(dataset, min_references=3).problems == ()
    (tmp_path / "my_cup" / "1.png").write_bytes(b"")
    verification = verify_dataset(dataset, min_references=3)
    assert _problems(verification) == {"my_cup": "too few", "my_cup/1.png": "unreadable"}
    assert "my_cup has 2 reference images that can be read, but 3 are asked for" in verification.problems[0].sentence


@pytest.mark.parametrize("text", ["[]", "{", '"x"', "\ufffe"])
def test_a_broken_manifest_is_named_instead_of_believed(text: str, tmp_path: Path) -> None:
    dataset = _own(tmp_path)
    (tmp_path / "manifest.json").write_text(text, encoding="utf-16")
    assert _problems(verify_dataset(dataset)) == {"manifest.json": "unreadable"}
    (tmp_path / "manifest.json").write_text(text)
    assert _problems(verify_dataset(dataset)) == {"manifest.json": "unreadable"}


def test_a_manifest_cannot_reach_out_of_its_folder(tmp_path: Path) -> None:
    dataset = _own(tmp_path / "own", count=1)
    (tmp_path / "secret.png").write_bytes((tmp_path / "own" / "my_cup" / "0.png").read_bytes())
    digest = sha256_file(tmp_path / "secret.png")
    (tmp_path / "own" / "manifest.json").write_text(json.dumps({"../secret.png": digest, "my_cup/0.png": digest}))
    assert _problems(verify_dataset(dataset)) == {"../secret.png": "missing"}
