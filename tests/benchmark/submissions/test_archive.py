"""The archive of images beside a submission: held against its hashes, whatever a stranger put into it."""

import hashlib
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speed.made_up_submissions import made_up_record

from dreambench.benchmark.submissions import read_samples, read_submissions


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


def write_archive(place: Path, content: dict[str, bytes], *, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(place / "mine.images.zip", "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return place / "mine.images.zip"


def test_images_beside_a_submission_are_verified_in_any_order_and_without_them_nothing_is(
    submitted: tuple[Path, dict[str, bytes]],
) -> None:
    place, content = submitted
    (alone,) = read_submissions(place).accepted
    assert (alone.archive, alone.samples, alone.n_hashed, alone.n_prior) == (None, (), 6, 6)
    archive = write_archive(place, dict(reversed(content.items())))
    (beside,) = read_submissions(place).accepted
    assert (beside.archive, beside.n_hashed, beside.n_prior) == (archive, 6, 6)
    assert beside.images_digest == alone.images_digest


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


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_damaged_entry_is_refused_however_it_was_compressed(method: int, submitted: tuple[Path, dict[str, bytes]]) -> None:
    place, content = submitted
    file = write_archive(place, {name: data * 200 for name, data in content.items()}, compression=method)
    with zipfile.ZipFile(file) as archive:
        info = archive.infolist()[0]
    data = bytearray(file.read_bytes())
    start = info.header_offset + 30 + len(info.filename)
    for at in range(start + 6, start + info.compress_size):
        data[at] ^= 0xFF
    file.write_bytes(bytes(data))
    (refused,) = read_submissions(place).refused
    assert "archive of images cannot be read" in refused.reason


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_whose_memory_the_archive_chooses_are_refused_unread(
    method: int, submitted: tuple[Path, dict[str, bytes]]
) -> None:
    place, content = submitted
    write_archive(place, content, compression=method)
    (refused,) = read_submissions(place).refused
    assert refused.reason.endswith("is neither stored nor deflated; pack it with `zip` or `bench submit`.")


def beside(place: Path) -> None:
    """A good submission without images beside the one that is refused."""
    (place / "other.json").write_text(json.dumps(made_up_record("other", seed=2, subjects=3, prompts=2, images=1)))


def test_a_bomb_costs_neither_time_nor_memory_nor_the_submission_beside_it(
    submitted: tuple[Path, dict[str, bytes]],
) -> None:
    place, content = submitted
    beside(place)
    record = json.loads((place / "mine.json").read_text())
    for name in content:  # with hashes that fit, only bounds can refuse it
        content[name] = bytes(20_000_000)
        table = record["prior_images" if name.startswith("prior/") else "images"]
        table[name.removeprefix("prior/")] = hashlib.sha256(content[name]).hexdigest()
    (place / "mine.json").write_text(json.dumps(record))
    write_archive(place, content, compression=zipfile.ZIP_DEFLATED)
    content.clear()
    tracemalloc.start()
    reading = read_submissions(place)
    assert tracemalloc.get_traced_memory()[1] < 40_000_000  # the submission itself may be of 32 MB
    tracemalloc.stop()
    assert [each.reason for each in reading.refused] == ["Its archive grows to more than 20 times its size."]
    assert [each.file for each in reading.accepted] == ["other.json"]


def test_an_entry_that_holds_more_than_its_header_says_is_not_inflated_further(
    submitted: tuple[Path, dict[str, bytes]],
) -> None:
    place, content = submitted
    beside(place)
    first = next(iter(content))
    content[first] = bytes(30_000_000)
    file = write_archive(place, content, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    listed = data.rindex(first.encode(), 0) - 46  # its entry in the list at the end
    data[listed + 24 : listed + 28] = (9).to_bytes(4, "little")
    file.write_bytes(bytes(data))
    reading = read_submissions(place)
    assert [each.file for each in reading.accepted] == ["other.json"]
    assert [each.file for each in reading.refused] == ["mine.json"]


def test_a_list_of_entries_that_would_fill_the_memory_is_not_read(submitted: tuple[Path, dict[str, bytes]]) -> None:
    place, content = submitted
    file = write_archive(place, content)
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\x05\x06")
    data[at + 12 : at + 16] = (3_000_000_000).to_bytes(4, "little")
    file.write_bytes(bytes(data))
    assert "lists more than 64 MB of entries" in read_submissions(place).refused[0].reason


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_an_archive_loses_the_submission_beside_it(
    submitted: tuple[Path, dict[str, bytes]], data: st.DataObject
) -> None:
    place, content = submitted
    beside(place)
    file = write_archive(place, content, compression=zipfile.ZIP_DEFLATED)
    held = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        held[data.draw(st.integers(0, len(held) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(held[: data.draw(st.integers(1, len(held)))]))
    reading = read_submissions(place)
    assert "other.json" in [each.file for each in reading.accepted]
    assert len(reading.accepted) + len(reading.refused) == 2


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


def test_samples_are_of_several_subjects_the_same_for_all_methods_and_never_an_image_that_was_changed_since(
    submitted: tuple[Path, dict[str, bytes]],
) -> None:
    place, content = submitted
    file = write_archive(place, content)
    (accepted,) = read_submissions(place).accepted
    assert len({sample.subject for sample in accepted.samples}) == len(accepted.samples) == 3
    assert all(sample.name == f"{sample.subject}/{sample.prompt:02d}/0.png" for sample in accepted.samples)
    read = {sample.name: data for sample, data in read_samples(file, accepted.samples)}
    assert read == {name: content[name] for name in read}
    assert len(read) == 3
    gone, changed, kept = (sample.name for sample in accepted.samples)
    write_archive(place, {name: b"x" if name == changed else data for name, data in content.items() if name != gone})
    assert [sample.name for sample, _ in read_samples(file, accepted.samples)] == [kept]
