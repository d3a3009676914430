"""Pictures as tensors and back: a square crop, values in [-1, 1], and 8-bit grey levels."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from dreambench.dataset.hashing import sha256_bytes


def fit_square(image: Image.Image, resolution: int) -> Image.Image:
    """The image as RGB, its short side resized to `resolution` (bicubic, antialiased) and the centre square cropped.

    A square image of that size comes back as it is. All photos of the released dataset are square, so nothing of them is lost.
    """
    image = image.convert("RGB")
    if image.size == (resolution, resolution):
        return image
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    return image.resize((resolution, resolution), Image.Resampling.BICUBIC, box=box)


def content_key(image: Image.Image) -> str:
    """A hash of the pixels: equal for equal pictures, wherever they came from."""
    return sha256_bytes(f"{image.mode}{image.size}".encode() + image.tobytes())


def to_tensor(images: Sequence[Image.Image]) -> Tensor:
    """RGB images of one size as float32 [n, 3, height, width] in [-1, 1], the VAE's range."""
    stacked = torch.from_numpy(np.stack([np.asarray(image, dtype=np.uint8) for image in images]))
    return stacked.permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1.0)


def to_grey_levels(decoded: Tensor) -> np.ndarray:
    """A decoder's output [n, 3, height, width], about [-1, 1], as uint8 [n, height, width, 3], rounded to the nearest level."""
    levels = decoded.float().add(1.0).mul_(127.5).round_().clamp_(0, 255)
    return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous().cpu().numpy()
