"""A copy of the base model's weights to go back to: on the device, in the host's memory, or in a file where memory is short."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import torch
from torch import Tensor

from dreambench.baselines.model.memory import free_host_memory, free_memory

SnapshotStore = Literal["device", "host", "file"]

TRAINING_COPIES: Final = 6
"""Free memory, in copies of the weights, below which the snapshot leaves the device: training takes three copies more (the
gradients and AdamW's two), the snapshot one; the other two are left for activations."""


def choose_store(size: int, device: torch.device) -> SnapshotStore:
    """Where a snapshot of `size` bytes goes: the device if training still fits beside it, else the host, else a file."""
    if free_memory(device) >= TRAINING_COPIES * size:
        return "device"
    if device.type != "cpu" and free_host_memory() >= 2 * size:
        return "host"
    return "file"


class Snapshot:
    """The values of float32 weights at the moment of its making.

    In a file it is mapped into memory: the system keeps as many of its pages as it has room for, and drops them for the
    optimiser when it has not.
    """

    def __init__(self, weights: Sequence[Tensor], store: SnapshotStore) -> None:
        """Copy the weights.

        Raises:
            OSError: the disk has no room for the file.
        """
        self.store = store
        self._weights = list(weights)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        if store == "file":
            self._copies = self._in_file()
        else:
            self._copies = [
                weight.detach().clone() if store == "device" else weight.detach().cpu().clone() for weight in self._weights
            ]

    @torch.no_grad()
    def restore(self) -> None:
        """Put the values back, in place."""
        torch._foreach_copy_(self._weights, self._copies)

    @torch.no_grad()
    def _in_file(self) -> list[Tensor]:
        total = sum(weight.numel() for weight in self._weights)
        self._folder = tempfile.TemporaryDirectory(prefix="dreambench-weights-", dir=_disk(), ignore_cleanup_errors=True)
        path = Path(self._folder.name) / "weights"
        _reserve(path, 4 * total)
        flat = torch.from_file(str(path), shared=True, size=total, dtype=torch.float32)
        if os.name == "posix":
            self._folder.cleanup()  # the mapping keeps the file, and nothing is left over even after a crash
        pieces = torch.split(flat, [weight.numel() for weight in self._weights])
        copies = [piece.view(weight.shape) for piece, weight in zip(pieces, self._weights, strict=True)]
        for copy, weight in zip(copies, self._weights, strict=True):
            copy.copy_(weight)
        return copies


def _disk() -> str | None:
    """A folder for large temporary files: /tmp is often memory, /var/tmp never."""
    folder = Path("/var/tmp")  # by the file system hierarchy's rule
    return str(folder) if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) else None


def _reserve(path: Path, size: int) -> None:
    """Make a file of that size whose blocks exist: a full disk is an error now, where a hole filled later would be a crash."""
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            block = bytes(1 << 20)
            for start in range(0, size, len(block)):
                file.write(block[: size - start])
