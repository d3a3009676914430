"""Datasets that are absent, not whole or not laid out as they should be: whichever command meets one says it in a sentence."""

from pathlib import Path

import pytest
from fake_release import FakeRelease, Mirror
from PIL import Image
from sentences import refusal

COMMANDS: dict[str, tuple[str, ...]] = {
    "verify": ("dataset", "verify"),
    "sheet": ("dataset", "show", "--sheet", "sheet.png"),
    "score": ("score", ".", "--suite", "mini-photos"),
    "calibrate": ("calibrate", "--suite", "mini-photos"),
    "run": ("run", "--method", "pretrained", "--suite", "mini-photos"),
}
DOG = "dataset/dog/00.jpg"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The commands run in an empty folder, without the settings of the person who runs the tests."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize(("kind", "words"), [("nothing", "(there is no such folder)"), ("file", "(that is a file)")])
def test_a_variable_that_points_to_no_folder_is_named_by_every_command(
    command: str, kind: str, words: str, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "copy"
    if kind == "file":
        place.touch()
    monkeypatch.setenv("DREAMBENCH_DATA", str(place))
    sentence = refusal(*COMMANDS[command])
    assert f"{place}, where DREAMBENCH_DATA points {words}; run `bench dataset fetch`, or set DREAMBENCH_DATA" in sentence
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_photos_that_were_never_fetched_are_missed_in_the_cache(command: str, clean_environment: Path) -> None:
    sentence = refusal(*COMMANDS[command])
    assert str(clean_environment) in sentence
    assert "run `bench dataset fetch`, or set DREAMBENCH_DATA to a copy of github.com/google/dreambooth." in sentence


@pytest.mark.parametrize("command", ["sheet", "score", "calibrate", "run"])
def test_a_copy_with_a_hole_or_a_stranger_in_it_is_not_measured_on(
    command: str, tmp_path: Path, fake_release: FakeRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = fake_release.write(tmp_path / "copy", leave_out=(DOG,))
    monkeypatch.setenv("DREAMBENCH_DATA", str(copy))
    sentence = refusal(*COMMANDS[command])
    assert "images is missing or changed, such as dog/00.jpg; `bench dataset verify` names them, `bench dataset" in sentence
    (copy / DOG).parent.mkdir(exist_ok=True)
    (copy / DOG).write_bytes(fake_release.content[DOG])
    (copy / "dataset/dog/mine.png").write_bytes(b"")
    assert "dog/mine.png is not of the released dataset and would be taken for a reference image; remove it" in refusal(
        *COMMANDS[command]
    )


def test_a_changed_file_of_ones_own_is_not_written_over(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    copy = fake_release.write(tmp_path / "copy")
    (copy / DOG).write_bytes(b"mine")
    sentence = refusal("dataset", "fetch", "--data", copy, "--mirror", mirror.url)
    assert "1 file in" in sentence
    assert f"differs from the release ({DOG}); a copy of your own is not written over: move it away and fetch" in sentence
    assert (copy / DOG).read_bytes() == b"mine"


def test_fetching_into_a_file_or_without_a_network_is_wrong_input(tmp_path: Path, fake_release: FakeRelease) -> None:
    (tmp_path / "file").touch()
    assert refusal("dataset", "fetch", "--data", tmp_path / "file").endswith("file is a file; name a folder for the dataset.")
    sentence = refusal("dataset", "fetch", "--offline")
    assert "37 files of 37 are missing" in sentence
    assert "the network is off (--offline or DREAMBENCH_OFFLINE); allow it, or set DREAMBENCH_DATA" in sentence


def test_a_download_that_keeps_being_wrong_is_an_unfinished_fetch(mirror: Mirror, waits: list[float]) -> None:
    mirror.faults = {DOG: ["wrong"] * 4}
    sentence = refusal("dataset", "fetch", "--mirror", mirror.url, code=3)
    assert f"What {mirror.url}{DOG} sends is not the released file (its SHA-256 or its size differs); try another" in sentence


OWN: dict[str, tuple[str | None, bool, str]] = {
    "no class noun": ('[my_dog]\nkind = "live"\n', True, "[my_dog] has no class_noun; add what it is called in prompts"),
    "no kind": ('[my_dog]\nclass_noun = "dog"\n', True, '[my_dog] has no kind; add kind = "object", or kind = "live"'),
    "unknown kind": ('[my_dog]\nclass_noun = "dog"\nkind = "pet"\n', True, "cannot have the kind 'pet'; give \"object\" or"),
    "no photos": ('[my_dog]\nclass_noun = "dog"\nkind = "live"\n', False, "'my_dog' has no reference images in"),
    "broken TOML": ("[my_dog\n", True, "subjects.toml is not valid TOML (Expected ']' at the end of a table declaration"),
    "deep TOML": ("a = " + "[" * 5000, True, "subjects.toml has tables or lists nested more than 100 deep; mend it"),
    "not declared": (None, True, "my_dog is not a subject of the DreamBooth dataset; declare it in"),
}


@pytest.mark.parametrize("case", sorted(OWN))
def test_a_folder_of_ones_own_that_lacks_something_is_refused_by_every_command(case: str, tmp_path: Path) -> None:
    from dreambench.benchmark.declarations.suite import load_suite, resolved_toml

    text, with_photo, words = OWN[case]
    folder = tmp_path / "mine"
    (folder / "my_dog").mkdir(parents=True)
    if with_photo:
        Image.new("RGB", (64, 64), "red").save(folder / "my_dog" / "0.png")
    if text is not None:
        (folder / "subjects.toml").write_text(text)
    suite = tmp_path / "suite.toml"
    suite.write_text(resolved_toml(load_suite("mini")).replace('dataset = "mini"', 'dataset = "./mine"'))
    for command in (
        ("dataset", "show", folder),
        ("dataset", "verify", folder),
        ("score", ".", "--suite", suite),
        ("calibrate", "--suite", suite),
        ("run", "--method", "pretrained", "--suite", suite),
    ):
        sentence = refusal(*command)
        assert words in sentence
        assert str(folder) in sentence


def test_one_of_anything_is_counted_as_one(tmp_path: Path) -> None:
    from dreambench.dataset.collection import load_dataset
    from dreambench.dataset.verification import verify_dataset

    (tmp_path / "mine" / "can").mkdir(parents=True)
    (tmp_path / "mine" / "can" / "0.png").write_bytes(b"GIF89a")
    sentences = [problem.sentence for problem in verify_dataset(load_dataset(str(tmp_path / "mine"))).problems]
    assert "can has 0 reference images that can be read, but 1 is asked for; add more." in sentences
    assert any(sentence.endswith("(it is a GIF: convert it to PNG or JPEG); replace or remove it.") for sentence in sentences)
