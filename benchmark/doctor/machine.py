"""The machine against what a run asks of it: device, memory, disk."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.baselines.cost import FLOAT, ModelCost
from dreambench.baselines.settings import DreamBoothSettings, MethodSettings, SamplerSettings, TextualInversionSettings
from dreambench.benchmark.doctor.demand import Work, disk_needed, memory_needed, work_of
from dreambench.benchmark.doctor.findings import Finding
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

    from dreambench.benchmark.machine.resources import Device, DeviceChoice

#: Seconds to score an image, its reading included; on a GPU reading is what takes the time.
_SCORE_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Machine:
    """What is there.

    Attributes:
        kind: "cpu" or "cuda".
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
    """What the run asks for."""

    cost: ModelCost
    work: Work
    settings: MethodSettings
    sampler: SamplerSettings

    @property
    def weights_bytes(self) -> int:
        """The weights that methods may change, once."""
        return FLOAT * (self.cost.unet_weights + self.cost.text_encoder_weights)

    def memory(self, machine: Machine) -> int:
        """Bytes that a worker needs on a machine."""
        from dreambench.baselines.latents import images_at_once
        from dreambench.benchmark.machine.resources import default_batch_size

        return memory_needed(
            self.cost,
            self.work,
            checkpointed=bool(getattr(self.settings, "gradient_checkpointing", False)),
            half=(machine.train_autocast if self.work.train_steps else machine.sample_autocast) is not None,
            batch_size=default_batch_size(machine.kind, self.sampler.resolution),
            pictures_at_once=images_at_once(self.sampler.resolution),
        )

    def with_settings(self, changes: dict[str, Any]) -> "Demand":
        """The same for one subject (or stack) under other settings."""
        settings = self.settings.model_copy(update=changes)
        work = work_of(settings, self.cost, subjects=1, class_nouns=1, images=self.work.images)
        return Demand(self.cost, work, settings, self.sampler)


def examine_device(choice: "DeviceChoice", sampler: SamplerSettings) -> tuple[list[Finding], Machine]:
    """The device that a run would take."""
    import torch

    from dreambench.baselines.memory import free_host_memory, free_memory
    from dreambench.benchmark.machine.environment import hardware, usable_cores
    from dreambench.benchmark.machine.resources import autocasts, choose_device

    problem = None
    try:
        kind = choose_device(choice)
    except UserError as error:
        kind, problem = "cpu", str(error)
    there = hardware()
    name = torch.cuda.get_device_name() if kind == "cuda" else str(there["processor"])
    train, sample = autocasts(sampler.precision, kind)
    machine = Machine(kind, name, free_memory(torch.device(kind)), free_host_memory(), usable_cores(), train, sample)
    words = {"train": _precision(train), "sample": _precision(sample)}
    text = f"{name}, {machine.cores} cores" if kind == "cpu" else name
    text += f"; trains in {words['train']}, samples in {words['sample']}; torch {torch.__version__}"
    details = {"device": kind, "name": name, "cores": machine.cores, "precision": words, "torch": torch.__version__}
    if problem is not None:
        return [Finding("device", "missing", problem, details=details)], machine
    return [Finding("device", "ready", text, details=details)], machine


def examine_memory(demand: Demand, machine: Machine) -> Finding:
    """Memory needed against memory that is free."""
    needed = demand.memory(machine)
    where = "the GPU" if machine.kind == "cuda" else "the machine"
    text = f"needs about {_size(needed)}, {_size(machine.memory)} are free on {where}"
    details: dict[str, Any] = {"needed_bytes": needed, "free_bytes": machine.memory}
    if needed <= machine.memory:
        return Finding("memory", "ready", text, details=details)
    return Finding("memory", "missing", text, _less_memory(demand, machine), details)


def examine_disk(sampler: SamplerSettings, *, images: int, out: Path, fetched: int) -> Finding:
    """Room for the run's images, and for a model that is to be fetched if it goes to the same disk."""
    above = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(above).free
    needed = disk_needed(sampler, images=images) + fetched
    text = f"needs about {_size(needed)}, {_size(free)} are free at {above}"
    details = {"needed_bytes": needed, "free_bytes": free, "path": str(above)}
    if needed <= free:
        return Finding("disk", "ready", text, details=details)
    return Finding("disk", "missing", text, "free some space, or name another folder with --out", details)


def _less_memory(demand: Demand, machine: Machine) -> str:
    """The settings that cost the least and make it fit, or the least that it can be brought to."""
    changes: dict[str, Any] = {}
    if isinstance(demand.settings, TextualInversionSettings):
        changes["group_size"] = 1
    if isinstance(demand.settings, DreamBoothSettings | TextualInversionSettings):
        changes["gradient_checkpointing"] = True
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
    return f"use a device with more memory, or end what else uses it{least}"


def _precision(dtype: "torch.dtype | None") -> str:
    return "float32" if dtype is None else str(dtype).removeprefix("torch.")


def _size(amount: int) -> str:
    return f"{amount / 1e9:.1f} GB"
