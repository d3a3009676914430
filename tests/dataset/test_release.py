"""The shipped manifest is the release: hashes, sizes, makers and licences, compared with the released files themselves."""

import re
from pathlib import Path

import numpy as np
import pytest
from fake_release import FakeRelease
from PIL import Image, ImageOps
from pydantic import ValidationError

from dreambench.dataset import release as release_module
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.images import IMAGE_SUFFIXES
from dreambench.dataset.release import Release, absent_images, images_root, load_release, local_path, release_folder
from dreambench.dataset.subjects import SUBJECTS


def test_the_manifest_holds_every_released_file_and_its_hash(dreambooth_folder: Path) -> None:
    release = load_release()
    files = [path for path in (dreambooth_folder / "dataset").rglob("*") if path.is_file()]
    there = {path.relative_to(dreambooth_folder).as_posix(): path for path in (*files, dreambooth_folder / "LICENSE.md")}
    assert there.keys() == {file.path for file in release.everything}
    for file in release.everything:
        assert (there[file.path].stat().st_size, sha256_file(there[file.path])) == (file.bytes, file.sha256)


def test_there_are_158_images_of_the_30_subjects() -> None:
    release = load_release()
    assert len(release.images) == 158
    assert sum(file.bytes for file in release.everything) == 111_702_788
    counts = {subject.id: sum(image.subject == subject.id for image in release.images) for subject in SUBJECTS}
    assert set(counts.values()) == {4, 5, 6}
    assert sum(counts.values()) == 158
    assert sum(n * (n - 1) for n in counts.values()) == 684  # ordered pairs of real images, as counted by hand elsewhere


def _told(folder: Path) -> dict[str, str]:
    """What `references_and_licenses.txt` says of each subject: the text up to the next subject's."""
    text = (folder / "dataset" / "references_and_licenses.txt").read_text().partition("\n\nLicenses\n")[0]
    parts = re.split(rf"^({'|'.join(subject.id for subject in SUBJECTS)}):", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_makers_and_licences_are_those_of_the_releases_own_list(dreambooth_folder: Path) -> None:
    told = _told(dreambooth_folder)
    assert len(told) == 30
    for image in load_release().images:
        text = told[image.subject]
        if "unsplash" in text:
            assert image.licence == "Unsplash"
            assert f"(credit: {image.creator_url})" in text
            assert image.creator == f"{str(image.creator_url).rpartition('/')[2]} on Unsplash"
            line = next(line for line in text.splitlines() if line.startswith(Path(image.name).stem))
            addresses = re.findall(r"https://unsplash.com/photos/\S+", line)
            assert [image.source] == (addresses or [None])
            assert (image.note is None) == bool(addresses)
        else:
            assert image.licence == "CC-BY-4.0"
            assert image.source is None
            assert re.search(rf"(by|Art by) {image.creator}\b", text)
    assert {licence for image in load_release().images for licence in [image.licence]} == load_release().licences.keys()


def test_the_near_duplicates_are_what_the_manifest_says(dreambooth_folder: Path) -> None:
    """dog5/03 is dog5/02 mirrored; cat/03 is cat/02 moved sideways; no other pair of a subject's images comes near that."""
    release = load_release()
    assert release.near_duplicates == {"cat/03.jpg": "cat/02.jpg", "dog5/03.jpg": "dog5/02.jpg"}

    def grey(name: str) -> np.ndarray:
        with Image.open(dreambooth_folder / "dataset" / name) as image:
            return np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), dtype=np.float64)

    def likeness(first: np.ndarray, second: np.ndarray) -> float:
        """The best correlation over mirroring and sideways shifts of at most 20 of the 64 columns."""
        best = -1.0
        for other in (second, second[:, ::-1]):
            for shift in range(-20, 21):
                one = first[:, max(0, shift) : 64 + min(0, shift)]
                two = other[:, max(0, -shift) : 64 + min(0, -shift)]
                best = max(best, float(np.corrcoef(one.ravel(), two.ravel())[0, 1]))
        return best

    for subject in ("cat", "dog5"):
        names = sorted(image.name for image in release.images if image.subject == subject)
        pictures = {name: grey(name) for name in names}
        near = {
            second: first
            for index, first in enumerate(names)
            for second in names[index + 1 :]
            if likeness(pictures[first], pictures[second]) > 0.97
        }
        assert near == {second: first for second, first in release.near_duplicates.items() if second.startswith(f"{subject}/")}
    with Image.open(dreambooth_folder / "dataset/dog5/02.jpg") as image:
        mirrored = np.asarray(ImageOps.mirror(image).convert("L").resize((64, 64), Image.Resampling.BOX), dtype=np.float64)
    assert np.corrcoef(mirrored.ravel(), grey("dog5/03.jpg").ravel())[0, 1] > 0.99


def test_no_photo_ships_with_the_package() -> None:
    ours = {image.sha256 for image in load_release().images}
    package = Path(release_module.__file__).parent
    shipped = [path for path in package.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES]
    assert len(shipped) >= 158  # the miniature's own drawings

    assert ours.isdisjoint(map(sha256_file, shipped))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"path": "../../etc/passwd.txt"}, "path"),
        ({"path": "/etc/passwd.txt"}, "path"),
        ({"sha256": "0" * 63}, "sha256"),
        ({"licence": "unknown"}, "licence"),
        ({"path": "LICENSE.md"}, "stands twice"),
        ({"near_duplicate_of": "dataset/dog/99.jpg"}, "near-duplicate"),
        ({"camera": "old"}, "camera"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(change: dict[str, str], complaint: str) -> None:
    record = load_release().model_dump(mode="json")
    record["images"] = [record["images"][0] | change, *record["images"][1:]]
    with pytest.raises(ValidationError, match=complaint):
        Release.model_validate(record)


def test_the_photos_are_looked_for_where_they_are_named_first(
    tmp_path: Path, clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert release_folder() == clean_environment / f"dreambooth-{load_release().commit[:12]}"
    monkeypatch.setenv("DREAMBENCH_DATA", str(tmp_path / "there"))
    assert release_folder() == tmp_path / "there"
    assert release_folder(tmp_path / "here") == tmp_path / "here"


def test_the_cache_lies_in_the_platforms_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DREAMBENCH_CACHE", raising=False)
    monkeypatch.delenv("DREAMBENCH_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # Linux; macOS and Windows have places of their own
    import pooch

    assert release_folder().parent == Path(pooch.os_cache("dreambench"))


@pytest.mark.parametrize(("value", "off"), [("1", True), ("true", True), ("", False), ("0", False), ("No", False)])
def test_the_offline_switch_is_on_unless_it_says_no(value: str, off: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from dreambench.dataset.local_folders import is_offline

    monkeypatch.setenv("DREAMBENCH_OFFLINE", value)
    assert is_offline() is off
    monkeypatch.delenv("DREAMBENCH_OFFLINE")
    assert is_offline() is False


def test_absent_images_are_told_by_name_and_size(tmp_path: Path, fake_release: FakeRelease) -> None:
    assert len(absent_images(tmp_path / "nowhere")) == 34
    folder = fake_release.write(tmp_path / "place", leave_out=("dataset/can/00.jpg",))
    (folder / "dataset/dog/00.jpg").write_bytes(b"short")
    assert absent_images(folder) == ("can/00.jpg", "dog/00.jpg")
    assert absent_images(folder / "dataset") == absent_images(folder)


def test_a_clone_and_its_inner_folder_are_both_understood(tmp_path: Path, fake_release: FakeRelease) -> None:
    clone = fake_release.write(tmp_path / "clone")
    first = load_release().images[0]
    assert images_root(clone) == images_root(clone / "dataset") == clone / "dataset"
    assert local_path(first, clone) == local_path(first, clone / "dataset") == clone / first.path
    assert images_root(tmp_path / "new") == tmp_path / "new" / "dataset"
