"""The rows that stand beside a run's: real images against each other, and the references passed off as generated images.

Both come from the reference images' embeddings alone, so they cost nothing and are always there. They bracket subject
fidelity: a method above `real_images` is copying, and `copy_reference` shows what copying earns (its images meet
themselves among the references, which real images are spared).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from benchmark.encoders import Encoders
from benchmark.metrics import clip_i_scores, clip_t_scores, dino_scores, div_dino
from benchmark.metrics.cosine import mean_pair_cosines_without_self
from benchmark.protocols import Protocol
from benchmark.references import ReferenceFeatures, embed_references
from benchmark.scores import IMAGE_METRICS, Scores, image_table, subject_table
from benchmark.scoring import prompt_features
from dataset.collection import Dataset
from dataset.subjects import Subject

REAL_IMAGES: Final = "real_images"
COPY_REFERENCE: Final = "copy_reference"
NO_PROMPT: Final = -1


def anchor_scores(
    dataset: Dataset,
    subjects: Sequence[Subject],
    prompt_indices: Sequence[int],
    protocol: Protocol,
    encoders: Encoders,
    *,
    references: Mapping[str, ReferenceFeatures] | None = None,
) -> dict[str, Scores]:
    """Both anchors by name, for the subjects and prompts of a run; `references` saves embedding them again."""
    if references is None:
        references = embed_references(dataset, subjects, protocol, encoders)
    return {
        REAL_IMAGES: real_images(subjects, protocol, references),
        COPY_REFERENCE: copy_reference(subjects, prompt_indices, dataset, protocol, encoders, references),
    }


def real_images(subjects: Sequence[Subject], protocol: Protocol, references: Mapping[str, ReferenceFeatures]) -> Scores:
    """Each reference image against the subject's other references: the paper's "Real Images" row, without self-pairs.

    Real images answer no prompt and have no model, so CLIP-T, PRES and DIV are NaN; `prompt_index` is NO_PROMPT and
    `image_index` the reference's place. A subject with one reference image has no pair and gets NaN.
    """
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        dino = protocol.scale * mean_pair_cosines_without_self(reference.dino, reference.compared)
        clip_i = protocol.scale * mean_pair_cosines_without_self(reference.clip, reference.compared)
        rows = [
            _row(subject, NO_PROMPT, "", index, reference, dino=dino[index], clip_i=clip_i[index], clip_t=np.nan)
            for index in range(len(reference.paths))
            if np.isfinite(dino[index])
        ]
        image_rows += rows
        subject_rows.append(_subject_row(subject, rows, div=np.nan))
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def copy_reference(
    subjects: Sequence[Subject],
    prompt_indices: Sequence[int],
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    references: Mapping[str, ReferenceFeatures],
) -> Scores:
    """Every reference image handed in for every prompt, self-pairs included, as scoring a copier's output would.

    It differs from a scored run of the method `copy_reference` in that each reference counts once a prompt, whatever
    `images_per_prompt` (so under micro pooling a subject weighs by its number of references), and in that the pictures
    are not first fitted to the sampler's resolution. PRES is NaN: there is no prior.
    DIV is NaN under a protocol that measures it with LPIPS, which has no embeddings to take it from.
    """
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        dino = protocol.scale * dino_scores(reference.dino, reference.dino[reference.compared])
        clip_i = protocol.scale * clip_i_scores(reference.clip, reference.clip[reference.compared])
        texts, features = prompt_features(subject, prompt_indices, dataset, encoders)
        rows = []
        for prompt_index, text, feature in zip(prompt_indices, texts, features, strict=True):
            clip_t = protocol.scale * clip_t_scores(reference.clip, np.broadcast_to(feature, reference.clip.shape))
            rows += [
                _row(subject, prompt_index, text, index, reference, dino=values[0], clip_i=values[1], clip_t=values[2])
                for index, values in enumerate(zip(dino, clip_i, clip_t, strict=True))
            ]
        image_rows += rows
        subject_rows.append(_subject_row(subject, rows, div=div_dino(reference.dino) if protocol.div == "dino" else np.nan))
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def _row(
    subject: Subject,
    prompt_index: int,
    prompt: str,
    image_index: int,
    reference: ReferenceFeatures,
    *,
    dino: float,
    clip_i: float,
    clip_t: float,
) -> dict[str, Any]:
    return {
        "subject": subject.id,
        "kind": subject.kind,
        "class_noun": subject.class_noun,
        "prompt_index": prompt_index,
        "prompt": prompt,
        "image_index": image_index,
        "path": str(reference.paths[image_index]),
        "dino": dino,
        "clip_i": clip_i,
        "clip_t": clip_t,
    }


def _subject_row(subject: Subject, rows: Sequence[dict[str, Any]], *, div: float) -> dict[str, Any]:
    means = {key: float(np.mean([row[key] for row in rows])) if rows else np.nan for key in IMAGE_METRICS}
    return {
        "subject": subject.id,
        "kind": subject.kind,
        "class_noun": subject.class_noun,
        **means,
        "pres": np.nan,
        "div": div,
        "n_images": len(rows),
    }
