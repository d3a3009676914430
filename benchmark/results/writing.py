"""The files that scores are written to."""

import io
import os
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.declarations.in_words import protocol_in_words
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.recorded import RecordedProtocol
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.results.summary import IMAGES_TABLE, SUBJECTS_TABLE, SUMMARY_FILE, About, Summary
from dreambench.benchmark.scoring.copying import find_copying
from dreambench.benchmark.scoring.evaluate import Evaluation
from dreambench.benchmark.scoring.summary import means_of, summarise
from dreambench.benchmark.scoring.tables import Scores
from dreambench.benchmark.scoring.yardsticks import REAL_IMAGES
from dreambench.dataset.files import json_bytes, write_together
from dreambench.dataset.hashing import sha256_bytes

if TYPE_CHECKING:
    import pandas as pd


def summary_of(
    evaluation: Evaluation,
    *,
    about: About,
    protocol: Protocol,
    encoders: Mapping[str, str | None],
    seconds: Mapping[str, float],
    environment: Environment,
) -> Summary:
    """The summary of an evaluation.

    Args:
        evaluation: scores and yardsticks.
        about: what was scored.
        protocol: how.
        encoders: each encoder's fingerprint by role.
        seconds: spent on "train" and "sample", if known.
        environment: what the scores were made with.
    """
    infos = evaluation.scores.metrics
    return Summary(
        **vars(about.model_copy(update={"prior_images": dict(evaluation.priors)})),
        **vars(summarise(evaluation.scores, protocol, expected=evaluation.expected)),
        protocol=RecordedProtocol.of(protocol),
        protocol_in_words=tuple(protocol_in_words(protocol)),
        fingerprint=protocol.fingerprint(encoders),
        encoders=dict(encoders),
        metrics=infos,
        prompts=evaluation.prompts,
        beside={name: means_of(scores.subjects, infos, protocol.pooling) for name, scores in evaluation.yardsticks.items()},
        copying=find_copying(evaluation.scores, evaluation.yardsticks.get(REAL_IMAGES)),
        seconds={**seconds, "score": round(evaluation.seconds, 3)},
        environment=environment,
    )


def write_scores(folder: Path, scores: Scores, summary: Summary, *, images: Path) -> Summary:
    """Write scores.parquet, subjects.parquet and, last, summary.json with the hashes of the two; each whole or not at all.

    An earlier summary there is gone before the first table is replaced, and stays where there is no room for the new files.

    Each table carries the protocol's name and fingerprint in its metadata (pandas: `attrs`), should it leave the folder.

    Args:
        folder: where they go.
        scores: the tables.
        summary: of them.
        images: the folder that the `path` column is written relative to: a run's own, so that runs can be moved, or the
            one that was scored.

    Returns:
        The summary as it was written.
    """
    root = os.path.abspath(images)  # noqa: PTH100  # names as they are: a link is not followed
    paths = [Path(os.path.abspath(path)) for path in scores.images["path"]]  # noqa: PTH100
    table = scores.images.assign(path=[path.relative_to(root).as_posix() for path in paths])
    made_under: dict[Hashable | None, object] = {"protocol": summary.protocol.name, "fingerprint": summary.fingerprint}
    tables = {}
    for name, frame in ((IMAGES_TABLE, table), (SUBJECTS_TABLE, scores.subjects)):
        labelled = frame.copy(deep=False)
        labelled.attrs = made_under
        tables[name] = parquet_bytes(labelled)
    hashes = {name: sha256_bytes(data) for name, data in tables.items()}
    written = summary.model_copy(update={"tables": hashes}).sealed()
    write_together(folder, {**tables, SUMMARY_FILE: json_bytes(written.model_dump(mode="json"))})
    return written


def parquet_bytes(frame: "pd.DataFrame") -> bytes:
    """A frame as a parquet file."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
