"""The machine against what a run asks of it: device, memory, disk."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.baselines.method import Method
from dreambench.baselines.model.cost import FLOAT, ModelCost
from dreambench.baselines.settings import SamplerSettings
from dreambench.benchmark.doctor.demand import Extent, RunWork, disk_needed, memory_needed, run_work
from dreambench.benchmark.doctor.findings import Finding
from dreambench.benchmark.machine.device import is_gpu
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

    from dreambench.benchmark.machine.resources import Device, DeviceChoice

#: Seconds to score an image, its reading included; on a GPU reading is what takes the time.
_SCORE_SECONDS: Final = 0.02
MORE_MEMORY: Final = "use a device with more memory, or end what else uses it"


@dataclass(frozen=True)
class Machine:
    """What is there.

    Attributes:
        kind: the device: "cpu", "cuda" or "cuda:1".
        name: the processor's or GPU's.
        memory: bytes free on the device.
        host_memory: bytes free on the host.
        cores: that a run may use.
        train_autocast, sample_autocast: the precision that a run would have here; None is float32.
    """

    kind: "Device"
    name: str
    memory: int
    host_memory: int
    cores: int
    train_autocast: "torch.dtype | None"
    sample_autocast: "torch.dtype | None"

    @property
    def device(self) -> "torch.device":
        """For torch."""
        import torch

        return torch.device(self.kind)

    @property
    def score_seconds(self) -> float:
        """Seconds to score an image."""
        return _SCORE_SECONDS


@dataclass(frozen=True)
class Demand:
    """What the run asks for: a method on a model, so far, with a sampler."""

    cost: ModelCost
    method: Method[Any]
    extent: Extent
    sampler: SamplerSettings

    @property
    def work(self) -> RunWork:
        """How much there is to do."""
        return run_work(self.method, self.cost, self.extent)

    @property
    def weights_bytes(self) -> int:
        """The weights that methods may change, once."""
        return FLOAT * (self.cost.unet_weights + self.cost.text_encoder_weights)

    def memory(self, machine: Machine) -> int:
        """Bytes that a worker needs on a machine: what the method says of itself, or what its work on the model takes."""
        from dreambench.baselines.model.latents import images_at_once
        from dreambench.benchmark.machine.resources import default_batch_size

        if self.method.memory_bytes is not None:
            return self.method.memory_bytes
        work = self.work
        return memory_needed(
            self.cost,
            work,
            half=(machine.train_autocast if work.train_steps else machine.sample_autocast) is not None,
            batch_size=default_batch_size(machine.kind, self.sampler.resolution),
            pictures_at_once=images_at_once(self.sampler.resolution),
        )

    def with_settings(self, changes: Mapping[str, Any]) -> "Demand":
        """The same under other settings."""
        settings = self.method.settings.model_copy(update=dict(changes))
        return replace(self, method=type(self.method)(settings))


def examine_device(choice: "DeviceChoice", sampler: SamplerSettings | None) -> tuple[list[Finding], Machine]:
    """The device that a run would take; `sampler` None: the method does not use it, and computes in float32."""
    import torch

    from dreambench.baselines.model.memory import free_host_memory, free_memory
    from dreambench.benchmark.machine.environment import hardware, usable_cores
    from dreambench.benchmark.machine.resources import autocasts, choose_device, precision_name, refuse_other_precision

    problem = None
    try:
        kind = choose_device(choice)
        refuse_other_precision(sampler, kind)
    except UserError as error:
        kind, problem = "cpu", str(error)
    there = hardware()
    name = torch.cuda.get_device_name(torch.device(kind)) if is_gpu(kind) else str(there["processor"])
    train, sample = autocasts("float32" if sampler is None else sampler.precision, kind)
    machine = Machine(kind, name, free_memory(torch.device(kind)), free_host_memory(), usable_cores(), train, sample)
    words = {"train": precision_name(train), "sample": precision_name(sample)}
    text = name if is_gpu(kind) else f"{name}, {machine.cores} cores"
    text += f"; trains in {words['train']}, samples in {words['sample']}; torch {torch.__version__}"
    details = {"device": kind, "name": name, "cores": machine.cores, "precision": words, "torch": torch.__version__}
    if problem is not None:
        return [Finding("device", "missing", problem, details=details)], machine
    return [Finding("device", "ready", text, details=details)], machine


def examine_memory(demand: Demand, machine: Machine) -> Finding:
    """Memory needed against memory that is free, with what would bring it down."""
    needed = demand.memory(machine)
    return memory_finding(needed, machine, remedy="" if needed <= machine.memory else _less_memory(demand, machine))


def memory_finding(needed: int, machine: Machine, *, remedy: str) -> Finding:
    """Bytes needed against those that are free; `remedy` where they are too few."""
    where = "the GPU" if is_gpu(machine.kind) else "the machine"
    text = f"needs about {_size(needed)}, {_size(machine.memory)} are free on {where}"
    details: dict[str, Any] = {"needed_bytes": needed, "free_bytes": machine.memory}
    if needed <= machine.memory:
        return Finding("memory", "ready", text, details=details)
    return Finding("memory", "missing", text, remedy or MORE_MEMORY, details)


def examine_disk(resolution: int, *, images: int, out: Path, fetched: int) -> Finding:
    """Room for the run's images, and for a model that is to be fetched if it goes to the same disk."""
    above = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(above).free
    needed = disk_needed(resolution, images=images) + fetched
    text = f"needs about {_size(needed)}, {_size(free)} are free at {above}"
    details = {"needed_bytes": needed, "free_bytes": free, "path": str(above)}
    if needed <= free:
        return Finding("disk", "ready", text, details=details)
    return Finding("disk", "missing", text, "free some space, or name another folder with --out", details)


def _less_memory(demand: Demand, machine: Machine) -> str:
    """The settings that cost the least and make it fit, or the least that it can be brought to."""
    present = demand.method.settings
    changes = {key: value for key, value in demand.method.saves_memory.items() if getattr(present, key) != value}
    tried: dict[str, Any] = {}
    needed = demand.memory(machine)
    for key, value in changes.items():
        tried[key] = value
        needed = demand.with_settings(tried).memory(machine)
        if needed <= machine.memory:
            break
    options = " ".join(f"--set {key}={str(value).lower()}" for key, value in tried.items())
    if options and needed <= machine.memory:
        return f"{options} brings it to about {_size(needed)}, with the same result"
    least = f"; even with {options} it needs about {_size(needed)}" if options else ""
    return f"{MORE_MEMORY}{least}"


def _size(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"
