"""A plug-in method that is upgraded is another method: what its older version made is not taken for its own."""

import importlib
import json
from pathlib import Path

from run_fakes import FEW, Bench, files_of

from dreambench.baselines.registry import method_names, method_plugin

ONE = (*FEW, "--subjects", "dog", "--out", "run")


def install(place: Path, version: str, *, name: str = "fake-dreambench") -> None:
    """Give the fake plug-in another version, as an upgrade would; its code may be anything."""
    (info,) = place.glob("*.dist-info")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    info.rename(place / f"fake_dreambench-{version}.dist-info")
    importlib.invalidate_caches()


def unit_of(run: Path) -> str:
    return str(json.loads((run / "units" / "dog.json").read_text())["key"])


def test_an_upgraded_plug_in_is_refused_in_its_older_versions_folder(bench: Bench, tmp_path: Path) -> None:
    assert bench(*ONE).exit_code == 0
    record = json.loads((tmp_path / "run/run.json").read_text())
    assert record["plugin"] == "fake-dreambench 1.0"
    before = files_of(tmp_path / "run")
    install(tmp_path / "plugin", "1.1")
    refused = bench(*ONE)
    assert refused.exit_code == 2
    said = " ".join(refused.stderr.split())
    assert "belongs to another run (plugin is fake-dreambench 1.0 there and fake-dreambench 1.1 here)" in said
    assert "choose another folder with --out, or delete it." in said
    assert files_of(tmp_path / "run") == before
    install(tmp_path / "plugin", "1.0")
    assert bench(*ONE).exit_code == 0
    assert files_of(tmp_path / "run") == before


def test_units_of_the_older_version_are_done_again(bench: Bench, tmp_path: Path) -> None:
    """Also where the folder's own record of the version is lost: each unit is named by it."""
    assert bench(*ONE).exit_code == 0
    older = unit_of(tmp_path / "run")
    run_file = tmp_path / "run/run.json"
    install(tmp_path / "plugin", "1.1")
    run_file.write_text(run_file.read_text().replace("fake-dreambench 1.0", "fake-dreambench 1.1"))
    picture = tmp_path / "run/images/dog/00/0.png"
    made = picture.stat().st_mtime_ns
    assert bench(*ONE).exit_code == 0
    assert unit_of(tmp_path / "run") != older
    assert picture.stat().st_mtime_ns > made


def test_a_run_from_before_versions_were_recorded_is_not_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    assert bench(*ONE).exit_code == 0
    run_file = tmp_path / "run/run.json"
    record = json.loads(run_file.read_text())
    del record["plugin"]
    run_file.write_text(json.dumps(record))
    refused = bench(*ONE)
    assert refused.exit_code == 2
    assert "plugin is null there and fake-dreambench 1.0 here" in " ".join(refused.stderr.split())


def test_built_in_methods_have_no_plug_in_and_a_distribution_has_one_spelling(bench: Bench, tmp_path: Path) -> None:
    assert [name for name in method_names() if method_plugin(name) is not None] == ["fake"]
    install(tmp_path / "plugin", "2.0rc1", name="Fake_DreamBench")
    assert method_plugin("fake") == "fake-dreambench 2.0rc1"


def test_a_built_in_run_from_before_is_gone_on_with(bench: Bench, tmp_path: Path) -> None:
    assert bench(*ONE, method="copy_reference").exit_code == 0
    run_file = tmp_path / "run/run.json"
    record = json.loads(run_file.read_text())
    assert record.pop("plugin") is None
    run_file.write_text(json.dumps(record))
    before = files_of(tmp_path / "run")
    result = bench(*ONE, method="copy_reference")
    assert result.exit_code == 0, result.output
    assert files_of(tmp_path / "run") == before
