"""Gradient checkpointing (Chen et al. 2016): activations computed again in the backward pass instead of being kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def recomputed_activations(unet: Any, *, wanted: bool) -> Iterator[None]:
    """While open, and if wanted, a diffusers UNet keeps only its blocks' inputs for the backward pass.

    The gradients are the same.
    """
    if not wanted:
        yield
        return
    unet.enable_gradient_checkpointing()
    try:
        yield
    finally:
        unet.disable_gradient_checkpointing()
