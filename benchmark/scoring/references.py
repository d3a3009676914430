"""The reference images' embeddings, which scores and yardsticks are measured against; a subject's are made once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders, ImageEncoder, embed_files
from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.benchmark.metrics import Gallery, gallery_of
from dreambench.benchmark.metrics.features import Part
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import Reading
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True, eq=False)
class ReferenceFeatures:
    """One subject's real images.

    Attributes:
        paths: all of them, in the dataset's order.
        embeddings: encoder's role -> [n, d], rows of length 1.
        compared: [m], the rows that the protocol compares generated images with: all of them, the first, or a named one.
        parts: the rows that the method saw, and those that were kept back from it; empty where nobody says.
    """

    paths: tuple[Path, ...]
    embeddings: Mapping[str, NDArray[np.float32]]
    compared: NDArray[np.intp]
    parts: Mapping[Part, NDArray[np.intp]] = field(default_factory=dict)


def embed_references(
    dataset: Dataset,
    subjects: Sequence[Subject],
    protocol: Protocol,
    encoders: Encoders,
    *,
    on_done: Callable[[int], None] | None = None,
) -> Mapping[str, ReferenceFeatures]:
    """Embed the reference images of some subjects with every encoder that embeds pictures: by subject id.

    Raises:
        UserError: a file is not a picture, or the protocol fixes one reference image for each subject and one is missing.
    """
    paths = [tuple(dataset.reference_paths(subject)) for subject in subjects]
    compared = [compared_rows(subject, own, protocol) for subject, own in zip(subjects, paths, strict=True)]
    embedded = embed_by_role(
        [path for own in paths for path in own],
        encoders.embedding,
        reading=protocol.reading,
        cache=encoders.cache,
        on_done=on_done,
    )
    features: dict[str, ReferenceFeatures] = {}
    start = 0
    for subject, own, wanted in zip(subjects, paths, compared, strict=True):
        rows = slice(start, start + len(own))
        features[subject.id] = ReferenceFeatures(own, {role: vectors[rows] for role, vectors in embedded.items()}, wanted)
        start += len(own)
    return features


def embed_by_role(
    paths: Sequence[Path],
    encoders: Mapping[str, ImageEncoder],
    *,
    reading: Reading,
    cache: EmbeddingCache | None,
    on_done: Callable[[int], None] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Embeddings of files by encoder's role, [n, d] each; every file is read once for all encoders. Nothing for no files."""
    if not encoders or not paths:
        return {}
    embedded = embed_files(paths, tuple(encoders.values()), reading=reading, cache=cache, on_done=on_done)
    return dict(zip(encoders, embedded, strict=True))


def make_galleries(
    dataset: Dataset,
    encoders: Encoders,
    references: Mapping[str, ReferenceFeatures],
    *,
    reading: Reading,
    roles: Collection[str],
    on_done: Callable[[int], None] | None = None,
) -> dict[str, Gallery]:
    """The reference images of all subjects of a dataset, also of those that are not scored: role -> gallery.

    Args:
        dataset: whose subjects.
        encoders: to embed those images with that are not embedded yet.
        references: embeddings that are there already, by subject id.
        reading: how a file becomes RGB, as the protocol says.
        roles: of the encoders whose galleries are wanted.
        on_done: told how many more files are embedded.

    Raises:
        UserError: a subject has no reference image, or one that is not a picture.
    """
    if not roles:
        return {}
    others = [subject for subject in dataset.subjects if subject.id not in references]
    paths = {subject.id: dataset.reference_paths(subject) for subject in others}
    wanted = {role: encoders.embedding[role] for role in roles}
    files = [path for own in paths.values() for path in own]
    made = embed_by_role(files, wanted, reading=reading, cache=encoders.cache, on_done=on_done)
    owners = np.array([name for name, own in paths.items() for _ in own], dtype=np.str_)
    galleries = {}
    for role in roles:
        rows = {name: features.embeddings[role] for name, features in references.items()}
        rows |= {name: made[role][owners == name] for name in paths}
        galleries[role] = gallery_of({subject.id: rows[subject.id] for subject in dataset.subjects})
    return galleries


def galleries_among(references: Mapping[str, ReferenceFeatures], *, roles: Collection[str]) -> dict[str, Gallery]:
    """The galleries of these subjects' reference images alone, of the roles that they are embedded with."""
    return {
        role: gallery_of({name: features.embeddings[role] for name, features in references.items()})
        for role in roles
        if all(role in features.embeddings for features in references.values())
    }


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
        embeddings={role: vectors[kept] for role, vectors in features.embeddings.items()},
        compared=np.flatnonzero(np.isin(kept, features.compared)),
        parts={part: np.flatnonzero(np.isin(kept, rows)) for part, rows in features.parts.items()},
    )


def divided(
    references: Mapping[str, ReferenceFeatures], parts: Mapping[str, Mapping[Part, Collection[Path]]]
) -> Mapping[str, ReferenceFeatures]:
    """The same, with what the method saw of each subject, and what not.

    Args:
        references: by subject id.
        parts: subject id -> part -> files; subjects that are absent stay undivided.
    """

    def rows(features: ReferenceFeatures, files: Collection[Path]) -> NDArray[np.intp]:
        return np.flatnonzero([path in files for path in features.paths])

    return {
        name: replace(features, parts={part: rows(features, files) for part, files in parts.get(name, {}).items()})
        for name, features in references.items()
    }
