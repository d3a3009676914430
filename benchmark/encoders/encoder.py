"""What an encoder is to the rest of the benchmark, and what DINO and CLIP share."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json

if TYPE_CHECKING:
    import torch


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
        return {role: encoder.fingerprint for role, encoder in (*self.embedding.items(), *self.distance.items())}

    def text(self, role: str) -> "TextEncoder":
        """The encoder of a role, which embeds texts too.

        Raises:
            UserError: it embeds pictures only.
        """
        encoder = self.embedding.get(role)
        if encoder is None or not encoder.embeds_text:
            raise UserError(
                f"A metric compares pictures with texts, but the encoder '{role}' embeds no texts; name a CLIP in "
                f"[encoders.{role}]."
            )
        return cast(TextEncoder, encoder)


class TransformedEncoder(ABC):
    """The half that both encoders have in common: transform, batch, run in true float32, scale to length 1."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        architecture_name: str | None,
        network: "torch.nn.Module",
        transform: ImageTransform,
        device: "torch.device",
        batch_size: int,
    ) -> None:
        """Take over a loaded network.

        Args:
            name: what people call it.
            architecture: JSON values that say how the weights are used; hashed with them, since the number of heads or
                the activation shows in no tensor.
            architecture_name: by which protocols know it: timm's name without a tag, open_clip's; None if it has none.
            network: with its weights loaded.
            transform: resolved, no "own" left.
            device: where it runs.
            batch_size: images in one forward pass; changes memory and speed, not embeddings.
        """
        self._name = name
        self._architecture_name = architecture_name
        self._transform = transform
        self._device = device
        self._batch_size = batch_size
        self._network = network.eval().requires_grad_(False).float().to(device)
        self._fingerprint = sha256_json(
            {
                "architecture": dict(architecture),
                "weights": state_hash(self._network),
                "transform": transform.model_dump(mode="json"),
                "dtype": "float32",
            }
        )

    @property
    def name(self) -> str:
        """The architecture."""
        return self._name

    @property
    def embeds_text(self) -> bool:
        """Pictures only, unless a class says otherwise."""
        return False

    @property
    def architecture_name(self) -> str | None:
        """The library's name of the architecture, by which protocols ask for it; None if it is one of its own."""
        return self._architecture_name

    @property
    def network(self) -> "torch.nn.Module":
        """The network itself, in float32, without gradients."""
        return self._network

    @property
    def fingerprint(self) -> str:
        """64 hex digits over architecture, weights and resolved transform."""
        return self._fingerprint

    @property
    def transform(self) -> ImageTransform:
        """The resolved transform."""
        return self._transform

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Embeddings of RGB pictures of any size: [n, d], rows of length 1."""
        side = self._transform.crop
        crops = [self._transform.cropped(image) for image in images]
        return self.embed_crops(np.stack(crops) if crops else np.zeros((0, side, side, 3), dtype=np.uint8))

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of pictures that `transform.cropped` made, [n, side, side, 3]: [n, d], rows of length 1."""
        import torch

        mean, std = (torch.tensor(each, device=self._device).view(1, 3, 1, 1) for each in self._transform.normalisation())
        rows: list[NDArray[np.float32]] = []
        with torch.inference_mode(), true_float32():
            for start in range(0, len(crops), self._batch_size):
                batch = torch.from_numpy(crops[start : start + self._batch_size]).to(self._device)
                pixels = batch.permute(0, 3, 1, 2).float().div(255.0).sub(mean).div(std)
                rows.append(self._unit_rows(self._features(pixels)))
        return np.concatenate(rows) if rows else self.embed_crops(np.zeros((1, *crops.shape[1:]), dtype=np.uint8))[:0]

    @abstractmethod
    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """The network's raw features of normalised pixels [n, 3, side, side]: [n, d]."""

    def _unit_rows(self, features: "torch.Tensor") -> NDArray[np.float32]:
        import torch

        rows: NDArray[np.float32] = torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
        if not np.isfinite(rows).all():
            raise UserError(
                f"The encoder {self._name} returns numbers that are not finite; its weights are damaged, fetch them again."
            )
        return rows


@contextmanager
def true_float32() -> Iterator[None]:
    """Compute float32 as float32: on a GPU, convolutions (and what a trainer switched on) otherwise round to TF32."""
    import torch

    if not torch.cuda.is_available():
        yield
        return
    matmul, conv = torch.backends.cuda.matmul, torch.backends.cudnn.conv  # type: ignore[attr-defined]  # untyped in torch's stubs
    before = matmul.fp32_precision, conv.fp32_precision
    matmul.fp32_precision = conv.fp32_precision = "ieee"
    try:
        with torch.autocast("cuda", enabled=False):
            yield
    finally:
        matmul.fp32_precision, conv.fp32_precision = before


def state_hash(network: "torch.nn.Module") -> str:
    """SHA-256 over names, shapes and values of a network's weights: the same from whichever file format they came."""
    digest = hashlib.sha256()
    for key, tensor in sorted(network.state_dict().items()):
        values = tensor.detach().cpu().contiguous()
        digest.update(f"{key} {values.dtype} {tuple(values.shape)}\n".encode())
        digest.update(values.numpy().data)
    return digest.hexdigest()
