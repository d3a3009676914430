"""The reference images' embeddings, which scores and anchors are measured against; a subject's are made once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders, embed_files
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class ReferenceFeatures:
    """One subject's real images.

    Attributes:
        paths: all of them, in the dataset's order.
        dino: [n, d], rows of length 1; None under a protocol without DINO.
        clip: [n, e], rows of length 1.
        compared: [m], the rows that the protocol compares generated images with: all of them, the first, or a named one.
    """

    paths: tuple[Path, ...]
    dino: NDArray[np.float32] | None
    clip: NDArray[np.float32]
    compared: NDArray[np.intp]


def embed_references(
    dataset: Dataset,
    subjects: Sequence[Subject],
    protocol: Protocol,
    encoders: Encoders,
    *,
    on_done: Callable[[int], None] | None = None,
) -> Mapping[str, ReferenceFeatures]:
    """Embed the reference images of some subjects: by subject id.

    Raises:
        UserError: a file is not a picture, or the protocol fixes one reference image for each subject and one is missing.
    """
    paths = [tuple(dataset.reference_paths(subject)) for subject in subjects]
    compared = [compared_rows(subject, own, protocol) for subject, own in zip(subjects, paths, strict=True)]
    everything = [path for each in paths for path in each]
    dino, clip = embed_both(everything, encoders, on_done=on_done)
    features: dict[str, ReferenceFeatures] = {}
    start = 0
    for subject, own, wanted in zip(subjects, paths, compared, strict=True):
        rows = slice(start, start + len(own))
        features[subject.id] = ReferenceFeatures(own, None if dino is None else dino[rows], clip[rows], wanted)
        start += len(own)
    return features


def embed_both(
    paths: Sequence[Path], encoders: Encoders, *, on_done: Callable[[int], None] | None = None
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32]]:
    """DINO's and CLIP's embeddings of files, each read once; None for DINO where the protocol has none."""
    if encoders.dino is None:
        (clip,) = embed_files(paths, (encoders.clip,), cache=encoders.cache, on_done=on_done)
        return None, clip
    dino, clip = embed_files(paths, (encoders.dino, encoders.clip), cache=encoders.cache, on_done=on_done)
    return dino, clip


def compared_rows(subject: Subject, paths: Sequence[Path], protocol: Protocol) -> NDArray[np.intp]:
    """Which of a subject's reference images (in the dataset's order) the protocol compares generated images with: [m].

    Raises:
        UserError: the protocol fixes one image for each subject, and names none for this one, or one that is not there.
    """
    if protocol.references == "all":
        return np.arange(len(paths))
    if protocol.references == "first":
        return np.arange(1)
    name = protocol.references.get(subject.id)
    if name is None:
        raise UserError(
            f"The protocol '{protocol.name}' compares with one fixed reference image and names none for '{subject.id}'; "
            f'add {subject.id} = "FILE" to the [references] of a copy of it, or set references = "first" there.'
        )
    row = next((row for row, path in enumerate(paths) if name in (path.name, path.stem)), None)
    if row is None:
        raise UserError(
            f"The protocol '{protocol.name}' compares '{subject.id}' with its image '{name}', which is not in "
            f"{paths[0].parent}; complete the dataset, or change the name in a copy of the protocol."
        )
    return np.array([row], dtype=np.intp)


def without_images(features: ReferenceFeatures, left_out: Collection[Path]) -> ReferenceFeatures:
    """The same subject without some of its real images, as if they were not in the dataset."""
    kept = np.array([row for row, path in enumerate(features.paths) if path not in left_out], dtype=np.intp)
    return replace(
        features,
        paths=tuple(features.paths[row] for row in kept),
        dino=None if features.dino is None else features.dino[kept],
        clip=features.clip[kept],
        compared=np.flatnonzero(np.isin(kept, features.compared)),
    )
