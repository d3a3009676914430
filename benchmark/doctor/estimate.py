"""From how fast the device is and how much there is to do to about how long it takes."""

from pathlib import Path
from typing import Final

from dreambench.baselines.work import Phase
from dreambench.benchmark.doctor.findings import Estimate
from dreambench.benchmark.doctor.machine import Demand, Machine
from dreambench.benchmark.doctor.speed import Pace, Speed, speed_of_device, speed_of_model
from dreambench.benchmark.machine.device import is_gpu

#: Bytes a weight for the network and its half-precision copy: what it takes to time it at all.
_TO_MEASURE: Final = 6


def estimate(folder: Path | None, demand: Demand, machine: Machine, *, units: int) -> Estimate:
    """About how long a run takes, from a short measurement on the device.

    Args:
        folder: the model's, if its weights are here: then a few passes are timed.
        demand: what the run asks for.
        machine: what there is.
        units: subjects, over which the workers of a CPU share the work.

    Raises:
        UserError: the weights are damaged.
    """
    import torch

    from dreambench.benchmark.machine.resources import count_workers, default_batch_size, worker_memory_bytes

    work = demand.work

    sampler = demand.sampler
    needed = demand.memory(machine)
    pace = Pace(
        device=machine.device,
        rows=1 if sampler.guidance_scale == 1 else 2,
        batch_size=default_batch_size(machine.kind, sampler.resolution),
        resolution=sampler.resolution,
        train_autocast=machine.train_autocast,
        sample_autocast=machine.sample_autocast,
        can_train=needed <= machine.memory,
    )
    threads = torch.get_num_threads()
    try:
        if not is_gpu(machine.kind):
            torch.set_num_threads(1)  # as a worker has
        fits = _TO_MEASURE * demand.cost.weights <= machine.memory
        speed = speed_of_model(folder, work, pace) if folder is not None and fits else speed_of_device(demand.cost, work, pace)
    finally:
        torch.set_num_threads(threads)
    workers = 1
    if not is_gpu(machine.kind):
        needed_each = demand.method.memory_bytes or worker_memory_bytes(demand.cost.weights)
        workers = count_workers(units=units, cores=machine.cores, free_memory=machine.memory, worker_memory=needed_each)
    seconds = seconds_of(demand, speed, workers=workers, score_seconds=machine.score_seconds)
    return Estimate(seconds, speed.basis, _words(speed, workers))


def seconds_of(demand: Demand, speed: Speed, *, workers: int, score_seconds: float) -> dict[str, float]:
    """Seconds of each phase, the workers side by side."""
    sampler, work = demand.sampler, demand.work
    # PNDM's 50 steps are 51 calls; every other solver here makes one a step.
    calls = sampler.steps + (1 if sampler.scheduler == "pndm" else 0)
    image = calls * speed.call + speed.decode
    encode = speed.decode * demand.cost.encode_flops / demand.cost.decode_flops
    return {
        Phase.CLASS_IMAGES: work.class_images * (image + encode) / workers,
        Phase.TRAIN: work.train_steps * speed.step / workers,
        Phase.SAMPLE: work.images * image / workers,
        Phase.SCORE: work.images * score_seconds,
    }


def _words(speed: Speed, workers: int) -> str:
    beside = f", {workers} workers side by side" if workers > 1 else ""
    if speed.basis == "matmul":
        return f"operations counted, at 40% of the speed of a matrix product measured here{beside}"
    parts = [f"{_duration(speed.call)} a UNet call of the sampler an image", f"{_duration(speed.decode)} a decoded image"]
    if speed.step:
        parts.insert(0, f"{_duration(speed.step)} a training step")
    return f"measured here: {', '.join(parts)}{beside}"


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
