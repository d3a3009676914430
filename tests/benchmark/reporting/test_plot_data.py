"""From runs to what plots take: the runs' own numbers, on the metrics on which they compare."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from handed_in import PROMPTS, SUBJECTS, as_run, changed, made_otherwise
from rehashed import rehashed

from dreambench.benchmark.api.score import score
from dreambench.benchmark.reporting.plot_data import plot_data
from dreambench.benchmark.results.finished import read_finished
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError
from dreambench.reports.plots import PlotData
from dreambench.reports.plots.embedding_map import project


def data_of(*folders: Path) -> PlotData:
    return plot_data([read_finished(folder) for folder in folders], with_embeddings=False)


def test_the_records_have_the_runs_numbers(handed_in: Mapping[str, Path]) -> None:
    data = data_of(*handed_in.values())
    assert [method.label for method in data.methods] == ["own", "others"]
    summary = json.loads((handed_in["others"] / "summary.json").read_text())
    with_mean = [metric for metric in summary["metrics"] if summary["overall"][metric["key"]]["mean"] is not None]
    assert [(c.key, c.formula, c.level) for c in data.metrics] == [(m["key"], m["formula"], m["level"]) for m in with_mean]
    for key, entry in summary["overall"].items():
        if entry["mean"] is not None:
            cell = data.methods[1].overall[key]
            assert [cell.mean, [cell.low, cell.high]] == [entry["mean"], entry["ci95"]]
    assert data.protocols == {summary["fingerprint"]: "miniature"}
    for yardstick in ("real_images", "copy_reference", "impostor"):
        assert data.beside[yardstick]["dino"].mean == summary["beside"][yardstick]["dino"]["mean"]
    assert data.methods[0].cost is None
    # A subject's own images are nearest to it; a stranger's are nearest to the stranger.
    assert [method.overall["identification"].mean for method in data.methods] == [1.0, 0.0]


def test_metrics_made_in_different_ways_are_not_shown(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    metrics = made_otherwise(handed_in["others"], "clip_t")
    other = changed(handed_in["others"], tmp_path / "other", metrics=metrics, fingerprint="f" * 12)
    data = data_of(handed_in["own"], other)
    shown = {column.key for column in data.metrics}
    assert "clip_t" not in shown
    assert {"dino", "clip_i"} <= shown
    assert "clip_t" not in {key for cells in data.beside.values() for key in cells}
    assert set(data.protocols) == {read_finished(handed_in["own"]).fingerprint, "f" * 12}
    every = made_otherwise(handed_in["others"])
    apart = changed(handed_in["others"], tmp_path / "apart", metrics=every, fingerprint="f" * 12)
    with pytest.raises(UserError, match="no metric of theirs was made in the same way"):
        data_of(handed_in["own"], apart)


def test_yardsticks_come_from_the_run_that_has_them_and_never_from_a_run_that_is_one(
    handed_in: Mapping[str, Path], tmp_path: Path
) -> None:
    bare = changed(handed_in["others"], tmp_path / "bare", beside={})
    data = data_of(bare, handed_in["own"])
    assert set(data.beside) == {"real_images", "copy_reference", "impostor"}
    copier = changed(handed_in["own"], tmp_path / "copier", method="copy_reference")
    assert set(data_of(copier).beside) == {"real_images", "impostor"}


def test_the_floor_stands_beside_a_run_until_it_is_one_of_them(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    run = as_run(handed_in["own"], tmp_path / "run", method="fake")
    assert "pretrained" not in data_of(run).beside
    floor = as_run(handed_in["others"], tmp_path / "floor", method="pretrained")
    beside = data_of(run).beside
    summary = json.loads((floor / "summary.json").read_text())
    assert beside["pretrained"]["dino"].mean == summary["overall"]["dino"]["mean"]
    assert "pretrained" not in data_of(run, floor).beside


def test_costs_are_the_units_own(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    run = as_run(handed_in["own"], tmp_path / "run", method="fake")
    cost = data_of(run).methods[0].cost
    assert cost is not None
    assert cost.seconds == {"can": 5.0, "cat": 15.0, "dog": 25.0}
    assert cost.peak_memory_bytes == 10**9 + 2
    assert cost.peak_device_memory_bytes is None
    manifest = run / "units" / "cat.json"
    manifest.write_text(manifest.read_text().replace('"train": 10.0', '"train": Infinity'))
    assert data_of(rehashed(run)).methods[0].cost is None


def test_references_handed_in_lie_with_their_own_on_the_map(
    handed_in: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    data = plot_data([read_finished(as_run(handed_in["own"], tmp_path / "run", method="fake"))])
    assert data.embeddings is not None, data.why_no_embeddings
    references, generated, _ = project(data.embeddings)
    mini = load_dataset("mini")
    for name in SUBJECTS:
        assert len(references[name]) == len(mini.reference_paths(mini.subject(name)))
        np.testing.assert_allclose(generated[0][name], references[name][list(PROMPTS)], atol=1e-4)
    assert list((tmp_path / "cache" / "embeddings").glob("*/*/*.vec"))  # the next time nothing is embedded


def test_an_encoder_that_did_not_score_the_run_draws_no_map(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    folder = changed(handed_in["own"], tmp_path / "other", encoders={"dino": "0" * 64, "clip": "0" * 64})
    data = plot_data([read_finished(folder)])
    assert data.embeddings is None
    assert data.why_no_embeddings.startswith("The encoder 'dino' here is not the one that scored")


def test_paths_that_lead_out_of_the_images_are_not_opened(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    folder = changed(handed_in["own"], tmp_path / "bad")
    table = pd.read_parquet(folder / "scores.parquet")
    table.assign(path="../../../../etc/passwd").to_parquet(folder / "scores.parquet")
    data = plot_data([read_finished(rehashed(folder, images=handed_in["own"].parent / "own-images"))])
    assert data.embeddings is None
    assert "which lies outside" in data.why_no_embeddings


def test_runs_of_other_prompts_are_refused(handed_in: Mapping[str, Path], tmp_path: Path) -> None:
    fewer = tmp_path / "fewer"
    images = handed_in["own"].parent / "own-images"
    scope: dict[str, Any] = {"subjects": SUBJECTS, "prompts": PROMPTS[:2], "images_per_prompt": 1, "metrics": ["dino"]}
    score(images, suite="mini", out=fewer, device="cpu", **scope)
    with pytest.raises(UserError, match="different subjects or prompts"):
        data_of(handed_in["own"], fewer)
