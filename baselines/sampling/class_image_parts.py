"""Parts of a set of class images that several workers make side by side: which there are, and where they wait for the whole."""

import shutil
from pathlib import Path
from typing import Final

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from dreambench.dataset.files import atomic_write_bytes
from dreambench.dataset.hashing import sha256_bytes

_FEWEST: Final = 8
"""Images of a part: enough that handing it out costs little beside them, few enough that all workers get some."""
_PIXELS: Final = "pixels"


def cut(count: int, *, batch: int) -> tuple[range, ...]:
    """The numbers of the images of every part. Each begins with a whole batch, so all are sampled in the batches of one piece.

    Args:
        count: of all images.
        batch: images sampled at once.
    """
    size = batch * -(-_FEWEST // batch)
    return tuple(range(start, min(count, start + size)) for start in range(0, count, size))


class PartStore:
    """Pictures of parts, beside the folder that the whole set will have. A file is there whole, or counts as not there.

    Args:
        whole: the folder of the whole set.
    """

    def __init__(self, whole: Path) -> None:
        self._folder = whole.with_name(f"{whole.name}.parts")

    def read(self, numbers: range) -> list[Image.Image] | None:
        """The pictures of a part; None if they are not there, or not what was written."""
        try:
            with safe_open(self._file(numbers), framework="numpy") as file:
                pixels, written = file.get_tensor(_PIXELS), (file.metadata() or {}).get("sha256")
        except (OSError, KeyError, SafetensorError):
            return None
        if len(pixels) != len(numbers) or sha256_bytes(pixels.tobytes()) != written:
            return None
        return [Image.fromarray(picture) for picture in pixels]

    def write(self, numbers: range, images: list[Image.Image]) -> None:
        """Keep the pictures of a part.

        Raises:
            NotWritten, MachineTrouble: they cannot be written.
        """
        pixels = np.stack([np.asarray(image, dtype=np.uint8) for image in images])
        about = {"sha256": sha256_bytes(pixels.tobytes())}
        atomic_write_bytes(self._file(numbers), save({_PIXELS: torch.from_numpy(pixels)}, metadata=about))

    def remove(self) -> None:
        """Remove all parts: the whole is there."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, numbers: range) -> Path:
        return self._folder / f"{numbers.start:06d}-{numbers.stop:06d}.safetensors"
