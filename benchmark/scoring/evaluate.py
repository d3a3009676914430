"""Scoring a run's images, and the files that scores are written to."""

import io
import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import EmbeddingCache, Encoders
from dreambench.dataset.collection import Dataset
from dreambench.dataset.files import atomic_write_bytes, write_json
from dreambench.dataset.hashing import sha256_json

if TYPE_CHECKING:
    import pandas as pd

    from dreambench.benchmark.scoring.tables import Scores

#: Called with (done, total, seconds so far): image files.
OnScored = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Evaluation:
    """Scores of some images, and of what is shown beside them.

    Attributes:
        scores: of the images.
        beside: anchor's name -> its scores under the same protocol.
        seconds: that it all took.
    """

    scores: "Scores"
    beside: "Mapping[str, Scores]"
    seconds: float


def evaluate(
    images: "pd.DataFrame",
    priors: "pd.DataFrame | None",
    *,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    on_scored: OnScored,
    cache: EmbeddingCache | None = None,
) -> Evaluation:
    """Score images, and the anchors for the same subjects and prompts.

    Args:
        images: columns subject, prompt_index, image_index, path (absolute, or from the working directory).
        priors: columns subject, image_index, path; None when PRES is undefined.
        dataset: whose reference images; those of all subjects are looked through, also where few are scored.
        protocol: how.
        encoders: loaded for that protocol.
        on_scored: told how far it is.
        cache: of embeddings made before; None makes all anew.
    """
    from dreambench.benchmark.scoring.likeness import dino_gallery
    from dreambench.benchmark.scoring.references import embed_references
    from dreambench.benchmark.scoring.score import score
    from dreambench.benchmark.scoring.yardsticks import COPY_REFERENCE, REAL_IMAGES, copy_reference, real_images

    started = time.perf_counter()
    encoders = replace(encoders, cache=cache)
    subjects = [dataset.subject(name) for name in sorted(images["subject"].unique())]
    prompts = sorted(int(index) for index in images["prompt_index"].unique())
    references = embed_references(dataset, subjects, protocol, encoders)
    gallery = dino_gallery(dataset, encoders, references)
    scores = score(
        images,
        priors,
        dataset,
        protocol,
        encoders,
        lambda done, total: on_scored(done, total, time.perf_counter() - started),
        references=references,
        gallery=gallery,
    )
    beside = {
        REAL_IMAGES: real_images(subjects, protocol, references, gallery=gallery),
        COPY_REFERENCE: copy_reference(subjects, prompts, dataset, protocol, encoders, references, gallery=gallery),
    }
    if cache is not None:
        cache.trim()
    return Evaluation(scores, beside, time.perf_counter() - started)


def summary_record(
    evaluation: Evaluation,
    *,
    protocol: Protocol,
    fingerprint: str,
    about: Mapping[str, Any],
    seconds: Mapping[str, float],
    environment: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of summary.json: what was scored (`about`), the summary, the share of images that look copied under
    "copying", and the anchors' numbers under "beside"."""
    from dreambench.benchmark.scoring.copying import find_copying
    from dreambench.benchmark.scoring.summary import summarise
    from dreambench.benchmark.scoring.yardsticks import REAL_IMAGES

    summary = summarise(
        evaluation.scores,
        protocol,
        fingerprint,
        seconds={**seconds, "score": round(evaluation.seconds, 3)},
        environment=environment,
    )
    beside = {name: summarise(scores, protocol, fingerprint)["overall"] for name, scores in evaluation.beside.items()}
    copying = find_copying(evaluation.scores, evaluation.beside.get(REAL_IMAGES))
    return {**about, **summary, "copying": None if copying is None else copying.record(), "beside": beside}


def write_scores(folder: Path, scores: "Scores", summary: Mapping[str, Any], *, relative_to: Path | None = None) -> None:
    """Write scores.parquet, subjects.parquet and, last, summary.json; each whole or not at all.

    Each table carries the protocol's name and fingerprint in its metadata (pandas: `attrs`), should it leave the folder.

    Args:
        relative_to: the `path` column is written relative to this folder (a run's own), so that runs can be moved.
    """
    images = scores.images
    if relative_to is not None:
        images = images.assign(path=[Path(path).relative_to(relative_to).as_posix() for path in images["path"]])
    made_under: dict[Hashable | None, Any] = {key: summary.get(key) for key in ("protocol", "fingerprint")}
    for name, frame in (("scores.parquet", images), ("subjects.parquet", scores.subjects)):
        labelled = frame.copy(deep=False)
        labelled.attrs = made_under
        atomic_write_bytes(folder / name, parquet_bytes(labelled))
    write_json(folder / "summary.json", without_nan(dict(summary)))


def parquet_bytes(frame: "pd.DataFrame") -> bytes:
    """A frame as a parquet file."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def scored_hash(images: Sequence[Mapping[str, str]], fingerprint: str) -> str:
    """What a summary was made from: hashes of all images, and the fingerprint. Equal hashes, equal scores."""
    return sha256_json([fingerprint, *(dict(each) for each in images)])


def without_nan(value: Any) -> Any:
    """JSON values with NaN and infinities turned into null, which is all that JSON can say."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return value
