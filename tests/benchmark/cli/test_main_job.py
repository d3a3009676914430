"""The main job with nothing faked: `bench run --method dreambooth` on the shipped miniature, in processes of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dreambench.baselines.model.files.contents import MINIATURE

pytestmark = pytest.mark.slow

#: Short trainings: what is tested is that two ways of running give the same, not that the result is good.
SHORT = ["--prompts", "1,20", "--set", "steps=4", "--set", "class_images=4", "--set", "batch_size=2"]


def _environment(cache: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "DREAMBENCH_CACHE": str(cache), **more}


def _bench(*words: str, cache: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dreambench", *words]
    return subprocess.run(command, capture_output=True, text=True, env=_environment(cache, **more), check=False, timeout=300)


def _run(out: Path, *words: str, cache: Path) -> dict[str, object]:
    done = _bench("run", "--method", "dreambooth", "--out", str(out), "--json", *SHORT, *words, cache=cache)
    assert done.returncode == 0, done.stderr
    summary: dict[str, object] = json.loads(done.stdout)
    return summary


def _same_images(first: Path, second: Path) -> None:
    names = sorted(path.relative_to(first) for folder in ("images", "prior") for path in (first / folder).rglob("*.png"))
    assert len(names) == 2 * (2 * 4 + 8)
    for name in names:
        one, other = (np.asarray(Image.open(root / name)).astype(int) for root in (first, second))
        assert np.abs(one - other).max() <= 1, name


def _same_scores(first: Path, second: Path) -> None:
    one, other = (
        pd.read_parquet(root / "scores.parquet").set_index(["subject", "prompt_index", "image_index"]).sort_index()
        for root in (first, second)
    )
    for metric in ("dino", "clip_i", "clip_t"):
        assert np.abs(one[metric] - other[metric]).max() < 1e-3, metric


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reference") / "run"
    _run(out, "--subjects", "dog,can", cache=tmp_path_factory.mktemp("cache"))
    return out


def test_the_same_seed_gives_the_same_whatever_the_batch_size_order_and_workers(reference: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run", "--subjects", "can,dog", "--batch-size", "3", "--workers", "1", cache=tmp_path / "cache")
    _same_images(reference, tmp_path / "run")
    _same_scores(reference, tmp_path / "run")


def test_another_seed_gives_other_images(reference: Path, tmp_path: Path) -> None:
    _run(tmp_path / "run", "--subjects", "can", "--seed", "1", cache=tmp_path / "cache")
    name = "images/can/01/0.png"
    one, other = (np.asarray(Image.open(root / name)).astype(int) for root in (reference, tmp_path / "run"))
    assert np.abs(one - other).max() > 20


def test_a_finished_run_is_reused(reference: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in reference.rglob("*.png")}
    _run(reference, "--subjects", "dog,can", cache=tmp_path)
    assert {path: path.stat().st_mtime_ns for path in reference.rglob("*.png")} == before


def test_a_corrupt_weight_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(MINIATURE, tmp_path / "model")
    weights = tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100_000])
    shown = _bench("suites", "show", "mini", cache=tmp_path).stdout
    suite = shown.replace('source = "mini"', f'source = "{tmp_path / "model"}"')
    assert suite != shown
    (tmp_path / "own.toml").write_text(suite)
    done = _bench(
        "run", "--method", "dreambooth", "--suite", str(tmp_path / "own.toml"), "--out", str(tmp_path / "run"),
        "--subjects", "dog", *SHORT, cache=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert str(weights.parent) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_real_photos_go_through_the_same_door(dreambooth_folder: Path, tmp_path: Path) -> None:
    words = ["run", "--method", "dreambooth", "--suite", "mini-photos", "--out", str(tmp_path / "run"), "--json", *SHORT]
    done = _bench(*words, "--subjects", "dog6,clock", cache=tmp_path, DREAMBENCH_DATA=str(dreambooth_folder))
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "run" / "images").rglob("*.png"))) == 2 * 2 * 4
    scores = pd.read_parquet(tmp_path / "run" / "scores.parquet")
    assert scores[["dino", "clip_i", "clip_t"]].notna().all(axis=None)
