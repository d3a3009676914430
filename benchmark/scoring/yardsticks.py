"""What stands beside a run's scores: rows that no method made, so that a reader sees how far a number is from what.

All come from the reference images' embeddings, so they cost nothing and are always there.

- `real_images`: each reference image against the subject's others. A method above it is copying.
- `copy_reference`: the references passed off as generated images, each meeting itself: what copying earns.
- `impostor`: the reference images of *other* subjects of the same class, scored as if they were generated. The distance from
  it to `real_images` is the distance from "some dog" to "this dog".
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.metrics import Features, Gallery, Metric
from dreambench.benchmark.metrics.metric import Need
from dreambench.benchmark.scoring.prompts import prompt_texts, text_features
from dreambench.benchmark.scoring.references import ReferenceFeatures, galleries_among
from dreambench.benchmark.scoring.score import roles_needing, rows_of, scaled, subject_row
from dreambench.benchmark.scoring.tables import Scores, image_table, keys_of, subject_table
from dreambench.dataset.collection import Dataset
from dreambench.dataset.subjects import Subject

REAL_IMAGES: Final = "real_images"
COPY_REFERENCE: Final = "copy_reference"
IMPOSTOR: Final = "impostor"
NO_PROMPT: Final = -1
SelfPairs = Literal["left_out", "counted"]
#: What an impostor can be asked: it answers no prompt, has no model, and is itself in the gallery.
_OF_IMPOSTORS: Final[frozenset[Need]] = frozenset({"images", "references", "all_references", "files"})


def real_images(
    subjects: Sequence[Subject],
    protocol: Protocol,
    references: Mapping[str, ReferenceFeatures],
    *,
    self_pairs: SelfPairs = "left_out",
    galleries: Mapping[str, Gallery] | None = None,
    fingerprints: Mapping[str, str | None] | None = None,
) -> Scores:
    """Each reference image against the subject's other references: the paper's "Real Images" row.

    Real images answer no prompt and have no model: metrics that need one are NaN; `prompt_index` is NO_PROMPT and
    `image_index` the reference's number. A subject with one reference image has no pair and gets NaN.

    Args:
        subjects: whose images.
        protocol: which of the references count, and the scale.
        references: by subject id.
        self_pairs: whether an image's cosine with itself, 1, counts. The paper does not say; it lifts the row.
        galleries: all subjects' reference images by role; None: those of `references`.
        fingerprints: the encoders', for the metrics' own.
    """
    infos = protocol.infos(fingerprints)
    galleries = galleries_among(references, roles=_gallery_roles(protocol)) if galleries is None else galleries
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        count = len(reference.paths)
        n_pairs = np.full(count, len(reference.compared))
        if self_pairs == "left_out":
            n_pairs[reference.compared] -= 1
        features = Features(
            subject=subject.id,
            images=reference.embeddings,
            references=reference.embeddings,
            compared=reference.compared,
            galleries=galleries,
            files=reference.paths,
            own_rows=np.arange(count),
        )
        values = {
            key: _real(protocol.metrics[key], features, protocol, self_pairs=self_pairs) for key in keys_of(infos, "image")
        }
        kept = np.flatnonzero(n_pairs > 0)
        rows = rows_of(
            subject,
            _frame(reference.paths, NO_PROMPT).iloc[kept],
            [""] * len(kept),
            {key: value[kept] for key, value in values.items()},
        )
        image_rows += rows
        nothing = dict.fromkeys(keys_of(infos, "subject"), float("nan"))
        subject_rows.append(subject_row(subject, rows, infos, nothing, int(n_pairs.sum())))
    return Scores(image_table(image_rows, infos), subject_table(subject_rows, infos), infos)


def copy_reference(
    subjects: Sequence[Subject],
    prompt_indices: Sequence[int],
    *,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    references: Mapping[str, ReferenceFeatures],
    galleries: Mapping[str, Gallery] | None = None,
) -> Scores:
    """Every reference image handed in for every prompt, self-pairs included, as scoring a copier's output would.

    It differs from a scored run of the method `copy_reference` in that each reference counts once a prompt, whatever
    `images_per_prompt` (so under micro pooling a subject weighs by its number of references), and in that the pictures
    are not first fitted to the sampler's resolution. PRES is NaN: there is no prior. Diversity is NaN where it compares
    whole pictures, which may differ in size.

    Args:
        subjects: whose images.
        prompt_indices: the run's prompts; a subject gets those that its kind has.
        dataset: for the prompts' texts.
        protocol: how.
        encoders: for the texts.
        references: by subject id.
        galleries: as in `real_images`.
    """
    infos = protocol.infos(encoders.fingerprints())
    galleries = galleries_among(references, roles=_gallery_roles(protocol)) if galleries is None else galleries
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        known = {prompt.index for prompt in dataset.prompts(subject)}
        prompts = [index for index in prompt_indices if index in known]
        texts = prompt_texts(subject, prompts, dataset, form=protocol.text)
        embedded = text_features(texts, encoders, roles=roles_needing(protocol, "texts", encoders))
        count = len(reference.paths)
        values: dict[str, NDArray[np.float64]] = {}
        rows: list[dict[str, Any]] = []
        for number, (prompt_index, text) in enumerate(zip(prompts, texts, strict=True)):
            features = Features(
                subject=subject.id,
                images=reference.embeddings,
                references=reference.embeddings,
                compared=reference.compared,
                texts={role: np.broadcast_to(rows_[number], (count, rows_.shape[1])) for role, rows_ in embedded.items()},
                galleries=galleries,
                prompts=np.full(count, prompt_index),
                files=reference.paths,
            )
            for key, metric in protocol.metrics.items():
                if number == 0 or "texts" in metric.needs:  # the others are the same for every prompt
                    values[key] = scaled(metric, metric.scores(features), protocol)
            by_image = {key: values[key] for key in keys_of(infos, "image")}
            rows += rows_of(subject, _frame(reference.paths, prompt_index), [text] * count, by_image)
        image_rows += rows
        by_subject = {key: float(values[key][0]) if key in values else float("nan") for key in keys_of(infos, "subject")}
        subject_rows.append(subject_row(subject, rows, infos, by_subject, len(rows) * len(reference.compared)))
    return Scores(image_table(image_rows, infos), subject_table(subject_rows, infos), infos)


def impostor(
    subjects: Sequence[Subject],
    protocol: Protocol,
    references: Mapping[str, ReferenceFeatures],
    *,
    others: Mapping[str, Sequence[str]],
    fingerprints: Mapping[str, str | None] | None = None,
) -> Scores:
    """The reference images of the other subjects of a subject's class, scored as if they were generated for it.

    A subject whose class noun no other subject has is left out: its values are NaN and it has no image.

    Args:
        subjects: that are scored.
        protocol: which of a subject's references count, and the scale.
        references: by subject id, also of the others.
        others: subject id -> the ids of the other subjects of its class.
        fingerprints: the encoders', for the metrics' own.
    """
    infos = protocol.infos(fingerprints)
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        strangers = [references[name] for name in others.get(subject.id, ())]
        paths = tuple(path for stranger in strangers for path in stranger.paths)
        rows: list[dict[str, Any]] = []
        if paths:
            features = Features(
                subject=subject.id,
                images={
                    role: np.concatenate([stranger.embeddings[role] for stranger in strangers]) for role in reference.embeddings
                },
                references=reference.embeddings,
                compared=reference.compared,
                prompts=np.full(len(paths), NO_PROMPT),
                files=paths,
                parts=reference.parts,
            )
            values = {}
            for key in keys_of(infos, "image"):
                metric = protocol.metrics[key]
                can_answer = metric.needs <= _OF_IMPOSTORS and (
                    metric.encoder is None or metric.encoder in reference.embeddings
                )
                values[key] = scaled(metric, metric.scores(features), protocol) if can_answer else np.full(len(paths), np.nan)
            rows = rows_of(subject, _frame(paths, NO_PROMPT), [""] * len(paths), values)
        image_rows += rows
        nothing = dict.fromkeys(keys_of(infos, "subject"), float("nan"))
        subject_rows.append(subject_row(subject, rows, infos, nothing, len(rows) * len(reference.compared)))
    return Scores(image_table(image_rows, infos), subject_table(subject_rows, infos), infos)


def same_class(dataset: Dataset, subjects: Sequence[Subject]) -> dict[str, list[str]]:
    """Subject id -> the ids of the dataset's other subjects with the same class noun; those that have none are left out."""
    found = {}
    for subject in subjects:
        others = [other.id for other in dataset.subjects if other.class_noun == subject.class_noun and other.id != subject.id]
        if others:
            found[subject.id] = others
    return found


def _real(metric: Metric, features: Features, protocol: Protocol, *, self_pairs: SelfPairs) -> NDArray[np.float64]:
    """A metric's values of a subject's real images: [n]; NaN throughout where real images have none."""
    count = len(features.own_rows) if features.own_rows is not None else 0
    if metric.encoder is not None and metric.encoder not in features.references:
        return np.full(count, np.nan)
    counts_itself = self_pairs == "counted" and metric.averages == "pairs"
    values = metric.scores(features) if counts_itself else metric.real_scores(features)
    return np.full(count, np.nan) if values is None else scaled(metric, values, protocol)


def _gallery_roles(protocol: Protocol) -> list[str]:
    return [metric.role() for metric in protocol.metrics.values() if "gallery" in metric.needs]


def _frame(paths: Sequence[Path], prompt_index: int) -> pd.DataFrame:
    return pd.DataFrame({"prompt_index": prompt_index, "image_index": range(len(paths)), "path": [str(path) for path in paths]})
