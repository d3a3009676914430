"""`bench plot`: folders with scores become pictures, and what is wrong is said in a sentence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from dreambench.benchmark.cli.commands import app
from dreambench.benchmark.reporting.plot_data import plot_data
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.scoring.tables import IMAGE_COLUMNS, IMAGE_METRICS, SUBJECT_COLUMNS, image_table, subject_table
from dreambench.dataset.collection import Dataset, load_dataset

NAMES = ("can", "cat", "dog")
Bench = Callable[..., Result]


@pytest.fixture(scope="module")
def mini() -> Dataset:
    return load_dataset("mini")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    return lambda *arguments: CliRunner().invoke(app, ["plot", *map(str, arguments)])


def scored_folder(root: Path, mini: Dataset, *, seed: int, fingerprint: str = "abc123", prompts: int = 3) -> Path:
    """What `bench score --out` writes, with made-up scores for reference images handed in as generated ones."""
    draw = np.random.default_rng(seed)
    root.mkdir(parents=True)
    images, subjects = [], []
    for name in NAMES:
        subject = mini.subject(name)
        references = mini.reference_paths(subject)
        for prompt in mini.prompts(subject)[:prompts]:
            path = root / "images" / name / f"{prompt.index:02d}" / "0.png"
            path.parent.mkdir(parents=True)
            shutil.copy(references[prompt.index], path)
            values = {key: float(draw.uniform(0.2, 0.9)) for key in IMAGE_METRICS}
            about = {"subject": name, "kind": subject.kind, "class_noun": subject.class_noun, "prompt_index": prompt.index}
            about |= {
                "prompt": prompt.text(subject.class_noun),
                "image_index": 0,
                "path": f"images/{name}/{prompt.index:02d}/0.png",
            }
            images.append(about | values)
        means = pd.DataFrame(images)[pd.DataFrame(images)["subject"] == name][list(IMAGE_METRICS)].mean().to_dict()
        about = {"subject": name, "kind": subject.kind, "class_noun": subject.class_noun, "n_images": prompts}
        subjects.append(about | means | {"pres": 0.1 * draw.normal(), "div": 0.2})
    assert set(images[0]) == set(IMAGE_COLUMNS)
    assert set(subjects[0]) == set(SUBJECT_COLUMNS)
    image_table(images).to_parquet(root / "scores.parquet")
    subject_table(subjects).to_parquet(root / "subjects.parquet")
    entry = {"label": "x", "ci95": [0.4, 0.6], "higher_is_better": True, "n": 3}
    overall = {key: entry | {"label": key.upper(), "mean": 0.5 + 0.01 * seed} for key in ("dino", "clip_i", "clip_t", "div")}
    overall["pres"] = entry | {"mean": None, "ci95": [None, None], "higher_is_better": False}
    summary: dict[str, Any] = {"suite": "mini", "protocol": "miniature", "fingerprint": fingerprint, "overall": overall}
    summary |= {
        "dataset": mini.record(),
        "images": str(root / "images"),
        "beside": {"real_images": {"dino": entry | {"mean": 0.9}}},
    }
    (root / "summary.json").write_text(json.dumps(summary))
    return root


def as_run(root: Path) -> Path:
    """The same folder as a run of `bench run`: it has a run.json, and manifests of its units."""
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.declarations.writing import to_toml
    from dreambench.benchmark.encoders.loading import load_protocols_dino
    from dreambench.benchmark.runs.units import UnitManifest, UnitSeconds, write_manifest

    suite = load_suite("mini")
    dino = load_protocols_dino(suite.encoders, load_protocol("miniature"))
    assert dino is not None
    record = {"suite_file": to_toml(suite.model_dump(exclude_none=True)), "encoder_fingerprints": {"dino": dino.fingerprint}}
    (root / "run.json").write_text(json.dumps(record))
    for place, name in enumerate(NAMES):
        manifest = UnitManifest(
            key="k",
            subject=name,
            images={},
            prior={},
            losses=(),
            steps=0,
            details={},
            seconds=UnitSeconds(train=10.0 * place, sample=5.0),
            peak_memory_bytes=10**9 + place,
            peak_device_memory_bytes=None,
            environment={},
        )
        write_manifest(root / "units" / f"{name}.json", manifest)
    return root


def test_plots_are_written_and_named(bench: Bench, mini: Dataset, tmp_path: Path) -> None:
    runs = [scored_folder(tmp_path / name, mini, seed=seed) for seed, name in enumerate(["first", "second"])]
    result = bench(*runs, "--out", "plots", "--only", "fidelity_prompt", "--only", "heat_map-difference-dino", "--only", "cost")
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == ["plots/fidelity_prompt.png", "plots/heat_map-difference-dino.png"]
    assert "cost is left out: No method's seconds are known" in result.stderr
    assert sorted(path.name for path in Path("plots").iterdir()) == ["fidelity_prompt.png", "heat_map-difference-dino.png"]
    again = bench(*runs, "--out", "svg", "--format", "svg", "--theme", "dark", "--only", "heat_map", "--json")
    found = json.loads(again.stdout)
    assert [each["name"] for each in found["plots"]] == [
        *(f"heat_map-{name}-{key}" for name in ("first", "second") for key in ("dino", "clip_t")),
        "heat_map-difference-dino",
        "heat_map-difference-clip_t",
    ]
    assert all(Path(each["file"]).read_bytes().startswith(b"<?xml") for each in found["plots"])


def test_the_record_has_the_runs_numbers(mini: Dataset, tmp_path: Path) -> None:
    run = read_finished(as_run(scored_folder(tmp_path / "run", mini, seed=4)))
    data = plot_data([run], with_embeddings=False)
    assert data.methods[0].label == "run"
    assert (data.methods[0].overall["dino"].mean, data.methods[0].overall["dino"].low) == (0.54, 0.4)
    assert data.methods[0].overall["pres"].mean is None
    assert data.beside["real_images"]["dino"].mean == 0.9
    assert [metric.key for metric in data.metrics][:3] == ["dino", "clip_i", "clip_t"]
    assert not data.metric("dino").label.islower()
    cost = data.methods[0].cost
    assert cost is not None
    assert cost.seconds == {"can": 5.0, "cat": 15.0, "dog": 25.0}
    assert cost.peak_memory_bytes == 10**9 + 2
    assert cost.peak_device_memory_bytes is None


def test_references_handed_in_lie_with_their_own_on_the_map(
    mini: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dreambench.reports.plots.embedding_map import nearest_own, project

    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    data = plot_data([read_finished(as_run(scored_folder(tmp_path / "run", mini, seed=0)))])
    assert data.embeddings is not None, data.why_no_embeddings
    assert nearest_own(data.embeddings, 0) == (9, 9)
    references, generated, _ = project(data.embeddings)
    for name in NAMES:
        assert len(references[name]) == len(mini.reference_paths(mini.subject(name)))
        np.testing.assert_allclose(generated[0][name], references[name][:3], atol=1e-4)
    assert list((tmp_path / "cache" / "embeddings").glob("*/*/*.vec"))  # the next time nothing is embedded


def test_an_encoder_that_did_not_score_the_run_draws_no_map(mini: Dataset, tmp_path: Path) -> None:
    root = as_run(scored_folder(tmp_path / "run", mini, seed=0))
    record = json.loads((root / "run.json").read_text())
    (root / "run.json").write_text(json.dumps(record | {"encoder_fingerprints": {"dino": "0" * 64}}))
    data = plot_data([read_finished(root)])
    assert data.embeddings is None
    assert data.why_no_embeddings.startswith("The DINO encoder here is not the one that scored")


def test_paths_that_lead_out_of_the_run_are_not_opened(mini: Dataset, tmp_path: Path) -> None:
    root = as_run(scored_folder(tmp_path / "run", mini, seed=0))
    frame = pd.read_parquet(root / "scores.parquet")
    frame.assign(path="../../../../etc/passwd").to_parquet(root / "scores.parquet")
    data = plot_data([read_finished(root)])
    assert data.embeddings is None
    assert "outside of the folder that was scored" in data.why_no_embeddings


def test_wrong_input_is_one_sentence(bench: Bench, mini: Dataset, tmp_path: Path) -> None:
    first = scored_folder(tmp_path / "first", mini, seed=0)
    other = scored_folder(tmp_path / "other", mini, seed=1, fingerprint="def456")
    fewer = scored_folder(tmp_path / "fewer", mini, seed=1, prompts=2)
    run = as_run(scored_folder(tmp_path / "run", mini, seed=1))
    (tmp_path / "file").touch()
    cases = [
        ([first, other, "--out", "o"], "fingerprint"),
        ([first, fewer, "--out", "o"], "different subjects or prompts"),
        ([first, first, "--out", "o"], "named twice"),
        ([tmp_path / "nothing", "--out", "o"], "There is no folder"),
        ([first, "--out", run], "is a run's folder"),
        ([first, "--out", "file"], "is a file"),
        ([first, "--out", "o", "--format", "gif"], "--format cannot be 'gif'"),
        ([first, "--out", "o", "--only", "heatmap"], "did you mean heat_map?"),
        ([first, "--out", "o", "--only", "heat_map-nobody-dino"], "There is no plot 'heat_map-nobody-dino'"),
        ([first, "--out", "o", "--only", "cost"], "Nothing could be drawn"),
    ]
    for arguments, sentence in cases:
        result = bench(*arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert sentence in result.stderr.splitlines()[-1]
