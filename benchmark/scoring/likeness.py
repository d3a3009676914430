"""Whose picture is it, and is it a copy? Subject identification and the copy index, from DINO embeddings.

Neither is scaled by a protocol: one is a share, the other a ratio. Under a protocol without DINO both are NaN. Other than the
paper's metrics they look at all reference images, also where the protocol compares with one.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.encoders import Encoders, embed_files
from dreambench.benchmark.metrics import Gallery, copy_index, copy_index_of_real, copy_index_scores, gallery_of, identification
from dreambench.benchmark.metrics import identification_scores as identified
from dreambench.benchmark.scoring.references import ReferenceFeatures
from dreambench.dataset.collection import Dataset


def dino_gallery(
    dataset: Dataset,
    encoders: Encoders,
    references: Mapping[str, ReferenceFeatures],
    *,
    on_done: Callable[[int], None] | None = None,
) -> Gallery | None:
    """The reference images of all subjects of a dataset, also of those that are not scored; None without DINO.

    Args:
        dataset: whose subjects.
        encoders: whose DINO.
        references: embeddings that are there already, by subject id; the others are made.
        on_done: told how many more files are embedded.

    Raises:
        UserError: a subject has no reference image, or one that is not a picture.
    """
    if encoders.dino is None:
        return None
    rows = {name: features.dino for name, features in references.items() if features.dino is not None}
    others = [(each.id, path) for each in dataset.subjects if each.id not in rows for path in dataset.reference_paths(each)]
    if others:
        (made,) = embed_files([path for _, path in others], (encoders.dino,), cache=encoders.cache, on_done=on_done)
        owners = np.array([name for name, _ in others], dtype=np.str_)
        rows |= {name: made[owners == name] for name in dict.fromkeys(owners.tolist())}
    return gallery_of({subject.id: rows[subject.id] for subject in dataset.subjects})


def gallery_in(references: Mapping[str, ReferenceFeatures]) -> Gallery | None:
    """The gallery of these subjects' reference images alone; None where there is no DINO."""
    rows = {name: features.dino for name, features in references.items() if features.dino is not None}
    return gallery_of(rows) if rows else None


def likeness(
    dino: NDArray[np.float32] | None, reference: ReferenceFeatures, gallery: Gallery | None, subject: str, *, n_images: int
) -> dict[str, NDArray[np.float64]]:
    """Both metrics of a subject's generated images by their DINO embeddings [n, d]: metric key -> [n]."""
    if dino is None or reference.dino is None or gallery is None:
        return _nothing(n_images)
    return {
        identification.KEY: identified(dino, gallery, subject),
        copy_index.KEY: copy_index_scores(dino, reference.dino),
    }


def likeness_of_real(reference: ReferenceFeatures, gallery: Gallery | None, subject: str) -> dict[str, NDArray[np.float64]]:
    """Both metrics of a subject's real images, each against all others: metric key -> [m]."""
    if reference.dino is None or gallery is None:
        return _nothing(len(reference.paths))
    return {
        identification.KEY: identified(reference.dino, gallery, subject, own_rows=np.flatnonzero(gallery.owners == subject)),
        copy_index.KEY: copy_index_of_real(reference.dino),
    }


def _nothing(count: int) -> dict[str, NDArray[np.float64]]:
    return {key: np.full(count, np.nan) for key in (identification.KEY, copy_index.KEY)}
