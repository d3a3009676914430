"""The memory that a run uses, a device at a time: measured where a worker works, added up and told where it is shown."""

import os
import platform
from typing import Final

from dreambench.benchmark.engine.messages import Memory, Progress
from dreambench.benchmark.machine.device import Device, is_gpu

_GIGABYTE: Final = 1e9
#: Devices that are named; the others are counted.
_SHOWN: Final = 4
#: Letters of a GPU's name; some systems give long ones in place of numbers.
_NAME: Final = 12


def measure(device: Device) -> Memory:
    """What is in use on a worker's device: the whole of a GPU's, or the resident memory of this process."""
    host = platform.node()
    if not is_gpu(device):
        import psutil

        return Memory(host, "cpu", f"{host}/{os.getpid()}", psutil.Process().memory_info().rss)
    import torch

    free, total = torch.cuda.mem_get_info(device)
    name = _physical(torch.device(device).index or 0)
    return Memory(host, name, f"{host}/{name}", total - free, total)


class MemoryInUse:
    """The last word of every process or device."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Memory, frozenset[str]]] = {}

    def note(self, message: Progress) -> None:
        """Take note of what a worker says beside its progress."""
        if message.memory is not None:
            self._known[message.memory.holder] = (message.memory, frozenset(message.subjects))

    def forget(self, subjects: tuple[str, ...]) -> None:
        """The worker of these subjects vanished."""
        self._known = {holder: known for holder, known in self._known.items() if known[1].isdisjoint(subjects)}

    def text(self) -> str:
        """ "memory: 2.4 GB", "memory: cuda:0 41.2 of 80.0 GB, cuda:1 39.0 of 80.0 GB"; "" while nothing is known."""
        found = [memory for memory, _ in self._known.values()]
        several = len({memory.host for memory in found}) > 1
        devices: dict[str, tuple[int, int]] = {}
        for memory in sorted(found, key=lambda memory: (memory.host, memory.device)):
            name = "" if memory.total is None else memory.device
            name = f"{memory.host} {name}".strip() if several else name
            used, total = devices.get(name, (0, memory.total or 0))
            devices[name] = (used + memory.used, total)
        told = [
            f"{name} {used / _GIGABYTE:.1f}{f' of {total / _GIGABYTE:.1f}' if total else ''} GB".strip()
            for name, (used, total) in devices.items()
        ]
        more = [f"{len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
        return f"memory: {', '.join([*told[:_SHOWN], *more])}" if told else ""


def _physical(index: int) -> str:
    """A GPU as the machine counts them, where this process sees some of them alone."""
    seen = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return f"cuda:{seen[index][:_NAME]}" if index < len(seen) else f"cuda:{index}"
