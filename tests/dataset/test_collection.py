"""Datasets: the shipped miniature, the released photos, and folders people bring."""

from pathlib import Path

import pytest
from PIL import Image

from dataset.collection import load_dataset
from dataset.errors import UserError
from dataset.miniature.references import REFERENCE_COUNTS


def _subject(folder: Path, name: str, count: int = 2) -> None:
    (folder / name).mkdir(parents=True)
    for index in range(count):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / name / f"{index:02d}.png")


def test_the_miniature_has_the_30_subjects_with_as_many_references_as_the_real_one(dreambooth_folder: Path) -> None:
    mini, real = load_dataset("mini"), load_dataset(str(dreambooth_folder))
    assert mini.subjects == real.subjects
    for subject in real.subjects:
        assert len(mini.reference_paths(subject)) == len(real.reference_paths(subject)) == REFERENCE_COUNTS[subject.id]


def test_dreambooth_is_found_through_the_environment(dreambooth_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DREAMBENCH_DATA", str(dreambooth_folder))
    assert len(load_dataset("dreambooth").subjects) == 30
    monkeypatch.delenv("DREAMBENCH_DATA")
    with pytest.raises(UserError, match="DREAMBENCH_DATA"):
        load_dataset("dreambooth")


def test_people_bring_subjects_of_their_own(tmp_path: Path) -> None:
    _subject(tmp_path, "my_dog")
    _subject(tmp_path, "can")
    with pytest.raises(UserError, match=r"my_dog.*declare its class_noun"):
        load_dataset(str(tmp_path))
    (tmp_path / "subjects.toml").write_text('[my_dog]\nclass_noun = "dog"\nkind = "live"\n')
    dataset = load_dataset(str(tmp_path))
    assert [(s.id, s.class_noun, s.kind) for s in dataset.subjects] == [("can", "can", "object"), ("my_dog", "dog", "live")]
    assert len(dataset.prompts(dataset.subject("my_dog"))) == 25


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not toml at all", "not valid TOML"),
        ('[my_dog]\nclass_noun = "dog"\nkind = "pet"\n', "kind"),
        ('[gone]\nclass_noun = "dog"\nkind = "live"\n', "gone"),
        ('[can]\nclass_noun = "../../dog"\nkind = "live"\n', "plain words"),
        ('[can]\nclass_noun = ""\nkind = "live"\n', "plain words"),
        ('["can\\u001b[2J"]\nclass_noun = "dog"\nkind = "live"\n', "cannot be printed"),
    ],
)
def test_a_wrong_declaration_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    _subject(tmp_path, "can")
    (tmp_path / "subjects.toml").write_text(text)
    with pytest.raises(UserError, match=complaint):
        load_dataset(str(tmp_path))


def test_an_unknown_subject_names_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'teapot'"):
        load_dataset("mini").subject("teapto")


def test_a_subject_without_images_is_named(tmp_path: Path) -> None:
    (tmp_path / "can").mkdir()
    dataset = load_dataset(str(tmp_path))
    with pytest.raises(UserError, match="'can' has no reference images"):
        dataset.reference_paths(dataset.subject("can"))


def test_the_checksum_follows_content_not_place(tmp_path: Path) -> None:
    for place in ("a", "b"):
        _subject(tmp_path / place, "can")
    first, second = (load_dataset(str(tmp_path / place)).checksum for place in ("a", "b"))
    assert first == second
    Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "b" / "can" / "01.png")
    assert load_dataset(str(tmp_path / "b")).checksum != first
