"""What every encoder that embeds pictures has in common: a name, a transform, a fingerprint, crops, rows of length 1."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json


class CropEncoder(ABC):
    """An encoder of the crops that its transform makes. A class derived from it says only how crops become vectors.

    It needs no deep-learning library: a histogram can be an encoder.
    """

    def __init__(self, *, name: str, transform: ImageTransform, identity: Mapping[str, Any]) -> None:
        """Keep what it is.

        Args:
            name: what people call it.
            transform: what is done to a picture first, with no "own" left in it.
            identity: JSON values that decide the numbers beside the transform: weights by their hash, the version of the
                code. Equal identities and transforms must give equal embeddings, since embeddings are cached by them.
        """
        self._name = name
        self._transform = transform
        self._fingerprint = sha256_json({**identity, "transform": transform.model_dump(mode="json")})

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """64 hex digits over identity and transform."""
        return self._fingerprint

    @property
    def transform(self) -> ImageTransform:
        """The resolved transform."""
        return self._transform

    @property
    def embeds_text(self) -> bool:
        """Pictures only, unless a class says otherwise and has `embed_texts`."""
        return False

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Embeddings of RGB pictures of any size: [n, d], rows of length 1."""
        side = self._transform.crop
        crops = [self._transform.cropped(image) for image in images]
        return self.embed_crops(np.stack(crops) if crops else np.zeros((0, side, side, 3), dtype=np.uint8))

    @abstractmethod
    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of crops [n, side, side, 3] (RGB, 0..255): [n, d], rows of length 1 (see `unit_rows`); n may be 0."""

    def unit_rows(self, features: NDArray[Any]) -> NDArray[np.float32]:
        """Features [n, d] scaled to rows of length 1.

        Raises:
            UserError: they are not finite, or a row is all 0 and has no direction.
        """
        lengths = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise UserError(
                f"The encoder {self._name} returns a vector without direction (all 0, or not finite); it cannot be used."
            )
        rows: NDArray[np.float32] = (features / lengths).astype(np.float32)
        return rows
