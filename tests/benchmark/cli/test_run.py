"""`bench run` from end to end, with a plug-in method and tiny encoders: the folder, the output, reuse and refusals."""

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from run_fakes import FEW, Bench, files_of


def test_a_run_leaves_the_folder_that_the_contract_promises(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run")
    assert result.exit_code == 0, result.output
    folder = tmp_path / "run"
    pngs = sorted(path.relative_to(folder).as_posix() for path in folder.glob("images/**/*.png"))
    assert pngs == [f"images/{s}/{p}/{k}.png" for s in ("can", "dog", "vase") for p in ("00", "20") for k in (0, 1)]
    assert len(list(folder.glob("prior/*/*.png"))) == 3 * 8
    record = json.loads((folder / "run.json").read_text())
    for key in (
        "suite",
        "method",
        "settings",
        "seed",
        "protocol",
        "fingerprint",
        "dataset",
        "base_model",
        "versions",
        "hardware",
    ):
        assert key in record, key
    assert {"processor", "cores", "memory_bytes", "gpus", "system"} <= set(record["hardware"])
    manifest = json.loads((folder / "units" / "dog.json").read_text())
    assert manifest["images"]["images/dog/00/0.png"] == files_of(folder)["images/dog/00/0.png"]
    assert manifest["losses"] == [0.5, 0.5, 0.5]
    assert manifest["peak_memory_bytes"] > 10_000_000
    scores = pd.read_parquet(folder / "scores.parquet")
    assert len(scores) == 12
    assert set(scores["path"]) == set(pngs)
    subjects = pd.read_parquet(folder / "subjects.parquet")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["overall"]["dino"]["mean"] == pytest.approx(scores["dino"].mean())
    assert summary["overall"]["pres"]["mean"] == pytest.approx(subjects["pres"].mean())
    assert summary["fingerprint"] == record["fingerprint"]
    assert {"real_images", "copy_reference"} <= set(summary["beside"])
    with Image.open(folder / "sheet.png") as sheet:
        assert sheet.width > 4 * 128


def test_the_table_is_on_stdout_and_the_talk_on_stderr(bench: Bench) -> None:
    result = bench(*FEW, "--out", "run")
    for word in ("fake", "real_images", "copy_reference", "DINO", "CLIP-T", "bench run --method pretrained"):
        assert word in result.stdout, word
    assert "loading" not in result.stdout
    assert "loading" in result.stderr


def test_json_on_stdout_is_json_and_nothing_else(bench: Bench) -> None:
    record = json.loads(bench(*FEW, "--out", "run", "--json").stdout)
    assert record["method"] == "fake"
    assert record["overall"]["dino"]["n"] == 3


def test_the_same_command_again_touches_nothing(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench(*FEW, "--out", "run")
    before = files_of(tmp_path / "run")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.*")}
    monkeypatch.setattr("dreambench.benchmark.encoders.load_encoders", None)  # not even the encoders are needed
    again = bench(*FEW, "--out", "run")
    assert again.exit_code == 0, again.output
    assert again.stdout == first.stdout
    assert files_of(tmp_path / "run") == before
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_a_damaged_image_is_made_again(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    before = files_of(tmp_path / "run")
    picture = tmp_path / "run/images/dog/20/1.png"
    picture.write_bytes(picture.read_bytes()[:40])
    (tmp_path / "run/prior/vase/3.png").unlink()
    assert bench(*FEW, "--out", "run").exit_code == 0
    after = files_of(tmp_path / "run")
    assert {name for name in before if name.endswith(".png") and before[name] != after[name]} == set()


def test_run_time_knobs_do_not_make_another_run(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--out", "run")
    before = files_of(tmp_path / "run")
    result = bench(*FEW, "--out", "run", "--workers", "2", "--batch-size", "3")
    assert result.exit_code == 0
    assert files_of(tmp_path / "run") == before


def test_subjects_in_another_order_are_the_same_run(bench: Bench, tmp_path: Path) -> None:
    bench(*FEW, "--subjects", "vase,can", "--out", "run")
    before = files_of(tmp_path / "run")
    assert bench(*FEW, "--subjects", "can,vase", "--out", "run").exit_code == 0
    assert files_of(tmp_path / "run") == before


@pytest.mark.parametrize(
    "other",
    [("--seed", "1"), ("--set", "shade=7"), ("--subjects", "dog"), ("--prompts", "0,21")],
    ids=["seed", "setting", "subjects", "prompts"],
)
def test_a_folder_of_another_run_is_refused_and_left_alone(bench: Bench, tmp_path: Path, other: tuple[str, str]) -> None:
    bench(*FEW, "--out", "run")
    before = files_of(tmp_path / "run")
    result = bench(*FEW, *other, "--out", "run")
    assert result.exit_code == 2
    assert "belongs to another run" in result.stderr
    assert len(result.stderr.strip().splitlines()[-1].split(". ")) == 1
    assert files_of(tmp_path / "run") == before


def test_a_folder_with_other_files_is_refused_and_left_alone(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.txt").write_text("mine")
    assert bench(*FEW, "--out", "photos").exit_code == 2
    assert files_of(tmp_path / "photos") == {"me.txt": hashlib.sha256(b"mine").hexdigest()}


def test_folders_of_different_runs_never_collide(bench: Bench, tmp_path: Path) -> None:
    variants = [
        (),
        ("--prompts", "0,20"),
        ("--set", "shade=7"),
        ("--subjects", "dog"),
        ("--seed", "1"),
        ("--images-per-prompt", "1"),
        ("--quick", "--subjects", "dog"),
    ]
    for variant in variants:
        small = () if "--prompts" in variant or "--quick" in variant else ("--prompts", "0")
        assert bench(*variant, *small).exit_code == 0, variant
    names = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert len(names) == len(variants)
    assert all(name.startswith("tiny-fake-seed") for name in names)


def test_the_sheet_keeps_no_photo_at_its_full_size(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def photo(_path: Path) -> Image.Image:
        return Image.new("RGB", (4000, 3000))

    sizes: list[int] = []

    def look(rows: list[list[Image.Image | None]], *_: object, **__: object) -> Image.Image:
        sizes.extend(max(image.size) for row in rows for image in row if image is not None)
        return Image.new("RGB", (8, 8))

    monkeypatch.setattr("dreambench.reports.contact_sheet.make_contact_sheet", look)
    monkeypatch.setattr("dreambench.dataset.images.open_image", photo)
    assert bench("--prompts", "0", "--subjects", "can", "--out", "run").exit_code == 0
    assert sizes
    assert max(sizes) <= 512


def test_the_quick_run_has_its_own_name(bench: Bench, tmp_path: Path) -> None:
    result = bench("--quick")
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["tiny-fake-seed0-quick"]
    assert len(list((tmp_path / "runs").glob("*/images/*/*/*.png"))) == 3 * 5 * 4
