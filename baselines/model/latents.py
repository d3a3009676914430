"""VAE moments: what encoding an image costs is paid once; every training step draws a fresh latent from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor

from dreambench.baselines.model.pictures import content_key, to_tensor

_PIXELS_AT_ONCE = 512 * 512 * 4
"""Pixels encoded or decoded together: four 512-pixel images, or a few hundred of the miniature's."""
_KEPT = 64
"""Images whose moments are kept from one call to the next: a few subjects' references, however many subjects there are."""


class LatentCodec(Protocol):
    """Pictures to a denoiser's latents and back; a family of models has its own."""

    @property
    def vae(self) -> Any:
        """The network behind it."""
        ...

    def posterior(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation [n, channels, height, width], in the denoiser's units, of pictures [n, 3, h, w]."""
        ...

    def decode(self, latents: Tensor) -> Tensor:
        """Pictures [n, 3, h, w], about [-1, 1], of latents in the denoiser's units."""
        ...


@dataclass(frozen=True)
class ScaledCodec:
    """An AutoencoderKL whose latents are shifted and scaled by its config's numbers."""

    vae: Any

    def posterior(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `LatentCodec`."""
        posterior = self.vae.encode(pixels).latent_dist
        scale = self.vae.config.scaling_factor
        return (posterior.mean - self._shift) * scale, posterior.std * scale

    def decode(self, latents: Tensor) -> Tensor:
        """See `LatentCodec`."""
        pictures: Tensor = self.vae.decode(latents / self.vae.config.scaling_factor + self._shift, return_dict=False)[0]
        return pictures

    @property
    def _shift(self) -> float:
        return getattr(self.vae.config, "shift_factor", None) or 0.0


@dataclass(frozen=True)
class Moments:
    """The VAE posterior of n images, already in the UNet's units: a latent is `mean + std * noise`.

    Both tensors are [n, channels, height, width].
    """

    mean: Tensor
    std: Tensor

    def __len__(self) -> int:
        return self.mean.shape[0]

    def to(self, like: Tensor) -> "Moments":
        """The moments in another tensor's type and device."""
        return Moments(self.mean.to(like), self.std.to(like))

    def draw(self, indices: Tensor, noise: Tensor) -> Tensor:
        """Latents [b, channels, height, width] of the images at `indices` [b], from standard normal noise of that shape."""
        return torch.addcmul(self.mean[indices], self.std[indices], noise)

    @staticmethod
    def join(parts: Sequence["Moments"]) -> "Moments":
        """The moments of several sets of images, one after the other."""
        return Moments(torch.cat([part.mean for part in parts]), torch.cat([part.std for part in parts]))


class MomentsCache:
    """Encodes images of one size, each only once while it is among the latest 64 or so.

    Keyed by the pixels, so a mirrored or resized image is another one.
    """

    def __init__(self, codec: LatentCodec, device: torch.device) -> None:
        self._codec = codec
        self._device = device
        self._known: dict[str, Moments] = {}

    def encode(self, images: Sequence[Image.Image]) -> Moments:
        """The moments of RGB images of one size, from the cache where it has them."""
        keys = [content_key(image) for image in images]
        new = {key: image for key, image in zip(keys, images, strict=True) if key not in self._known}
        if new:
            moments = encode_moments(self._codec, list(new.values()), self._device)
            for index, key in enumerate(new):
                self._known[key] = Moments(moments.mean[index : index + 1], moments.std[index : index + 1])
        wanted = Moments.join([self._known[key] for key in keys])
        for key in list(self._known)[:-_KEPT]:
            del self._known[key]  # memory must not grow with the number of subjects
        return wanted


def images_at_once(resolution: int) -> int:
    """How many images of a resolution the VAE takes in one chunk; bounds its memory, whatever the batch size."""
    return max(1, _PIXELS_AT_ONCE // (resolution * resolution))


@torch.no_grad()
def encode_moments(codec: LatentCodec, images: Sequence[Image.Image], device: torch.device) -> Moments:
    """Encode RGB images of one size, in chunks; exact arithmetic (no autocast), since every step builds on the result."""
    weight = next(codec.vae.parameters())
    chunk = images_at_once(images[0].width)
    parts = []
    for start in range(0, len(images), chunk):
        pixels = to_tensor(images[start : start + chunk]).to(device, weight.dtype)
        # One memory layout, whatever the VAE's kernels left: fresh and stored moments then lead to the same arithmetic.
        mean, std = codec.posterior(pixels)
        parts.append(Moments(mean.contiguous(), std.contiguous()))
    return Moments.join(parts)
