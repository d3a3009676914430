"""Units of work: named by what their images depend on; done only when every image is there as recorded."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.runs.folder import RunFolder, first_difference
from dreambench.benchmark.runs.units import Unit, UnitManifest, UnitSeconds, unit_key, write_manifest
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_bytes, write_json
from dreambench.dataset.hashing import sha256_bytes

BASE: dict[str, Any] = {
    "subject_id": "dog",
    "class_noun": "dog",
    "references_checksum": "r",
    "weights_hash": "w",
    "sampler": {"steps": 16},
    "method": "dreambooth",
    "settings": {"steps": 300},
    "seed": 0,
    "prompts": {0: "a {0} {1} in the jungle"},
    "images_per_prompt": 4,
    "prior_images": 8,
    "plugin": None,
}


@pytest.mark.parametrize("field", sorted(BASE))
def test_whatever_the_images_depend_on_changes_the_key(field: str) -> None:
    other = {
        "sampler": {"steps": 17},
        "settings": {"steps": 301},
        "prompts": {1: "a {0} {1} in the jungle"},
        "seed": 1,
        "images_per_prompt": 5,
        "prior_images": 0,
        "weights_hash": None,
    }.get(field, "other")
    assert unit_key(**BASE) != unit_key(**{**BASE, field: other})


def test_the_order_of_settings_and_prompts_does_not() -> None:
    one = {**BASE, "settings": {"a": 1, "b": 2}, "prompts": {0: "x", 3: "y"}}
    two = {**BASE, "settings": {"b": 2, "a": 1}, "prompts": {3: "y", 0: "x"}}
    assert unit_key(**one) == unit_key(**two)


def test_a_built_in_methods_key_is_what_it_always_was() -> None:
    """Written down before plug-ins had a part in it: runs from then are still gone on with."""
    assert unit_key(**BASE) == "420e484250d3ac7dd7a16173416e87292a5010d91d3aa683efc663a3cc290a9b"


def finished_unit(folder: RunFolder) -> Unit:
    unit = Unit("dog", "key")
    images = {}
    for index in range(2):
        path = folder.image("dog", 3, index)
        atomic_write_bytes(path, data := f"picture {index}".encode())
        images[folder.relative(path)] = sha256_bytes(data)
    manifest = UnitManifest(
        key="key",
        subject="dog",
        images=images,
        prior={},
        losses=(0.25,),
        steps=1,
        details={"identifier": "sks"},
        seconds=UnitSeconds(train=1, sample=2),
        peak_memory_bytes=1,
        peak_device_memory_bytes=None,
        environment={},
    )
    write_manifest(folder.manifest_file("dog"), manifest)
    return unit


def test_a_unit_is_done_when_its_manifest_and_images_agree(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    unit = finished_unit(folder)
    assert folder.image("dog", 3, 0) == tmp_path / "images/dog/03/0.png"
    assert folder.finished(unit) is not None
    assert folder.finished(Unit("dog", "another key")) is None
    assert folder.finished(Unit("cat", "key")) is None


@pytest.mark.parametrize("trouble", ["cut", "gone", "no manifest", "half a manifest", "foreign manifest"])
def test_a_damaged_unit_is_not_done(tmp_path: Path, trouble: str) -> None:
    folder = RunFolder(tmp_path)
    unit = finished_unit(folder)
    picture, manifest = folder.image("dog", 3, 1), folder.manifest_file("dog")
    match trouble:
        case "cut":
            picture.write_bytes(picture.read_bytes()[:3])
        case "gone":
            picture.unlink()
        case "no manifest":
            manifest.unlink()
        case "half a manifest":
            manifest.write_text(manifest.read_text()[:100])
        case _:
            manifest.write_text("[1, 2]")
    assert folder.finished(unit) is None
    assert folder.split([unit]) == ({}, [unit])


def test_leftovers_of_a_killed_write_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    unit = finished_unit(folder)
    leftover = folder.image("dog", 3, 0).with_name(".0.png.x1y2.part")
    leftover.write_bytes(b"half")
    folder.clear_leftovers("dog")
    assert not leftover.exists()
    assert folder.finished(unit) is not None


def test_a_folder_is_free_when_it_is_absent_or_holds_only_hidden_files(tmp_path: Path) -> None:
    assert RunFolder(tmp_path / "absent").check({"seed": 0}) is False
    (tmp_path / ".run.json.abc.part").write_text("{")
    assert RunFolder(tmp_path).check({"seed": 0}) is False


def test_a_folder_knows_its_own_run(tmp_path: Path) -> None:
    write_json(tmp_path / "run.json", {"seed": 0, "settings": {"steps": 3}, "started": "then"})
    assert RunFolder(tmp_path).check({"seed": 0, "settings": {"steps": 3}}) is True
    with pytest.raises(UserError, match=r"another run \(settings: steps is 3 there and 4 here\)"):
        RunFolder(tmp_path).check({"seed": 0, "settings": {"steps": 4}})


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_broken_run_json_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(UserError, match=r"run\.json"):
        RunFolder(tmp_path).check({"seed": 0})


def test_two_processes_cannot_work_in_one_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.lock(), pytest.raises(UserError, match="Another bench run"), folder.lock():
        pass
    with folder.lock():
        pass


def test_a_read_only_place_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        RunFolder(tmp_path / "file" / "run").claim({"seed": 0})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
TABLES = st.dictionaries(st.text(max_size=3), JSON | st.dictionaries(st.text(max_size=3), JSON, max_size=2), max_size=4)


@given(TABLES, TABLES)
def test_a_difference_is_named_exactly_when_there_is_one(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert first_difference(one, one) is None
    differ = any(one.get(key) != two.get(key) for key in {*one, *two})
    assert (first_difference(one, two) is not None) == differ
