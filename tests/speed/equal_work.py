"""Two ways are compared only if they do the same: the check on their losses."""

from typing import Final

import torch

_STEPS: Final = 3
"""A wrong draw shows in the first losses already; later ones drift apart by rounding, in bfloat16 soon."""


def require_same_losses(ours: list[tuple[float, ...]], plain: list[tuple[float, ...]]) -> None:
    """Compare the first losses of each subject.

    Raises:
        RuntimeError: they differ by more than rounding.
    """
    first, second = (torch.tensor([losses[:_STEPS] for losses in way]) for way in (ours, plain))
    if first.shape != second.shape or not torch.allclose(first, second, rtol=1e-2):
        raise RuntimeError(f"the two ways train differently, so their times say nothing: losses {first} and {second}")
