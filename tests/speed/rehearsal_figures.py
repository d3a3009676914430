"""The figures of the dress rehearsal: a training step, an image, peak memory, beside what the operations alone would take."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from dreambench.baselines.method import ImageRequest, SubjectTask
from dreambench.baselines.registry import build_method
from dreambench.benchmark.declarations.suite import method_settings
from dreambench.benchmark.doctor.base_model import cost_of, find_model
from dreambench.benchmark.doctor.demand import Extent
from dreambench.benchmark.doctor.estimate import seconds_of
from dreambench.benchmark.doctor.machine import Demand, examine_device
from dreambench.benchmark.doctor.speed import Pace, speed_of_device
from dreambench.benchmark.encoders.network import true_float32
from dreambench.benchmark.machine.cache import cache_folder
from dreambench.benchmark.machine.device import Device, is_gpu
from dreambench.benchmark.machine.resources import peak_memory

from .setting import Setting
from .timing import seconds

METHODS: Final = ("dreambooth", "textual_inversion")
IMAGES: Final = 4
SUBJECT: Final = "dog"


@dataclass(frozen=True)
class Measured:
    """Seconds and bytes; limits are the counted operations at 40% of the speed of a matrix product on the same device."""

    about: str
    step: float
    step_limit: float
    image: float
    image_limit: float
    device_peak: int | None
    host_peak: int
    guessed: int
    snapshot: str

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Measured":
        """Back from JSON."""
        return cls(**record)


def measure(suite: Path, method: str, *, device: Device) -> Measured:
    """Train one subject twice and time the second training, then draw and time a few images."""
    if not is_gpu(device):
        torch.set_num_threads(1)  # as a worker of `bench run` has
    with true_float32():
        return _measure(Setting.of(str(suite), device=device, cache_dir=cache_folder()), method)


def _measure(setting: Setting, method: str) -> Measured:
    trainer = build_method(method, method_settings(setting.suite, method))
    context = setting.context()
    subject = setting.dataset.subject(SUBJECT)
    tasks = [SubjectTask(subject, tuple(setting.dataset.references(subject)))]
    trainer.prepare(tasks, context)
    [prepared] = trainer.prepare(tasks, context)
    steps = prepared.record.steps
    batch = context.batch_size if is_gpu(setting.device_kind) else IMAGES
    prompts = setting.dataset.prompts(subject)
    requests = [ImageRequest(subject, prompts[n % len(prompts)], n // len(prompts)) for n in range(batch)]
    list(prepared.sample(requests[: context.batch_size]))
    image = seconds(lambda: list(prepared.sample(requests)), setting.device) / len(requests)
    sampler, model = setting.suite.sampler_for("The rehearsal"), setting.suite.model_for("The rehearsal")
    _, machine = examine_device(setting.device_kind, sampler)
    cost = cost_of(model, find_model(model), sampler.resolution)
    assert cost is not None
    demand = Demand(cost, trainer, Extent(subjects=1, class_nouns=1, images=1), sampler)
    work = demand.work
    pace = Pace(
        device=setting.device,
        rows=2,
        batch_size=1,
        resolution=sampler.resolution,
        train_autocast=machine.train_autocast,
        sample_autocast=machine.sample_autocast,
        can_train=True,
    )
    device_peak = torch.cuda.max_memory_allocated(setting.device) if is_gpu(setting.device_kind) else None
    host_peak = peak_memory()
    limit = speed_of_device(cost, work, pace)
    rows = f"{work.train_rows} samples a step"
    return Measured(
        about=f"{sampler.resolution} px, {rows}, {sampler.steps} sampler steps, {machine.name}",
        step=prepared.record.seconds / steps,
        step_limit=limit.step,
        image=image,
        image_limit=seconds_of(demand, limit, workers=1, score_seconds=0.0)["sample"],
        device_peak=device_peak,
        host_peak=host_peak,
        guessed=demand.memory(machine),
        snapshot=setting.base.snapshot_store or "none, for nothing of it trains",
    )
