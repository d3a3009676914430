"""Completing `subjects.toml`: what is missing is added, what stands there stays as it is, letter by letter."""

import tomllib
from pathlib import Path

import pytest
from PIL import Image

from dreambench.dataset.collection import load_dataset
from dreambench.dataset.declared import undescribed_subjects
from dreambench.dataset.declaring import completed, write_completed
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

CUP, DOG = Subject("my_cup", "cup", "object"), Subject("my_dog", "dog", "live")
FOUND = {CUP: "seen", DOG: "seen too"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("my_cup", "my_dog", "can"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8)).save(tmp_path / name / "0.png")
    return tmp_path


def test_a_folder_without_a_file_gets_a_whole_one(root: Path) -> None:
    assert [entry.id for entry in undescribed_subjects(root)] == ["my_cup", "my_dog"]  # "can" is one of the 30
    assert write_completed(root, FOUND) == root / "subjects.toml"
    assert load_dataset(str(root)).subject("my_cup") == CUP
    assert undescribed_subjects(root) == ()
    assert "# seen too" in (root / "subjects.toml").read_text()


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ('# mine\n[my_dog]  # the dog\nlicence = "CC0"\n\n[prompts]\nlive = []\n', ["my_cup", "my_dog"]),
        ('[my_dog]\nclass_noun = "hound"  # he is\n', ["my_cup", "my_dog"]),
        ('[my_cup]\nkind = "object"\n[my_dog]\nclass_noun = "hound"\nkind = "live"\n', ["my_cup"]),
        ('my_dog = { kind = "live" }\n', ["my_cup", "my_dog"]),
        ('my_dog.kind = "live"\n', ["my_cup", "my_dog"]),
        ('[my_dog]\nlicence = """\n[my_dog]\n"""', ["my_cup", "my_dog"]),
        ("# no line end", ["my_cup", "my_dog"]),
        ("", ["my_cup", "my_dog"]),
    ],
)
def test_whatever_the_file_looks_like_its_own_lines_stay(text: str, added: list[str], root: Path) -> None:
    (root / "subjects.toml").write_text(text)
    before = tomllib.loads(text)
    found = {
        Subject(s.id, before.get(s.id, {}).get("class_noun", s.class_noun), s.kind): remark
        for s, remark in FOUND.items()
        if s.id in added
    }
    after = completed(root, found)
    for line in text.splitlines():
        assert line.rstrip(" }") in after
    expected = dict(before)
    for subject in found:
        expected[subject.id] = {**before.get(subject.id, {}), "class_noun": subject.class_noun, "kind": subject.kind}
    assert tomllib.loads(after) == expected


def test_an_entry_that_was_written_meanwhile_is_not_overruled(root: Path) -> None:
    (root / "subjects.toml").write_text('[my_dog]\nclass_noun = "hound"\n')
    before = (root / "subjects.toml").read_bytes()
    with pytest.raises(UserError, match=r"changed meanwhile: \[my_dog\] has the class_noun 'hound'"):
        write_completed(root, FOUND)
    assert (root / "subjects.toml").read_bytes() == before
    assert sorted(path.name for path in root.iterdir()) == ["can", "my_cup", "my_dog", "subjects.toml"]


def test_what_is_half_told_is_kept_for_the_rest_to_be_found(root: Path) -> None:
    (root / "subjects.toml").write_text('[my_dog]\nkind = "live"\nlicence = "CC0"\n')
    cup, dog = undescribed_subjects(root)
    assert (cup.class_noun, cup.kind) == (None, None)
    assert (dog.class_noun, dog.kind) == (None, "live")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("prompts", "cannot be a subject's folder"),
        ("em\x1bpty", "cannot be a subject.s name"),
        ("empty", "has no reference images"),
    ],
)
def test_folders_that_are_no_subjects_are_told(name: str, words: str, root: Path) -> None:
    (root / name).mkdir()
    with pytest.raises(UserError, match=words):
        undescribed_subjects(root)
