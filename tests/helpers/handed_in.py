"""Scored folders whose images are reference images handed in as generated: nothing is trained, and what is nearest is known."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rehashed import rehashed
from scored_folders import hashes_below

from dreambench.dataset.collection import Dataset, load_dataset

SUBJECTS = ("can", "cat", "dog")
PROMPTS = (0, 1, 2)


@pytest.fixture(scope="session")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Two folders of `score` under the suite mini: "own", each subject's own reference images, and "others", a stranger's."""
    root = tmp_path_factory.mktemp("handed_in")
    dataset = load_dataset("mini")
    strangers = dict(zip(SUBJECTS, (*SUBJECTS[1:], SUBJECTS[0]), strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DREAMBENCH_CACHE", str(tmp_path_factory.mktemp("handed_in_cache")))
        for method, whose in (("own", {name: name for name in SUBJECTS}), ("others", strangers)):
            _score(dataset, root, method=method, whose=whose)
    return {method: root / method for method in ("own", "others")}


def _score(dataset: Dataset, root: Path, *, method: str, whose: Mapping[str, str]) -> None:
    from dreambench.benchmark.api.score import score

    images = root / f"{method}-images"
    for name, other in whose.items():
        files = dataset.reference_paths(dataset.subject(other))
        for prompt in PROMPTS:
            target = images / name / f"{prompt:02d}" / "0.png"
            target.parent.mkdir(parents=True)
            shutil.copy(files[prompt], target)
    scope: dict[str, Any] = {"subjects": SUBJECTS, "prompts": PROMPTS, "images_per_prompt": 1}
    score(images, suite="mini", name=method, out=root / method, device="cpu", **scope)


def changed(folder: Path, copy: Path, **fields: Any) -> Path:
    """A copy of a scored folder beside it, with other fields in its summary."""
    shutil.copytree(folder, copy)
    summary = json.loads((copy / "summary.json").read_text())
    summary["images"] = str((folder / summary["images"]).resolve())
    (copy / "summary.json").write_text(json.dumps(summary | fields))
    return rehashed(copy, images=Path(summary["images"]))


def made_otherwise(folder: Path, *keys: str) -> list[dict[str, Any]]:
    """A folder's metrics, of which some (without keys: all) were made in another way."""
    metrics: list[dict[str, Any]] = json.loads((folder / "summary.json").read_text())["metrics"]
    return [metric | {"fingerprint": "0" * 12} if not keys or metric["key"] in keys else metric for metric in metrics]


def as_run(folder: Path, root: Path, *, method: str) -> Path:
    """A scored folder as a run of `bench run`: its images lie in it, and it has a run.json and manifests of its units."""
    from dreambench.benchmark.declarations.suite import load_suite, resolved_toml
    from dreambench.benchmark.results.finished import read_finished
    from dreambench.benchmark.runs.record import RunRecord, SelectionRecord
    from dreambench.benchmark.runs.units import UnitManifest, UnitSeconds, write_manifest

    summary = read_finished(folder).summary
    changed(folder, root, method=method, images=None)
    shutil.copytree(folder / str(summary.images), root / "images")
    table = pd.read_parquet(root / "scores.parquet")
    table.assign(path="images/" + table["path"]).to_parquet(root / "scores.parquet")
    record = RunRecord(
        suite="mini",
        method=method,
        seed=0,
        settings={},
        selection=SelectionRecord(subjects=SUBJECTS, prompts=PROMPTS, images_per_prompt=1),
        prior_images=0,
        dataset=summary.dataset,
        base_model="0" * 64,
        sampler={"steps": 2},
        protocol=summary.protocol,
        fingerprint=summary.fingerprint,
        encoders="0" * 64,
        suite_file=resolved_toml(load_suite("mini")),
    )
    (root / "run.json").write_text(record.model_dump_json())
    for number, name in enumerate(SUBJECTS):
        manifest = UnitManifest(
            key="k",
            subject=name,
            images=hashes_below(root, f"images/{name}"),
            prior={},
            losses=(),
            steps=0,
            details={},
            seconds=UnitSeconds(train=10.0 * number, sample=5.0),
            peak_memory_bytes=10**9 + number,
            peak_device_memory_bytes=None,
            environment={},
        )
        write_manifest(root / "units" / f"{name}.json", manifest)
    return rehashed(root)
