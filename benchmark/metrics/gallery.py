"""The reference images of all subjects of a dataset, in one encoder's space."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Gallery:
    """The reference images of all subjects of a dataset, also of those that are not scored.

    Attributes:
        embeddings: [m, d], rows of length 1.
        owners: [m], the ids of the subjects whose images they are.
    """

    embeddings: NDArray[np.float32]
    owners: NDArray[np.str_]


def gallery_of(references: Mapping[str, NDArray[np.float32]]) -> Gallery:
    """The gallery of some subjects' reference images: subject id -> [n, d]."""
    owners = [subject for subject, rows in references.items() for _ in rows]
    return Gallery(np.concatenate(list(references.values())), np.array(owners, dtype=np.str_))
