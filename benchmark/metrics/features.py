"""What a metric is given: one subject's images and what they are compared with, as embeddings by encoder role."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.metrics.gallery import Gallery

Vectors = NDArray[np.float32]
#: A part of a subject's reference images: those that the method saw, and those that were kept back from it.
Part = Literal["seen", "unseen"]
PARTS: Final[tuple[Part, ...]] = ("seen", "unseen")
#: The files of each prompt's images -> the mean distance within each prompt: [prompts].
WithinPrompts = Callable[[Sequence[Sequence[Path]]], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Features:
    """One subject's images.

    Every mapping goes from an encoder's role in the protocol to arrays with rows of length 1; it holds the roles that some
    metric asked for in its `needs`.

    Attributes:
        subject: its id.
        images: role -> [n, d], the images that are scored.
        references: role -> [m, d], all reference images of the subject.
        compared: [r], the rows of the references that the protocol compares with: all, the first, or a named one.
        texts: role -> [n, d], the embedding of each image's own prompt.
        priors: role -> [p, d], samples of "a [class noun]"; no rows where there are none.
        galleries: role -> all subjects' reference images.
        prompts: [n], the index of each image's prompt, ascending.
        files: [n], the images' files.
        distances: role -> the mean distance within each prompt's images, for an encoder that compares whole pictures.
        own_rows: [n], where the images are themselves the references (the yardstick of real images): which row each one
            is. A metric that compares with references then leaves out an image's comparison with itself. None otherwise.
        parts: the rows of the references that the method saw, and of those that were kept back; nothing where nobody says.
    """

    subject: str
    images: Mapping[str, Vectors]
    references: Mapping[str, Vectors]
    compared: NDArray[np.intp]
    texts: Mapping[str, Vectors] = field(default_factory=dict)
    priors: Mapping[str, Vectors] = field(default_factory=dict)
    galleries: Mapping[str, Gallery] = field(default_factory=dict)
    prompts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    files: tuple[Path, ...] = ()
    distances: Mapping[str, WithinPrompts] = field(default_factory=dict)
    own_rows: NDArray[np.intp] | None = None
    parts: Mapping[Part, NDArray[np.intp]] = field(default_factory=dict)

    def by_prompt(self) -> list[NDArray[np.intp]]:
        """The rows of each prompt's images, prompt by prompt."""
        return [np.flatnonzero(self.prompts == prompt) for prompt in np.unique(self.prompts)]
