"""Scoring a set of images together with the yardsticks that stand beside it."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import EmbeddingCache, Encoders
from dreambench.benchmark.metrics.features import Part
from dreambench.benchmark.scoring.hashed import ScoredFiles
from dreambench.benchmark.scoring.references import divided, embed_references, make_galleries
from dreambench.benchmark.scoring.score import roles_needing, score
from dreambench.benchmark.scoring.tables import Scores
from dreambench.benchmark.scoring.yardsticks import (
    COPY_REFERENCE,
    IMPOSTOR,
    REAL_IMAGES,
    copy_reference,
    impostor,
    real_images,
    same_class,
)
from dreambench.dataset.collection import Dataset
from dreambench.dataset.hashing import FileHashes
from dreambench.dataset.prompts import Prompt

#: Called with (done, total, seconds so far): image files.
OnScored = Callable[[int, int, float], None]
#: Subject id -> which of its reference images the method saw, and which were kept back.
Parts = Mapping[str, Mapping[Part, Collection[Path]]]
_UNDIVIDED: Final[Parts] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Scores of some images, and of what is shown beside them.

    Attributes:
        scores: of the images.
        yardsticks: name -> scores under the same protocol.
        seconds: that it all took.
        prompts: the dataset's; empty for the official ones.
        priors: "subject/k.ending" -> SHA-256, for every prior image that was read.
        expected: images that the protocol asks for of all the subjects and prompts that were wanted; None: as many as there are
            by the subjects that have any.
    """

    scores: Scores
    yardsticks: Mapping[str, Scores]
    seconds: float
    prompts: tuple[Prompt, ...] = ()
    priors: Mapping[str, str] = field(default_factory=dict)
    expected: int | None = None


def evaluate(
    images: pd.DataFrame,
    *,
    priors: pd.DataFrame | None,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    on_scored: OnScored,
    cache: EmbeddingCache | None = None,
    expected: int | None = None,
    parts: Parts = _UNDIVIDED,
) -> Evaluation:
    """Score images, and the yardsticks for the same subjects and prompts.

    Args:
        images: columns subject, prompt_index, image_index, path (absolute, or from the working directory).
        priors: columns subject, image_index, path; None when there are none.
        dataset: whose reference images; those of all subjects are looked through, also where few are scored.
        protocol: how.
        encoders: loaded for that protocol.
        on_scored: told how far it is.
        cache: of embeddings made before; None makes all anew.
        expected: how many images were wanted, subjects that are absent whole included; None where nobody says.
        parts: of the reference images, for metrics that compare with a part; those that are not named have no such value.

    Raises:
        UserError: as `score`; or a file was changed while it was being scored.
    """
    started = time.perf_counter()
    files = ScoredFiles(images, priors if protocol.prior_images else None, FileHashes() if cache is None else cache.hashes)
    encoders = replace(encoders, cache=cache)
    subjects = [dataset.subject(name) for name in sorted(images["subject"].unique())]
    prompts = sorted(int(index) for index in images["prompt_index"].unique())
    references = divided(embed_references(dataset, subjects, protocol, encoders), parts)
    galleries = make_galleries(
        dataset, encoders, references, reading=protocol.reading, roles=roles_needing(protocol, "gallery", encoders)
    )
    scores = score(
        files.images,
        priors=priors,
        dataset=dataset,
        protocol=protocol,
        encoders=encoders,
        on_progress=lambda done, total: on_scored(done, total, time.perf_counter() - started),
        references=references,
        galleries=galleries,
    )
    others = same_class(dataset, subjects)
    strangers = [
        dataset.subject(name) for name in sorted({name for names in others.values() for name in names} - set(references))
    ]
    # Strangers are only shown, never compared with: whichever of their references the protocol would take does not matter.
    everybody = dict(references) | dict(
        embed_references(dataset, strangers, protocol.model_copy(update={"references": "all"}), encoders)
    )
    prints = encoders.fingerprints()
    yardsticks = {
        REAL_IMAGES: real_images(subjects, protocol, references, galleries=galleries, fingerprints=prints),
        COPY_REFERENCE: copy_reference(
            subjects,
            prompts,
            dataset=dataset,
            protocol=protocol,
            encoders=encoders,
            references=references,
            galleries=galleries,
        ),
        IMPOSTOR: impostor(subjects, protocol, everybody, others=others, fingerprints=prints),
    }
    files.check()
    if cache is not None:
        cache.trim()
    return Evaluation(scores, yardsticks, time.perf_counter() - started, dataset.own_prompts, files.priors, expected)
