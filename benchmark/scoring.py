"""From images to scores: embed each image once, then let each metric turn embeddings into numbers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.completeness import refuse_incomplete_images, refuse_incomplete_priors
from benchmark.encoders import Encoders, embed_files
from benchmark.metrics import clip_i_scores, clip_t_scores, dino_scores, div_dino, div_lpips, pres_score, require_lpips
from benchmark.protocols import Protocol
from benchmark.references import ReferenceFeatures, embed_references
from benchmark.scores import IMAGE_METRICS, Scores, image_table, subject_table
from dataset.collection import Dataset
from dataset.errors import UserError
from dataset.subjects import Subject

__all__ = ["Scores", "prompt_features", "score"]

OnProgress = Callable[[int, int], None]
_NO_PRIORS: Final = pd.DataFrame({"subject": [], "image_index": [], "path": []})


def score(
    images: pd.DataFrame,
    priors: pd.DataFrame | None,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    on_progress: OnProgress | None = None,
    *,
    references: Mapping[str, ReferenceFeatures] | None = None,
) -> Scores:
    """Score generated images under a protocol.

    An image's DINO and CLIP-I are the means of its cosines with the reference images; a subject's are the means of its
    images'. PRES compares a subject's prior images with its references, DIV the images of one prompt with each other
    (the mean over prompts). Memory does not grow with the pictures, only with their embeddings.

    Args:
        images: columns subject, prompt_index, image_index, path: every subject with the same prompts, and with
            `protocol.images_per_prompt` images for each.
        priors: columns subject, image_index, path, `protocol.prior_images` a subject; None for a method without a
            prior, whose PRES is NaN.
        dataset: whose reference images and prompts are meant.
        protocol: how.
        encoders: loaded for that protocol.
        on_progress: told (done, total) in image files, references and priors included.
        references: embeddings from `embed_references` for the same protocol and encoders, to save making them again.

    Raises:
        UserError: images are missing or surplus, a file is not a picture, or a subject or prompt is unknown.
    """
    subjects = [dataset.subject(subject_id) for subject_id in sorted(images["subject"].unique())]
    if protocol.div == "lpips":
        require_lpips()
    refuse_incomplete_images(images, images_per_prompt=protocol.images_per_prompt)
    if priors is not None and protocol.prior_images > 0:
        refuse_incomplete_priors(priors, prior_images=protocol.prior_images, subjects=[subject.id for subject in subjects])
    priors = _NO_PRIORS if priors is None or protocol.prior_images == 0 else priors
    images = images.sort_values(["subject", "prompt_index", "image_index"], ignore_index=True)
    priors = priors.sort_values(["subject", "image_index"], ignore_index=True)

    n_references = sum(len(dataset.reference_paths(subject)) for subject in subjects) if references is None else 0
    progress = _Progress(on_progress, total=len(images) + len(priors) + n_references)
    if references is None:
        references = embed_references(dataset, subjects, protocol, encoders, on_done=progress.add)
    dino, clip = embed_files(_paths(images), (encoders.dino, encoders.clip), on_done=progress.add)
    (prior_dino,) = embed_files(_paths(priors), (encoders.dino,), on_done=progress.add)

    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        mine = np.flatnonzero((images["subject"] == subject.id).to_numpy())
        rows = _image_rows(subject, images.iloc[mine], dino[mine], clip[mine], reference, dataset, protocol, encoders)
        mine_prior = prior_dino[np.flatnonzero((priors["subject"] == subject.id).to_numpy())]
        image_rows += rows
        subject_rows.append(
            {
                "subject": subject.id,
                "kind": subject.kind,
                "class_noun": subject.class_noun,
                **{key: float(np.mean([row[key] for row in rows])) for key in IMAGE_METRICS},
                "pres": protocol.scale * pres_score(mine_prior, reference.dino[reference.compared]),
                "div": _div(images.iloc[mine], dino[mine], protocol),
                "n_images": len(rows),
            }
        )
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def prompt_features(
    subject: Subject, prompt_indices: Sequence[int], dataset: Dataset, encoders: Encoders
) -> tuple[list[str], NDArray[np.float32]]:
    """The prompts' texts without the identifier, and their CLIP embeddings [n, d], for a list of prompt indices.

    Raises:
        UserError: there is no prompt of that index.
    """
    by_index = {prompt.index: prompt for prompt in dataset.prompts(subject)}
    unknown = [index for index in prompt_indices if index not in by_index]
    if unknown:
        raise UserError(
            f"There is no prompt {unknown[0]} for {subject.kind} subjects; "
            f"their prompts are {min(by_index)} to {max(by_index)}."
        )
    texts = {index: by_index[index].text(subject.class_noun) for index in sorted(set(prompt_indices))}
    embedded = dict(zip(texts, encoders.clip.embed_texts(list(texts.values())), strict=True))
    return [texts[index] for index in prompt_indices], np.stack([embedded[index] for index in prompt_indices])


def _image_rows(
    subject: Subject,
    images: pd.DataFrame,
    dino: NDArray[np.float32],
    clip: NDArray[np.float32],
    reference: ReferenceFeatures,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
) -> list[dict[str, Any]]:
    prompts = [int(index) for index in images["prompt_index"]]
    texts, text_features = prompt_features(subject, prompts, dataset, encoders)
    values = {
        "dino": protocol.scale * dino_scores(dino, reference.dino[reference.compared]),
        "clip_i": protocol.scale * clip_i_scores(clip, reference.clip[reference.compared]),
        "clip_t": protocol.scale * clip_t_scores(clip, text_features),
    }
    return [
        {
            "subject": subject.id,
            "kind": subject.kind,
            "class_noun": subject.class_noun,
            "prompt_index": prompts[row],
            "prompt": texts[row],
            "image_index": int(images["image_index"].iloc[row]),
            "path": str(images["path"].iloc[row]),
            **{key: float(value[row]) for key, value in values.items()},
        }
        for row in range(len(images))
    ]


def _div(images: pd.DataFrame, dino: NDArray[np.float32], protocol: Protocol) -> float:
    """The mean over prompts of the mean distance within a prompt; NaN where a prompt has one image."""
    by_prompt = images.reset_index(drop=True).groupby("prompt_index").indices.values()
    if protocol.div == "lpips":
        return float(np.mean([div_lpips(_paths(images.iloc[rows])) for rows in by_prompt]))
    return float(np.mean([div_dino(dino[rows]) for rows in by_prompt]))


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
