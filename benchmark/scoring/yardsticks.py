"""The rows that stand beside a run's: real images against each other, and the references passed off as generated images.

Both come from the reference images' embeddings alone, so they cost nothing and are always there. They bracket subject
fidelity: a method above `real_images` is copying, and `copy_reference` shows what copying earns (its images meet
themselves among the references, which real images are spared).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.metrics import Gallery, div_dino
from dreambench.benchmark.metrics.cosine import mean_pair_cosines_without_self
from dreambench.benchmark.scoring.likeness import dino_gallery, gallery_in, likeness, likeness_of_real
from dreambench.benchmark.scoring.references import ReferenceFeatures, embed_references
from dreambench.benchmark.scoring.score import pair_scores, prompt_features, text_scores
from dreambench.benchmark.scoring.tables import IMAGE_METRICS, N_PAIRS, Scores, image_table, subject_table
from dreambench.dataset.collection import Dataset
from dreambench.dataset.subjects import Subject

REAL_IMAGES: Final = "real_images"
COPY_REFERENCE: Final = "copy_reference"
NO_PROMPT: Final = -1
SelfPairs = Literal["left_out", "counted"]


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
    gallery = dino_gallery(dataset, encoders, references)
    return {
        REAL_IMAGES: real_images(subjects, protocol, references, gallery=gallery),
        COPY_REFERENCE: copy_reference(subjects, prompt_indices, dataset, protocol, encoders, references, gallery=gallery),
    }


def real_images(
    subjects: Sequence[Subject],
    protocol: Protocol,
    references: Mapping[str, ReferenceFeatures],
    *,
    self_pairs: SelfPairs = "left_out",
    gallery: Gallery | None = None,
) -> Scores:
    """Each reference image against the subject's other references: the paper's "Real Images" row.

    Real images answer no prompt and have no model, so CLIP-T, PRES and DIV are NaN; `prompt_index` is NO_PROMPT and
    `image_index` the reference's place. A subject with one reference image has no pair and gets NaN.

    Args:
        subjects: whose images.
        protocol: which of the references count, and the scale.
        references: by subject id.
        self_pairs: whether an image's cosine with itself, 1, counts. The paper does not say; it lifts the row.
        gallery: all subjects' reference images, which identification looks through; None: those of `references`.
    """
    gallery = gallery_in(references) if gallery is None else gallery
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        values = pair_scores(reference.dino, reference.clip, reference, protocol)
        n_pairs = np.full(len(reference.paths), len(reference.compared))
        if self_pairs == "left_out":
            values = _without_self(reference, protocol)
            n_pairs[reference.compared] -= 1
        values |= likeness_of_real(reference, gallery, subject.id) | {"clip_t": np.full(len(reference.paths), np.nan)}
        rows = [
            _row(subject, NO_PROMPT, "", index, reference, {key: float(each[index]) for key, each in values.items()})
            for index in range(len(reference.paths))
            if n_pairs[index]
        ]
        image_rows += rows
        subject_rows.append(_subject_row(subject, rows, div=np.nan, n_pairs=int(n_pairs.sum())))
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def copy_reference(
    subjects: Sequence[Subject],
    prompt_indices: Sequence[int],
    dataset: Dataset,
    protocol: Protocol,
    encoders: Encoders,
    references: Mapping[str, ReferenceFeatures],
    *,
    gallery: Gallery | None = None,
) -> Scores:
    """Every reference image handed in for every prompt, self-pairs included, as scoring a copier's output would.

    It differs from a scored run of the method `copy_reference` in that each reference counts once a prompt, whatever
    `images_per_prompt` (so under micro pooling a subject weighs by its number of references), and in that the pictures
    are not first fitted to the sampler's resolution. PRES is NaN: there is no prior.
    DIV is NaN under a protocol that measures it with LPIPS, which has no embeddings to take it from.
    `gallery` as in `real_images`.
    """
    gallery = gallery_in(references) if gallery is None else gallery
    image_rows: list[dict[str, Any]] = []
    subject_rows: list[dict[str, Any]] = []
    for subject in subjects:
        reference = references[subject.id]
        pairs = pair_scores(reference.dino, reference.clip, reference, protocol)
        pairs |= likeness(reference.dino, reference, gallery, subject.id, n_images=len(reference.paths))
        texts, features = prompt_features(subject, prompt_indices, dataset, encoders, text=protocol.text)
        rows = []
        for prompt_index, text, feature in zip(prompt_indices, texts, features, strict=True):
            clip_t = text_scores(reference.clip, np.broadcast_to(feature, reference.clip.shape), protocol)
            values = pairs | {"clip_t": clip_t}
            rows += [
                _row(subject, prompt_index, text, index, reference, {key: float(each[index]) for key, each in values.items()})
                for index in range(len(reference.paths))
            ]
        image_rows += rows
        div = div_dino(reference.dino) if protocol.div == "dino" and reference.dino is not None else np.nan
        subject_rows.append(_subject_row(subject, rows, div=div, n_pairs=len(rows) * len(reference.compared)))
    return Scores(images=image_table(image_rows), subjects=subject_table(subject_rows))


def _without_self(reference: ReferenceFeatures, protocol: Protocol) -> dict[str, NDArray[np.float64]]:
    """DINO and CLIP-I of each real image with the others that the protocol compares with: [n] each, NaN where there is none."""
    values = {"dino": np.full(len(reference.paths), np.nan)}
    for key, embeddings in (("dino", reference.dino), ("clip_i", reference.clip)):
        if embeddings is not None:
            values[key] = protocol.scale * mean_pair_cosines_without_self(embeddings, reference.compared)
    return values


def _row(
    subject: Subject,
    prompt_index: int,
    prompt: str,
    image_index: int,
    reference: ReferenceFeatures,
    values: Mapping[str, float],
) -> dict[str, Any]:
    return {
        "subject": subject.id,
        "kind": subject.kind,
        "class_noun": subject.class_noun,
        "prompt_index": prompt_index,
        "prompt": prompt,
        "image_index": image_index,
        "path": str(reference.paths[image_index]),
        **values,
    }


def _subject_row(subject: Subject, rows: Sequence[dict[str, Any]], *, div: float, n_pairs: int) -> dict[str, Any]:
    means = {key: float(np.mean([row[key] for row in rows])) if rows else np.nan for key in IMAGE_METRICS}
    return {
        "subject": subject.id,
        "kind": subject.kind,
        "class_noun": subject.class_noun,
        **means,
        "pres": np.nan,
        "div": div,
        "n_images": len(rows),
        N_PAIRS: n_pairs,
    }
