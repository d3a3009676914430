"""Encoders that are networks: run in batches and in true float32, known by the hash of their weights."""

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.crop_encoder import CropEncoder
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

#: Images in one forward pass; changes memory and speed, not embeddings.
BATCH_SIZE: Final = 64


class NetworkEncoder(CropEncoder):
    """A torch network that embeds crops: normalise, batch, run in true float32, scale to length 1."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        network: "torch.nn.Module",
        transform: ImageTransform,
        device: "torch.device",
        weights_hash: str | None = None,
    ) -> None:
        """Take over a loaded network.

        Args:
            name: what people call it.
            architecture: JSON values that say how the weights are used; hashed with them, since the number of heads or
                the activation shows in no tensor.
            network: with its weights loaded.
            transform: resolved, no "own" left.
            device: where it runs.
            weights_hash: over the weights; None for `state_hash`.
        """
        self._device = device
        self._batch_size = BATCH_SIZE
        self._network = network.eval().requires_grad_(False).float().to(device)
        weights = weights_hash or state_hash(self._network)
        super().__init__(
            name=name,
            transform=transform,
            identity={"architecture": dict(architecture), "weights": weights, "dtype": "float32"},
        )

    @property
    def network(self) -> "torch.nn.Module":
        """The network itself, in float32, without gradients."""
        return self._network

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings of pictures that `transform.cropped` made, [n, side, side, 3]: [n, d], rows of length 1."""
        import torch

        mean, std = (torch.tensor(values, device=self._device).view(1, 3, 1, 1) for values in self._transform.normalisation())
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
