"""Units of work: named by what their images depend on; done only when every image is there as recorded."""

import os
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from engine_jobs import make_plan
from hypothesis import given
from hypothesis import strategies as st

from dreambench.benchmark.api.preparation import prepare_run
from dreambench.benchmark.declarations.suite import load_suite, method_settings
from dreambench.benchmark.runs.folder import RunFolder, first_difference
from dreambench.benchmark.runs.plan import RunPlan, unit_key
from dreambench.benchmark.runs.units import Unit, UnitManifest, UnitSeconds, read_manifest, write_manifest
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.files import atomic_write_bytes
from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.leftovers import aside_name

#: Keys of the quick run on the miniature, computed by version 0.1: finished units of then are still valid.
KEYS = {
    "dreambooth": {
        "can": "5ad8933804e9562df43f36d48cc31de5eb2c15ab5a218a63614c888628ca56e2",
        "dog": "125d9027af4a64c3d75ba268e4a484fd162a2766c4f1aa0a49d7c32223988509",
    },
    "textual_inversion": {
        "can": "855f70c2622349ca0064c3d63822852183d627a0128e6a94fe363d5f80655547",
        "dog": "2e4baad5f2bc99183b9a07c58182d6a30a33138bed3c37ca96f715d65efef62f",
    },
    "pretrained": {
        "can": "42e740c2c5e7642429beebc5aa63d21a4d57fffd0844dcb31a41730f81d5a354",
        "dog": "16893b9b28097b5bd0b325bd707d4ca4041a75aff1d199248b7eeac6f4a5fad7",
    },
    "copy_reference": {
        "can": "451fd115d08702bad38a27fafe2f3822c52dbf0121a75aae9bfb5943e87f11c1",
        "dog": "5e3240fdf4f34fee0fea5cc7c996f6041ef945ab57888c14fe5f26fd5039e06c",
    },
}


def quick_plan(method: str) -> RunPlan:
    """The plan of `bench run --method METHOD --quick`."""
    return prepare_run(
        method,
        suite="mini",
        subjects=None,
        prompts=None,
        images_per_prompt=None,
        quick=True,
        seed=0,
        settings=(),
        out=None,
        engine="auto",
        device="cpu",
        workers=None,
        batch_size=None,
        say=lambda _text: None,
    ).plan


@pytest.mark.parametrize("method", sorted(KEYS))
def test_a_built_in_methods_key_is_what_it_always_was(method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = quick_plan(method)
    assert {unit.subject: unit.key for unit in plan.units() if unit.subject in ("can", "dog")} == KEYS[method]
    again = pickle.loads(pickle.dumps(plan))  # as a worker gets it
    assert again.units() == plan.units()


def test_whatever_the_images_depend_on_changes_the_key_and_what_does_not_leaves_it() -> None:
    plan = make_plan("textual_inversion")
    dog, cat = plan.dataset.subject("dog"), plan.dataset.subject("cat")
    sampler = load_suite("mini").sampler
    assert sampler is not None

    def with_settings(**settings: object) -> RunPlan:
        return replace(plan, settings=method_settings(plan.suite, plan.method, settings))

    def selected(**changes: Any) -> RunPlan:
        return replace(plan, selection=replace(plan.selection, **changes))

    others = [
        unit_key(other, dog)
        for other in (
            replace(plan, seed=1),
            replace(plan, method="another"),
            replace(plan, plugin="fake 1.1"),
            replace(plan, plugin=None),
            replace(plan, weights_hash="w"),
            replace(plan, sampler=sampler),
            replace(plan, sampler=sampler.model_copy(update={"steps": 17})),
            replace(plan, prior_images=2),
            with_settings(steps=201),
            selected(images_per_prompt=3),
            selected(by_subject={"dog": (0, 21)}),
        )
    ]
    keys = {unit_key(plan, dog), unit_key(plan, cat), *others}
    assert len(keys) == len(others) + 2
    assert all(len(key) == 64 for key in keys)
    for same in (with_settings(group_size=1), selected(by_subject={"dog": (0, 20)}), replace(plan, fingerprint="another")):
        assert unit_key(same, dog) == unit_key(plan, dog)


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


def ended_process() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def aside_name_of(process: int, name: str) -> str:
    """The name under which a process of this machine writes a file before it is whole."""
    with patch.object(os, "getpid", lambda: process):
        return aside_name(name)


def test_leftovers_of_a_killed_write_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    unit = finished_unit(folder)
    image = folder.image("dog", 3, 0)
    left = image.with_name(aside_name_of(ended_process(), image.name))
    at_work = image.with_name(aside_name_of(os.getppid(), image.name))
    for path in (left, at_work):
        path.write_bytes(b"half")
    folder.clear_leftovers("dog")
    assert not left.exists()
    assert at_work.exists()
    assert folder.finished(unit) is not None


def test_a_folder_is_free_when_it_is_absent_or_holds_only_hidden_files(tmp_path: Path) -> None:
    record = make_plan("copy_reference").record()
    assert RunFolder(tmp_path / "absent").check(record) is False
    (tmp_path / ".run.json.abc.part").write_text("{")
    assert RunFolder(tmp_path).check(record) is False


def test_a_folder_knows_its_own_run(tmp_path: Path) -> None:
    plan = make_plan("textual_inversion")
    RunFolder(tmp_path).claim(plan.record(command=("bench", "run"), started="then"))
    assert RunFolder(tmp_path).check(plan.record(started="now")) is True
    other = replace(plan, settings=method_settings(plan.suite, plan.method, {"steps": 4}))
    with pytest.raises(UserError, match=r"another run \(settings: steps is 200 there and 4 here\)"):
        RunFolder(tmp_path).check(other.record())
    (tmp_path / "run.json").write_text('{"format": 1, "seed": 0, "suite": "mini"}')
    with pytest.raises(UserError, match=r"was made by dreambench 0\.1"):
        RunFolder(tmp_path).check(plan.record())


@pytest.mark.parametrize("content", ["", "[]", "[" * 100_000, '{"key": ' + "9" * 6000 + "}", b"\xff\xfe{"])
def test_a_manifest_that_cannot_be_read_is_a_unit_to_do_again(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "dog.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert read_manifest(path) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 100_000])
def test_a_broken_run_json_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(UserError, match=r"run\.json"):
        RunFolder(tmp_path).check(make_plan("copy_reference").record())


def test_two_processes_cannot_work_in_one_folder(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    with folder.lock(), pytest.raises(UserError, match="Another bench run"), folder.lock():
        pass
    with folder.lock():
        pass


def test_a_read_only_place_is_the_users_to_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        RunFolder(tmp_path / "file" / "run").claim(make_plan("copy_reference").record())


@pytest.mark.parametrize("name", ["images/dog", "images/dog/00/0.png", "units", "units/dog.json", "scores.parquet", "prior"])
def test_a_run_is_not_gone_on_with_where_a_link_leads_out_of_its_folder(name: str, tmp_path: Path) -> None:
    folder, outside = RunFolder(tmp_path / "run"), tmp_path / "outside"
    folder.claim(record := make_plan("copy_reference").record())
    outside.mkdir()
    link = folder.root / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / "0.png" if link.suffix else outside)
    with pytest.raises(UserError, match=rf"{name} is a link that leads out of .*, where nothing is read or written"):
        folder.check(record)
    assert not list(outside.iterdir())


def test_a_link_inside_of_a_runs_folder_is_nobodys_trouble(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.claim(record := make_plan("copy_reference").record())
    (folder.root / "disk").mkdir()
    (folder.root / "images").symlink_to("disk", target_is_directory=True)
    assert folder.check(record)


def test_a_unit_whose_pictures_lie_elsewhere_is_not_done(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    unit = finished_unit(folder)
    (folder.root / "images/dog").rename(tmp_path / "elsewhere")
    assert folder.finished(unit) is None
    (folder.root / "images/dog").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert folder.finished(unit) is None
    (folder.root / "images/dog").unlink()
    (tmp_path / "elsewhere").rename(folder.root / "images/dog")
    assert folder.finished(unit) is not None


def test_a_folder_that_is_removed_while_the_run_works_is_no_finished_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.claim(make_plan("copy_reference").record())
    folder.refuse_removed()
    shutil.rmtree(folder.root)
    with pytest.raises(IncompleteRun, match="was removed or emptied while the run was at work; give the same command again"):
        folder.refuse_removed()


def test_what_killed_runs_left_half_written_is_removed_at_the_next_start(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    (tmp_path / "units").mkdir()
    ended = ended_process()
    at_work = aside_name_of(os.getppid(), "can.json")
    gone = (aside_name_of(ended, "run.json"), f"units/{aside_name_of(ended, 'dog.json')}")
    for name in (*gone, "units/dog.json", f"units/{at_work}"):
        (tmp_path / name).write_text("half")
    folder.clear_own_leftovers()
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"dog.json", at_work}


def test_what_another_host_left_goes_when_its_lock_is_taken_over_whatever_the_clocks_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RunFolder(tmp_path)
    pictures = tmp_path / "images" / "dog" / "00"
    pictures.mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr("dreambench.dataset.leftovers.machine_mark", lambda: "0" * 8)
        left, begins = pictures / aside_name("0.png"), tmp_path / aside_name("run.json")
        asks = tmp_path / aside_name(".lock.json")
    for path in (left, begins, asks):
        path.write_text("half")  # just now
    folder.clear_leftovers("dog")
    assert left.exists()  # a worker of this run may write it
    folder.clear_own_leftovers()
    assert not left.exists()
    assert begins.exists()  # of a command over there that will find the folder locked
    assert asks.exists()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
TABLES = st.dictionaries(st.text(max_size=3), JSON | st.dictionaries(st.text(max_size=3), JSON, max_size=2), max_size=4)


@given(TABLES, TABLES)
def test_a_difference_is_named_exactly_when_there_is_one(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert first_difference(one, one) is None
    differ = any(one.get(key) != two.get(key) for key in {*one, *two})
    assert (first_difference(one, two) is not None) == differ
