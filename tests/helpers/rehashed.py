"""Scored folders whose files a test changed on purpose: as if they had been written so, or by a version that kept no hashes."""

import json
from pathlib import Path

from dreambench.benchmark.results.own_scores import remember
from dreambench.dataset.hashing import sha256_file


def rehashed(folder: Path, *, images: Path | None = None) -> Path:
    """The folder with the hashes of the tables and manifests that lie there now, as scores that this user made."""
    summary = json.loads((folder / "summary.json").read_text())
    summary["tables"] = {name: sha256_file(folder / name) for name in ("scores.parquet", "subjects.parquet")}
    units = sorted((folder / "units").glob("*.json")) if (folder / "units").is_dir() else []
    summary["manifests"] = {path.stem: sha256_file(path) for path in units}
    summary["seal"] = None
    (folder / "summary.json").write_text(json.dumps(summary))
    remember(folder, images=images)
    return folder


def without_hashes(folder: Path, *, images: Path | None = None) -> Path:
    """The folder as dreambench 0.2 would have left it."""
    import pandas as pd

    table = pd.read_parquet(folder / "scores.parquet")
    table.drop(columns="sha256", errors="ignore").to_parquet(folder / "scores.parquet", index=False)
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("tables", "manifests", "prior_images", "seal", "options", "remarks"):
        summary.pop(name, None)
    (folder / "summary.json").write_text(json.dumps(summary))
    if images is not None:
        remember(folder, images=images)
    return folder
