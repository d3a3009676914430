"""From images to scores: embed each image once, then let each metric turn embeddings into numbers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.encoders.encoder import PictureDistance
from dreambench.benchmark.encoders.remembered import remembered_distances
from dreambench.benchmark.metrics import Features, Gallery, Metric, MetricInfo
from dreambench.benchmark.metrics.diversity import picture_diversity
from dreambench.benchmark.metrics.features import WithinPrompts
from dreambench.benchmark.metrics.metric import Need
from dreambench.benchmark.scoring.completeness import refuse_incomplete_images, refuse_incomplete_priors
from dreambench.benchmark.scoring.prompts import prompt_texts, text_features
from dreambench.benchmark.scoring.references import ReferenceFeatures, embed_by_role, embed_references, make_galleries
from dreambench.benchmark.scoring.tables import FAMILY, N_PAIRS, SHA256, Scores, image_table, keys_of, subject_table
from dreambench.dataset.collection import Dataset
from dreambench.dataset.images import Reading
from dreambench.dataset.kinds import NO_FAMILY
from dreambench.dataset.subjects import Subject

OnProgress = Callable[[int, int], None]
_NO_PRIORS: Final = pd.DataFrame({"subject": [], "image_index": [], "path": []})


def score(
    images: pd.DataFrame,
    *,
    priors: pd.DataFrame | None,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    on_progress: OnProgress | None = None,
    references: Mapping[str, ReferenceFeatures] | None = None,
    galleries: Mapping[str, Gallery] | None = None,
) -> Scores:
    """Score generated images under a protocol.

    Every metric of the protocol gets a subject's embeddings and answers with numbers, an image's or the subject's; a
    subject's value of an image's metric is the mean over its images. Memory does not grow with the pictures, only with
    their embeddings.

    Args:
        images: columns subject, prompt_index, image_index, path: every subject with the same prompts, as far as its kind has
            them, and with `protocol.images_per_prompt` images for each; what becomes of others the protocol says. A column
            SHA256 is handed on.
        priors: columns subject, image_index, path, `protocol.prior_images` a subject; None for a method without a
            prior, whose PRES is NaN.
        dataset: whose reference images and prompts are meant.
        protocol: how.
        encoders: loaded for that protocol.
        on_progress: told (done, total) in image files, references and priors included.
        references: embeddings from `embed_references` for the same protocol and encoders, to save making them again.
        galleries: all subjects' reference images by role, from `make_galleries`, likewise.

    Raises:
        UserError: images are missing or surplus, a file is not a picture, or a subject or prompt is unknown.
    """
    subjects = [dataset.subject(subject_id) for subject_id in sorted(images["subject"].unique())]
    images, priors = _admitted(images, priors, protocol, dataset, subjects)
    n_references = sum(len(dataset.reference_paths(subject)) for subject in subjects) if references is None else 0
    total = len(images) * (bool(encoders.embedding) + len(encoders.distance)) + len(priors) + n_references
    progress = _Progress(on_progress, total=total)
    if references is None:
        references = embed_references(dataset, subjects, protocol, encoders, on_done=progress.add)
    if galleries is None:
        galleries = make_galleries(
            dataset, encoders, references, reading=protocol.reading, roles=roles_needing(protocol, "gallery", encoders)
        )
    reading = protocol.reading
    embedded = embed_by_role(_paths(images), encoders.embedding, reading=reading, cache=encoders.cache, on_done=progress.add)
    prior_encoders = {role: encoders.embedding[role] for role in roles_needing(protocol, "priors", encoders)}
    embedded_priors = embed_by_role(_paths(priors), prior_encoders, reading=reading, cache=encoders.cache, on_done=progress.add)
    distances = {
        role: _within_prompts(distance, encoders, reading, progress.add) for role, distance in encoders.distance.items()
    }
    infos = protocol.infos(encoders.fingerprints())

    families = {(prompt.kind, prompt.index): prompt.family for prompt in dataset.own_prompts}
    if set(families.values()) <= {NO_FAMILY}:
        families = {}
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        mine = np.flatnonzero((images["subject"] == subject.id).to_numpy())
        own_priors = np.flatnonzero((priors["subject"] == subject.id).to_numpy())
        own = images.iloc[mine].reset_index(drop=True)
        prompts = own["prompt_index"].to_numpy(dtype=np.int64)
        texts = prompt_texts(subject, prompts.tolist(), dataset, form=protocol.text)
        features = Features(
            subject=subject.id,
            images={role: vectors[mine] for role, vectors in embedded.items()},
            references=references[subject.id].embeddings,
            compared=references[subject.id].compared,
            texts=text_features(texts, encoders, roles=roles_needing(protocol, "texts", encoders)),
            priors={role: vectors[own_priors] for role, vectors in embedded_priors.items()},
            galleries=galleries,
            prompts=prompts,
            files=tuple(_paths(own)),
            distances=distances,
            parts=references[subject.id].parts,
        )
        values = {key: scaled(metric, metric.scores(features), protocol) for key, metric in protocol.metrics.items()}
        rows = rows_of(subject, own, texts, {key: values[key] for key in keys_of(infos, "image")})
        if families:
            rows = [{**row, FAMILY: families[subject.kind, row["prompt_index"]]} for row in rows]
        image_rows += rows
        n_pairs = len(rows) * len(references[subject.id].compared)
        subject_rows.append(
            subject_row(subject, rows, infos, {key: float(values[key][0]) for key in keys_of(infos, "subject")}, n_pairs)
        )
    return Scores(image_table(image_rows, infos), subject_table(subject_rows, infos), infos)


def roles_needing(protocol: Protocol, need: Need, encoders: Encoders) -> list[str]:
    """The roles of the encoders that embed pictures for metrics with a need, in the protocol's order."""
    roles = {metric.encoder for metric in protocol.metrics.values() if need in metric.needs}
    return [role for role in encoders.embedding if role in roles]


def scaled(metric: Metric, values: NDArray[np.float64], protocol: Protocol) -> NDArray[np.float64]:
    """A metric's values as the protocol has them."""
    return protocol.scale * values if metric.is_scaled else values


def rows_of(
    subject: Subject, images: pd.DataFrame, texts: Sequence[str], values: Mapping[str, NDArray[np.float64]]
) -> list[dict[str, Any]]:
    """The rows of a subject's images: with their texts and metrics' values [n].

    `images` has the columns prompt_index, image_index, path and, where files' hashes are known, SHA256.
    """
    about = {"subject": subject.id, "kind": subject.kind, "class_noun": subject.class_noun}
    columns = (images["prompt_index"].tolist(), texts, images["image_index"].tolist(), images["path"].tolist())
    hashes = images[SHA256].tolist() if SHA256 in images.columns else None
    return [
        {
            **about,
            "prompt_index": int(prompt_index),
            "prompt": text,
            "image_index": int(image_index),
            "path": str(path),
            **({} if hashes is None else {SHA256: str(hashes[row])}),
            **{key: float(value[row]) for key, value in values.items()},
        }
        for row, (prompt_index, text, image_index, path) in enumerate(zip(*columns, strict=True))
    ]


def subject_row(
    subject: Subject,
    rows: Sequence[Mapping[str, Any]],
    infos: Sequence[MetricInfo],
    values: Mapping[str, float],
    n_pairs: int,
) -> dict[str, Any]:
    """A subject's row: means of its images' metrics, and the metrics that only a subject has."""
    means = {key: float(np.mean([row[key] for row in rows])) if rows else np.nan for key in keys_of(infos, "image")}
    about = {"subject": subject.id, "kind": subject.kind, "class_noun": subject.class_noun}
    return {**about, **means, **values, "n_images": len(rows), N_PAIRS: n_pairs}


def _admitted(
    images: pd.DataFrame, priors: pd.DataFrame | None, protocol: Protocol, dataset: Dataset, subjects: Sequence[Subject]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The images and prior images that the protocol takes, sorted."""
    if protocol.surplus_images == "ignore":
        images = images[images["image_index"] < protocol.images_per_prompt]
    refuse_incomplete_images(
        images,
        images_per_prompt=protocol.images_per_prompt,
        prompts=_prompts_by_subject(images, subjects, dataset),
        some_may_miss=protocol.missing_images == "skip",
    )
    if priors is None or protocol.prior_images == 0:
        priors = _NO_PRIORS
    else:
        refuse_incomplete_priors(priors, prior_images=protocol.prior_images, subjects=[subject.id for subject in subjects])
    images = images.sort_values(["subject", "prompt_index", "image_index"], ignore_index=True)
    return images, priors.sort_values(["subject", "image_index"], ignore_index=True)


def _prompts_by_subject(images: pd.DataFrame, subjects: Sequence[Subject], dataset: Dataset) -> dict[str, set[int]]:
    """What each subject must have images for: all prompts that any subject has and its own kind's list has too.

    A number that its list lacks stays where it has images for it, so that it is named as one that does not exist.
    """
    asked = {str(name): set(map(int, numbers)) for name, numbers in images.groupby("subject")["prompt_index"].unique().items()}
    anybodys = set().union(*asked.values())
    return {
        subject.id: asked[subject.id] | (anybodys & {prompt.index for prompt in dataset.prompts(subject)})
        for subject in subjects
    }


def _within_prompts(
    distance: PictureDistance, encoders: Encoders, reading: Reading, on_done: Callable[[int], None]
) -> WithinPrompts:
    """The mean distance within each prompt's images, kept in the cache."""

    def compute(prompts: Sequence[Sequence[Path]]) -> NDArray[np.float64]:
        return picture_diversity(prompts, distance, reading=reading, on_done=on_done)

    def remembered(prompts: Sequence[Sequence[Path]]) -> NDArray[np.float64]:
        return remembered_distances(
            prompts, compute, fingerprint=distance.fingerprint, reading=reading, cache=encoders.cache, on_done=on_done
        )

    return remembered


def _paths(frame: pd.DataFrame) -> list[Path]:
    return [Path(path) for path in frame["path"]]


class _Progress:
    """Adds up what several steps report."""

    def __init__(self, on_progress: OnProgress | None, *, total: int) -> None:
        self._on_progress, self._total, self._done = on_progress, total, 0

    def add(self, count: int) -> None:
        self._done += count
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)
