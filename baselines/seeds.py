"""Where randomness comes from: a seed is the hash of what it is for, so no draw depends on order, batch size or device."""

import hashlib
import json

import torch


def derive_seed(*parts: str | int) -> int:
    """A 63-bit seed: the first 8 bytes of the SHA-256 of the parts, as canonical JSON, without the sign bit.

    JSON keeps ("a", "b") apart from ("ab",) and 1 from "1", so two different purposes never share a seed by accident.
    """
    digest = hashlib.sha256(json.dumps(list(parts), ensure_ascii=True, separators=(",", ":")).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def cpu_generator(*parts: str | int) -> torch.Generator:
    """A CPU generator seeded by the parts. On the CPU even when the model is on a GPU: the draws are then the same on both."""
    return torch.Generator().manual_seed(derive_seed(*parts))
