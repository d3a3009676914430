"""Datasets: the shipped miniature, the released photos, and folders people bring."""

from pathlib import Path

import pytest
from fake_release import FakeRelease
from PIL import Image

from dreambench.dataset.collection import load_dataset
from dreambench.dataset.credits import Credit
from dreambench.dataset.errors import UserError
from dreambench.dataset.miniature.references import REFERENCE_COUNTS
from dreambench.dataset.release import release_folder

MY_DOG = '[my_dog]\nclass_noun = "dog"\nkind = "live"\n'


def _subject(folder: Path, name: str, count: int = 2) -> None:
    (folder / name).mkdir(parents=True)
    for index in range(count):
        Image.new("RGB", (8, 8), (index, 0, 0)).save(folder / name / f"{index:02d}.png")


def test_the_miniature_has_the_30_subjects_with_as_many_references_as_the_real_one(dreambooth_folder: Path) -> None:
    mini, real = load_dataset("mini"), load_dataset("dreambooth", data=dreambooth_folder)
    assert mini.subjects == real.subjects
    for subject in real.subjects:
        assert len(mini.reference_paths(subject)) == len(real.reference_paths(subject)) == REFERENCE_COUNTS[subject.id]


def test_a_clone_given_by_its_path_is_the_same_dataset(dreambooth_folder: Path) -> None:
    by_name, by_path = load_dataset("dreambooth", data=dreambooth_folder), load_dataset(str(dreambooth_folder))
    assert by_name.checksum == by_path.checksum
    assert by_name.subjects == by_path.subjects


def test_the_photos_are_found_where_they_are_named_and_then_where_they_are_fetched(
    tmp_path: Path, fake_release: FakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"is not in .*; run `bench dataset fetch`, or set DREAMBENCH_DATA"):
        load_dataset("dreambooth")
    fake_release.write(release_folder())
    assert load_dataset("dreambooth").root == release_folder() / "dataset"
    named = fake_release.write(tmp_path / "named")
    monkeypatch.setenv("DREAMBENCH_DATA", str(named))
    assert load_dataset("dreambooth").root == named / "dataset"
    assert load_dataset("dreambooth", data=named / "dataset").root == named / "dataset"
    monkeypatch.setenv("DREAMBENCH_DATA", str(tmp_path / "gone"))
    with pytest.raises(UserError, match=r"is not in .*gone, where DREAMBENCH_DATA points \(there is no such folder\); run"):
        load_dataset("dreambooth")  # a wrong name is said, not passed over for the cache


def test_photos_that_are_not_all_there_are_not_measured_on(tmp_path: Path, fake_release: FakeRelease) -> None:
    folder = fake_release.write(tmp_path / "part", leave_out=("dataset/can/00.jpg", "dataset/dog/00.jpg"))
    with pytest.raises(UserError, match=r"not whole: 2 of its 34 images are missing or changed, such as can/00.jpg"):
        load_dataset("dreambooth", data=folder)


def test_a_picture_beside_the_released_ones_is_not_taken_for_a_reference(tmp_path: Path, fake_release: FakeRelease) -> None:
    folder = fake_release.write(tmp_path / "more")
    (folder / "dataset" / "dog" / "mine.png").touch()
    with pytest.raises(UserError, match=r"mine\.png is not of the released dataset"):
        load_dataset("dreambooth", data=folder)


def test_the_released_class_nouns_hold_whatever_lies_beside_them(tmp_path: Path, fake_release: FakeRelease) -> None:
    folder = fake_release.write(tmp_path / "copy")
    (folder / "dataset" / "subjects.toml").write_text('[dog]\nclass_noun = "cat"\nkind = "live"\n')
    assert load_dataset("dreambooth", data=folder).subject("dog").class_noun == "dog"


def test_people_bring_subjects_of_their_own(tmp_path: Path) -> None:
    _subject(tmp_path, "my_dog")
    _subject(tmp_path, "can")
    with pytest.raises(UserError, match=r"my_dog is not a subject.*declare it in .*subjects.toml: a line \[my_dog\]"):
        load_dataset(str(tmp_path))
    (tmp_path / "subjects.toml").write_text(MY_DOG)
    dataset = load_dataset(str(tmp_path))
    assert [(s.id, s.class_noun, s.kind) for s in dataset.subjects] == [("can", "can", "object"), ("my_dog", "dog", "live")]
    assert len(dataset.prompts(dataset.subject("my_dog"))) == 25


def test_a_dataset_with_the_layout_of_the_release_may_lie_in_an_inner_folder(tmp_path: Path) -> None:
    _subject(tmp_path / "dataset", "my_dog")
    (tmp_path / "dataset" / "subjects.toml").write_text(MY_DOG)
    assert [subject.id for subject in load_dataset(str(tmp_path)).subjects] == ["my_dog"]


def test_licence_and_maker_are_told_for_every_image(tmp_path: Path, dreambooth_folder: Path) -> None:
    real = load_dataset("dreambooth", data=dreambooth_folder)
    for subject in real.subjects:
        for path in real.reference_paths(subject):
            assert real.credit(path).licence in ("CC-BY-4.0", "Unsplash")
            assert real.credit(path).creator
    mini = load_dataset("mini")
    assert mini.credit(mini.reference_paths(mini.subject("cat"))[0]).licence == "Apache-2.0"
    _subject(tmp_path, "my_dog")
    _subject(tmp_path, "can")
    (tmp_path / "subjects.toml").write_text(MY_DOG + 'licence = "CC0"\nattribution = "Ada"\n')
    own = load_dataset(str(tmp_path))
    assert own.credit(tmp_path / "my_dog" / "00.png") == Credit(licence="CC0", creator="Ada")
    assert own.credit(tmp_path / "can" / "00.png") == Credit()


WRONG = {
    "not TOML": ("not toml at all", "not valid TOML"),
    "kind unknown": ('[can]\nclass_noun = "dog"\nkind = "pet"\n', 'cannot have the kind \'pet\'; give "object" or "live"'),
    "kind missing": ('[can]\nclass_noun = "dog"\n', r"\[can\] has no kind; add kind"),
    "kind that is no text": ('[can]\nclass_noun = "dog"\nkind = ["live"]\n', "cannot have the kind"),
    "class noun missing": ('[can]\nkind = "live"\n', r"\[can\] has no class_noun; add"),
    "class noun with a path": ('[can]\nclass_noun = "../../dog"\nkind = "live"\n', "plain words"),
    "class noun empty": ('[can]\nclass_noun = ""\nkind = "live"\n', "plain words"),
    "class noun endless": (f'[can]\nclass_noun = "{"x" * 501}"\nkind = "live"\n', "plain words"),
    "class noun that is no text": ('[can]\nclass_noun = 3\nkind = "live"\n', "plain words"),
    "folder missing": (
        '[gone]\nclass_noun = "dog"\nkind = "live"\n',
        "there is no folder .*gone; add its images",
    ),
    "folder misspelt": ('[cann]\nclass_noun = "dog"\nkind = "live"\n', r"declares 'cann'.*did you mean 'can'\?"),
    "folder elsewhere": ('["../can"]\nclass_noun = "dog"\nkind = "live"\n', "there is no folder"),
    "key misspelt": ('[can]\nclass_nuon = "dog"\nkind = "live"\n', r"unknown key 'class_nuon'; did you mean 'class_noun'\?"),
    "key unknown": ('[can]\nqq = "red"\n', "unknown key 'qq'; give class_noun, kind"),
    "no table": ('class_noun = "dog"\n', "'class_noun' stands outside of any subject; write it below"),
    "entry that is no table": ("can = 3\n", "'can' stands outside of any subject; a subject is a table"),
    "name for a terminal": ('["can\\u001b[2J"]\nclass_noun = "dog"\nkind = "live"\n', "cannot be printed"),
    "licence that is no line": ('[can]\nclass_noun = "dog"\nkind = "live"\nlicence = "a\\nb"\n', "cannot have the licence"),
    "maker that is no text": ('[can]\nclass_noun = "dog"\nkind = "live"\nattribution = 3\n', "cannot have the attribution"),
}


@pytest.mark.parametrize("case", sorted(WRONG))
def test_a_wrong_declaration_is_named(case: str, tmp_path: Path) -> None:
    text, complaint = WRONG[case]
    _subject(tmp_path, "can")
    (tmp_path / "subjects.toml").write_text(text)
    with pytest.raises(UserError, match=complaint) as raised:
        load_dataset(str(tmp_path))
    assert "subjects.toml" in str(raised.value)
    assert "\x1b" not in str(raised.value)


def test_a_declaration_that_is_no_file_or_far_too_long_is_refused(tmp_path: Path) -> None:
    _subject(tmp_path, "can")
    (tmp_path / "subjects.toml").write_text("#" * 1_000_001)
    with pytest.raises(UserError, match="larger than 1 MB"):
        load_dataset(str(tmp_path))
    (tmp_path / "subjects.toml").write_bytes(b"\xff\x00\xfe")
    with pytest.raises(UserError, match="is not UTF-8 text"):
        load_dataset(str(tmp_path))
    (tmp_path / "subjects.toml").unlink()
    (tmp_path / "subjects.toml").mkdir()
    with pytest.raises(UserError, match="is not a file"):
        load_dataset(str(tmp_path))


def test_a_folder_that_is_not_declared_is_named_with_the_nearest_entry(tmp_path: Path) -> None:
    _subject(tmp_path, "my_dog")
    _subject(tmp_path, "my_dogs")
    (tmp_path / "subjects.toml").write_text(MY_DOG)
    with pytest.raises(UserError, match=r"my_dogs is not declared in .*did you mean it with \[my_dog\]"):
        load_dataset(str(tmp_path))
    (tmp_path / "my_dogs").rename(tmp_path / "my \x1b[2J")
    with pytest.raises(UserError, match="cannot be a subject's name") as raised:
        load_dataset(str(tmp_path))
    assert "\x1b" not in str(raised.value)


def test_a_folder_that_is_no_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no dataset 'dreamboth'; did you mean 'dreambooth'\?"):
        load_dataset("dreamboth")
    with pytest.raises(UserError, match=r"no dataset '.*nowhere'; give 'mini'"):
        load_dataset(str(tmp_path / "nowhere"))
    with pytest.raises(UserError, match="has no subject folders"):
        load_dataset(str(tmp_path))
    _subject(tmp_path, "can")
    with pytest.raises(UserError, match="is a file; a dataset is a folder"):
        load_dataset(str(tmp_path / "can" / "00.png"))
    with pytest.raises(UserError, match="holds images, not subjects; put them into a folder"):
        load_dataset(str(tmp_path / "can"))


def test_a_subject_without_images_is_named_with_what_is_there_instead(tmp_path: Path) -> None:
    can = tmp_path / "can"
    can.mkdir()
    with pytest.raises(UserError, match=r"'can' has no reference images in .*can; put at least one picture there"):
        load_dataset(str(tmp_path))
    _subject(can, "deeper")
    with pytest.raises(UserError, match="deeper is a folder with 2 pictures in it: move them up, or the folder away"):
        load_dataset(str(tmp_path))
    (can / "IMG_0001.HEIC").touch()
    with pytest.raises(
        UserError, match=r"IMG_0001\.HEIC is a picture of a kind that is not read \(HEIC\): convert it to PNG or JPEG"
    ):
        load_dataset(str(tmp_path))
    Image.new("RGB", (8, 8)).save(can / "00.png")
    dataset = load_dataset(str(tmp_path))
    (can / "00.png").unlink()
    with pytest.raises(UserError, match="'can' has no reference images"):
        dataset.reference_paths(dataset.subject("can"))


def test_a_reference_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    _subject(tmp_path, "can")
    (tmp_path / "can" / "01.png").write_bytes(b"not a picture")
    dataset = load_dataset(str(tmp_path))
    with pytest.raises(UserError, match=r"can/01\.png is not a picture"):
        dataset.references(dataset.subject("can"))


def test_an_unknown_subject_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="did you mean 'teapot'"):
        load_dataset("mini").subject("teapto")
    with pytest.raises(UserError, match=r"it has backpack, backpack_dog, .* and 22 more"):
        load_dataset("mini").subject("qqq")


def test_the_checksum_follows_content_not_place(tmp_path: Path) -> None:
    for place in ("a", "b"):
        _subject(tmp_path / place, "can")
    first, second = (load_dataset(str(tmp_path / place)).checksum for place in ("a", "b"))
    assert first == second
    Image.new("RGB", (8, 8), (9, 9, 9)).save(tmp_path / "b" / "can" / "01.png")
    assert load_dataset(str(tmp_path / "b")).checksum != first
