"""From images to scores: embed each image once, then let each metric turn embeddings into numbers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import NONE, Protocol, TextForm
from dreambench.benchmark.encoders import EmbeddingCache, Encoders, embed_files
from dreambench.benchmark.encoders.remembered import embed_texts, remembered_distances
from dreambench.benchmark.metrics import Gallery, clip_i_scores, clip_t_scores, dino_scores, div_dino, div_lpips, pres_score
from dreambench.benchmark.scoring.completeness import refuse_incomplete_images, refuse_incomplete_priors
from dreambench.benchmark.scoring.likeness import dino_gallery, likeness
from dreambench.benchmark.scoring.references import ReferenceFeatures, embed_both, embed_references
from dreambench.benchmark.scoring.tables import IMAGE_METRICS, N_PAIRS, Scores, image_table, subject_table
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

if TYPE_CHECKING:
    from dreambench.benchmark.encoders.lpips import Lpips

__all__ = ["Scores", "pair_scores", "prompt_features", "score", "text_scores"]

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
    gallery: Gallery | None = None,
) -> Scores:
    """Score generated images under a protocol.

    An image's DINO and CLIP-I are the means of its cosines with the reference images; a subject's are the means of its
    images'. PRES compares a subject's prior images with its references, DIV the images of one prompt with each other
    (the mean over prompts). Memory does not grow with the pictures, only with their embeddings.

    Args:
        images: columns subject, prompt_index, image_index, path: every subject with the same prompts, and with
            `protocol.images_per_prompt` images for each; what becomes of others the protocol says.
        priors: columns subject, image_index, path, `protocol.prior_images` a subject; None for a method without a
            prior, whose PRES is NaN.
        dataset: whose reference images and prompts are meant.
        protocol: how.
        encoders: loaded for that protocol.
        on_progress: told (done, total) in image files, references and priors included.
        references: embeddings from `embed_references` for the same protocol and encoders, to save making them again.
        gallery: all subjects' reference images, from `dino_gallery`, likewise.

    Raises:
        UserError: images are missing or surplus, a file is not a picture, or a subject or prompt is unknown.
    """
    subjects = [dataset.subject(subject_id) for subject_id in sorted(images["subject"].unique())]
    if protocol.surplus_images == "ignore":
        images = images[images["image_index"] < protocol.images_per_prompt]
    refuse_incomplete_images(
        images, images_per_prompt=protocol.images_per_prompt, some_may_miss=protocol.missing_images == "skip"
    )
    if priors is not None and protocol.prior_images > 0:
        refuse_incomplete_priors(priors, prior_images=protocol.prior_images, subjects=[subject.id for subject in subjects])
    priors = _NO_PRIORS if priors is None or protocol.prior_images == 0 else priors
    images = images.sort_values(["subject", "prompt_index", "image_index"], ignore_index=True)
    priors = priors.sort_values(["subject", "image_index"], ignore_index=True)

    n_references = sum(len(dataset.reference_paths(subject)) for subject in subjects) if references is None else 0
    progress = _Progress(on_progress, total=len(images) * _readings(protocol) + len(priors) + n_references)
    if references is None:
        references = embed_references(dataset, subjects, protocol, encoders, on_done=progress.add)
    if gallery is None:
        gallery = dino_gallery(dataset, encoders, references)
    dino, clip = embed_both(_paths(images), encoders, on_done=progress.add)
    prior_dino = _embed_priors(priors, encoders, progress)

    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        mine = np.flatnonzero((images["subject"] == subject.id).to_numpy())
        own_dino = None if dino is None else dino[mine]
        rows = _image_rows(subject, images.iloc[mine], own_dino, clip[mine], reference, dataset, protocol, encoders)
        values = likeness(own_dino, reference, gallery, subject.id, n_images=len(mine))
        rows = [row | {key: float(each[place]) for key, each in values.items()} for place, row in enumerate(rows)]
        own_priors = np.flatnonzero((priors["subject"] == subject.id).to_numpy())
        image_rows += rows
        subject_rows.append(
            {
                "subject": subject.id,
                "kind": subject.kind,
                "class_noun": subject.class_noun,
                **{key: float(np.mean([row[key] for row in rows])) for key in IMAGE_METRICS},
                "pres": _pres(None if prior_dino is None else prior_dino[own_priors], reference, protocol),
                "div": _div(images.iloc[mine], own_dino, protocol, encoders, on_done=progress.add),
                "n_images": len(rows),
                N_PAIRS: len(rows) * len(reference.compared),
            }
        )
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def prompt_features(
    subject: Subject,
    prompt_indices: Sequence[int],
    dataset: Dataset,
    encoders: Encoders,
    *,
    text: TextForm = "without_identifier",
) -> tuple[list[str], NDArray[np.float32]]:
    """The prompts' texts as CLIP-T reads them, and their CLIP embeddings [n, d], for a list of prompt indices.

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
    noun = subject.class_noun if text == "without_identifier" else ""
    texts = {index: " ".join(by_index[index].text(noun).split()) for index in sorted(set(prompt_indices))}
    embedded = dict(zip(texts, embed_texts(list(texts.values()), encoders.clip, cache=encoders.cache), strict=True))
    return [texts[index] for index in prompt_indices], np.stack([embedded[index] for index in prompt_indices])


def _image_rows(
    subject: Subject,
    images: pd.DataFrame,
    dino: NDArray[np.float32] | None,
    clip: NDArray[np.float32],
    reference: ReferenceFeatures,
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
) -> list[dict[str, Any]]:
    prompts = [int(index) for index in images["prompt_index"]]
    texts, text_features = prompt_features(subject, prompts, dataset, encoders, text=protocol.text)
    values = pair_scores(dino, clip, reference, protocol) | {"clip_t": text_scores(clip, text_features, protocol)}
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


def pair_scores(
    dino: NDArray[np.float32] | None, clip: NDArray[np.float32], reference: ReferenceFeatures, protocol: Protocol
) -> dict[str, NDArray[np.float64]]:
    """DINO and CLIP-I of images, by their embeddings [n, d], as the protocol has them: [n] each; without DINO its NaN."""
    rows = reference.compared
    of_dino = np.full(len(clip), np.nan)
    if dino is not None and reference.dino is not None:
        of_dino = dino_scores(dino, reference.dino[rows])
    return {"dino": protocol.scale * of_dino, "clip_i": protocol.scale * clip_i_scores(clip, reference.clip[rows])}


def text_scores(clip: NDArray[np.float32], texts: NDArray[np.float32], protocol: Protocol) -> NDArray[np.float64]:
    """CLIP-T of images [n, d] with their own prompts' embeddings [n, d] as the protocol has it: [n]."""
    cosines = clip_t_scores(clip, texts)
    kept = np.maximum(cosines, 0.0) if protocol.clip_t_below_zero == "zero" else cosines
    return protocol.scale * protocol.clip_t_scale * kept


def _pres(priors: NDArray[np.float32] | None, reference: ReferenceFeatures, protocol: Protocol) -> float:
    if priors is None or reference.dino is None:
        return float("nan")
    return protocol.scale * pres_score(priors, reference.dino[reference.compared])


def _readings(protocol: Protocol) -> int:
    """How often an image file is read: LPIPS looks at the pictures themselves, not at their embeddings."""
    return 2 if protocol.div == "lpips" else 1


def _div(
    images: pd.DataFrame,
    dino: NDArray[np.float32] | None,
    protocol: Protocol,
    encoders: Encoders,
    *,
    on_done: Callable[[int], None],
) -> float:
    """The mean over prompts of the mean distance within a prompt; NaN where a prompt has one image, or there is no DIV."""
    if protocol.div == NONE:
        return float("nan")
    by_prompt = images.reset_index(drop=True).groupby("prompt_index").indices.values()
    if protocol.div == "lpips":
        prompts = [_paths(images.iloc[rows]) for rows in by_prompt]
        return float("nan") if encoders.lpips is None else _mean_lpips(prompts, encoders.lpips, encoders.cache, on_done)
    return float("nan") if dino is None else float(np.mean([div_dino(dino[rows]) for rows in by_prompt]))


def _mean_lpips(
    prompts: Sequence[Sequence[Path]], lpips: "Lpips", cache: EmbeddingCache | None, on_done: Callable[[int], None]
) -> float:
    def compute(some: Sequence[Sequence[Path]]) -> NDArray[np.float64]:
        return div_lpips(some, lpips, on_done=on_done)

    means = remembered_distances(prompts, compute, fingerprint=lpips.fingerprint, cache=cache, on_done=on_done)
    return float(means.mean())


def _embed_priors(priors: pd.DataFrame, encoders: Encoders, progress: "_Progress") -> NDArray[np.float32] | None:
    if encoders.dino is None or priors.empty:
        return None
    return embed_files(_paths(priors), (encoders.dino,), cache=encoders.cache, on_done=progress.add)[0]


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
