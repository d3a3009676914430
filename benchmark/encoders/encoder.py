"""What an encoder is to the rest of the benchmark, and the record of those that a protocol needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.dataset.errors import UserError


@runtime_checkable
class ImageEncoder(Protocol):
    """Turns pictures into unit vectors."""

    @property
    def name(self) -> str:
        """What people call it: its architecture."""

    @property
    def fingerprint(self) -> str:
        """64 hex digits over architecture, weights and resolved transform: equal fingerprints, equal embeddings."""

    @property
    def transform(self) -> ImageTransform:
        """What is done to a picture first, with no "own" left in it."""

    @property
    def embeds_text(self) -> bool:
        """Whether it is a `TextEncoder`."""

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Embeddings of RGB pictures of any size: [n, d], rows of length 1. All n are held in memory at once."""

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of pictures that `transform.cropped` made, [n, side, side, 3]: [n, d], rows of length 1."""


class TextEncoder(ImageEncoder, Protocol):
    """An image encoder that embeds text into the same space."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of texts: [n, d], rows of length 1."""


@runtime_checkable
class PictureDistance(Protocol):
    """Compares whole pictures instead of embedding them: LPIPS."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def fingerprint(self) -> str:
        """64 hex digits over the network and its weights."""

    def pair_distances(self, images: Sequence[Image.Image]) -> NDArray[np.float64]:
        """Distances of every unordered pair of RGB pictures of one size: [k (k - 1) / 2].

        Raises:
            ValueError: the pictures differ in size, or are too small.
        """


@dataclass(frozen=True)
class Encoders:
    """The encoders that a protocol's metrics need, by role: those that embed pictures, and those that compare them."""

    embedding: Mapping[str, ImageEncoder]
    distance: Mapping[str, PictureDistance] = field(default_factory=dict)
    cache: EmbeddingCache | None = None
    """Where embeddings are kept from one scoring to the next; None makes all anew."""

    def fingerprints(self) -> dict[str, str | None]:
        """Each encoder's fingerprint by role."""
        embedding: dict[str, str | None] = {role: encoder.fingerprint for role, encoder in self.embedding.items()}
        return embedding | {role: encoder.fingerprint for role, encoder in self.distance.items()}

    def text(self, role: str) -> "TextEncoder":
        """The encoder of a role, which embeds texts too.

        Raises:
            UserError: it embeds pictures only.
        """
        encoder = self.embedding.get(role)
        if encoder is None or not encoder.embeds_text:
            raise UserError(
                f"A metric compares pictures with texts, but the encoder '{role}' embeds no texts; name one that does, such as "
                f"a CLIP, in [encoders.{role}]."
            )
        return cast(TextEncoder, encoder)
