"""How much memory is free: on a GPU, and on the host as far as this process' container may use it."""

from pathlib import Path
from typing import Final

import torch

_CGROUP: Final = Path("/sys/fs/cgroup")


def free_memory(device: torch.device) -> int:
    """Bytes that are free now on a device; for the CPU, of the host."""
    if device.type == "cuda":
        free: int = torch.cuda.mem_get_info(device)[0]
        return free
    return free_host_memory()


def free_host_memory() -> int:
    """Bytes that this process could still use without swapping: the system's, and at most what the container has left."""
    import psutil

    free = int(psutil.virtual_memory().available)
    left = _container_left()
    return free if left is None else min(free, left)


def _container_left() -> int | None:
    """Bytes left under the cgroup's limit (version 2), its reclaimable file cache counted as free; None without a limit."""
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        if limit == "max":
            return None
        used = int((_CGROUP / "memory.current").read_text())
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
        cache = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
        return max(0, int(limit) - used + cache)
    except (OSError, ValueError, IndexError):
        return None
