"""Whether a run's scores are of the images that its units made: the summary and the table held against the manifests."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.results.summary import IMAGES_TABLE, Summary, scored_hash
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.record import RunRecord
from dreambench.benchmark.runs.units import UnitManifest, read_manifest
from dreambench.benchmark.scoring.tables import SHA256

if TYPE_CHECKING:
    import pandas as pd


def read_manifests(root: Path, subjects: Sequence[str]) -> Mapping[str, UnitManifest]:
    """Subject -> the manifest of its unit, of those that can be read."""
    folder = RunFolder(root)
    found = {subject: read_manifest(folder.manifest_file(subject)) for subject in subjects}
    return {subject: manifest for subject, manifest in found.items() if manifest is not None}


def manifest_faults(
    root: Path, summary: Summary, record: RunRecord | None, images: "pd.DataFrame | None" = None
) -> Iterator[str]:
    """Where a run's scores are not those of its manifests, as clauses; nothing for a folder of `bench score`.

    Args:
        root: the run's folder.
        summary: of the scores.
        record: of the run; None for a folder of `bench score`.
        images: the table of images, if its hashes are to be held against the manifests'.
    """
    folder = RunFolder(root)
    if record is None or (summary.scored_from is None and not summary.manifests):
        return
    subjects = record.selection.subjects
    if summary.manifests:
        there = folder.manifest_hashes(subjects)
        for subject, digest in summary.manifests.items():
            if there.get(subject) != digest:
                name = folder.relative(folder.manifest_file(subject))
                yield f"{name} is {'another one' if subject in there else 'missing'}"
        if images is None or SHA256 not in images.columns:
            return
    elif not folder.manifest_file(subjects[0]).parent.is_dir():
        return  # a reference run is shipped without its units
    manifests = read_manifests(root, subjects)
    lacking = [subject for subject in subjects if subject not in manifests]
    if lacking:
        yield f"{folder.relative(folder.manifest_file(lacking[0]))} is missing, or cannot be read"
        return
    hashes = scored_hash([manifests[subject].files() for subject in subjects], summary.fingerprint)
    if summary.scored_from is not None and hashes != summary.scored_from:
        yield "the manifests in units/ have hashes of other images than those that were scored"
    if images is not None and SHA256 in images.columns:
        known = {path: digest for manifest in manifests.values() for path, digest in manifest.images.items()}
        for path, digest in zip(images["path"], images[SHA256], strict=True):
            if known.get(path) != digest:
                yield f"{IMAGES_TABLE} has another hash for {path} than its unit's manifest"
