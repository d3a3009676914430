"""How much of the machine a run uses: number of worker processes, precision, batch size."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from dreambench.baselines.settings import SamplerSettings
from dreambench.benchmark.machine.device import Device, DeviceChoice, choose_device, is_gpu
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

__all__ = [
    "Device",
    "DeviceChoice",
    "Precision",
    "Resources",
    "autocasts",
    "choose_device",
    "count_workers",
    "cpu_has_bfloat16",
    "default_batch_size",
    "peak_memory",
    "precision_name",
    "refuse_other_precision",
    "worker_memory_bytes",
]

#: What a worker with the miniature's models and its training state takes at most.
WORKER_MEMORY_BYTES: Final = 1_200_000_000
MAX_WORKERS: Final = 8
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Resources:
    """What of a run is the machine's, and not the plan's: it changes speed and memory, not the result.

    Attributes:
        folder: the run's, where images and manifests go.
        cache: the folder where class images and embeddings are kept between runs.
        device: where the models run.
        batch_size: images sampled at once.
        workers: units side by side, as asked for; None leaves it to the engine.
    """

    folder: Path
    cache: Path
    device: Device
    batch_size: int
    workers: int | None = None


def count_workers(*, units: int, cores: int, free_memory: int, worker_memory: int = WORKER_MEMORY_BYTES) -> int:
    """Worker processes on a CPU: one a core, at most one a unit, at most 8, and no more than fit into memory.

    Args:
        units: there are to do.
        cores: that may be used.
        free_memory: bytes that are free now.
        worker_memory: bytes that a worker takes.
    """
    return max(1, min(cores, units, MAX_WORKERS, free_memory // worker_memory))


def worker_memory_bytes(weights: int) -> int:
    """What a worker takes with a base model of so many weights: the libraries, and at most six numbers a weight.

    These are the weights, the snapshot, the gradients, AdamW's two, and one for activations.
    """
    return max(WORKER_MEMORY_BYTES, 800_000_000 + 24 * weights)


def autocasts(precision: Precision, device: Device) -> "tuple[torch.dtype | None, torch.dtype | None]":
    """The autocast types of (training, sampling); None is float32.

    A result may depend on the device's speed tricks by rounding only, so float32 is the rule, and bfloat16 is what a suite
    asks for in its sampler. It is then a permission: sampling on a CPU without bfloat16 instructions stays in float32,
    where emulating them would be many times slower and no more precise; the manifest of each unit records which it was.
    Training on a CPU stays in float32 always: the weights' updates are smaller than bfloat16 resolves, and the miniature
    gains no time by it.
    """
    import torch

    if precision == "float32":
        return None, None
    if is_gpu(device):
        return torch.bfloat16, torch.bfloat16
    return None, (torch.bfloat16 if cpu_has_bfloat16() else None)


def precision_name(autocast: "torch.dtype | None") -> str:
    """The name of an autocast's type: "float32" for none."""
    return "float32" if autocast is None else str(autocast).removeprefix("torch.")


def refuse_other_precision(sampler: SamplerSettings | None, device: Device) -> None:
    """Refuse a device that would sample in another precision than a suite demands.

    Args:
        sampler: the suite's; None for a method that does not use it.
        device: where it would run.

    Raises:
        UserError: it would.
    """
    if sampler is None or not sampler.precision_required:
        return
    found = precision_name(autocasts(sampler.precision, device)[1])
    if found != sampler.precision:
        raise UserError(
            f"The suite demands that images are sampled in {sampler.precision} ([sampler] precision_required), and this "
            f"processor would do it in {found}; run it on a GPU or on a processor with AVX512-BF16 or AMX, or set "
            'precision = "float32" in a suite of your own.'
        )


def cpu_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware (AVX512-BF16 or AMX)."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("flags"):
                return not {"avx512_bf16", "amx_bf16"}.isdisjoint(line.split())
    except OSError:
        pass
    return False


def default_batch_size(device: Device, resolution: int) -> int:
    """Images sampled at once. It changes speed and memory, not the result.

    On one CPU core larger batches gain nothing once they fill the cache; a GPU wants to be filled.
    """
    megapixels = resolution * resolution / 1_000_000
    if not is_gpu(device):
        return max(1, min(16, int(0.1 / megapixels)))
    return max(1, min(128, int(4.2 / megapixels)))


def peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes; 0 where the system does not tell."""
    try:
        # Not getrusage at first: on Linux its maximum is handed down from the parent, which holds the encoders.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
