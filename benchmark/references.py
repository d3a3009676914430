"""The reference images' embeddings, which scores and anchors are measured against; a subject's are made once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmark.encoders import Encoders, embed_files
from benchmark.protocols import Protocol
from dataset.collection import Dataset
from dataset.subjects import Subject


@dataclass(frozen=True)
class ReferenceFeatures:
    """One subject's real images.

    Attributes:
        paths: all of them, in the dataset's order.
        dino: [n, d], rows of length 1.
        clip: [n, e], rows of length 1.
        compared: [m], the rows that the protocol compares generated images with: all of them, or the first.
    """

    paths: tuple[Path, ...]
    dino: NDArray[np.float32]
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
    """Embed the reference images of some subjects: by subject id."""
    paths = [tuple(dataset.reference_paths(subject)) for subject in subjects]
    everything = [path for each in paths for path in each]
    dino, clip = embed_files(everything, (encoders.dino, encoders.clip), on_done=on_done)
    features: dict[str, ReferenceFeatures] = {}
    start = 0
    for subject, own in zip(subjects, paths, strict=True):
        rows = slice(start, start + len(own))
        compared = np.arange(len(own) if protocol.references == "all" else 1)
        features[subject.id] = ReferenceFeatures(own, dino[rows], clip[rows], compared)
        start += len(own)
    return features
