"""What a run's units took, read back from their manifests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import read_manifest


@dataclass(frozen=True)
class RunCost:
    """Seconds and memory of a run.

    Attributes:
        seconds: subject id -> seconds of training and sampling.
        peak_memory_bytes: largest resident memory of a worker.
        peak_device_memory_bytes: largest memory allocated on a GPU; None without one.
        machine: GPU or processor, in a few words.
    """

    seconds: dict[str, float]
    peak_memory_bytes: int
    peak_device_memory_bytes: int | None
    machine: str


def run_cost(run: FinishedRun) -> RunCost | None:
    """The cost of a run; None for a folder without manifests, whose images come from elsewhere."""
    folder = RunFolder(run.root)
    manifests = (
        [read_manifest(path) for path in sorted((run.root / "units").glob("*.json"))] if folder.run_file.is_file() else []
    )
    units = [manifest for manifest in manifests if manifest is not None]
    if not units:
        return None
    device = [unit.peak_device_memory_bytes for unit in units if unit.peak_device_memory_bytes is not None]
    return RunCost(
        seconds={unit.subject: unit.seconds.train + unit.seconds.sample for unit in units},
        peak_memory_bytes=max(unit.peak_memory_bytes for unit in units),
        peak_device_memory_bytes=max(device) if device else None,
        machine=_machine(run.summary.environment.hardware, on_gpu=bool(device)),
    )


def _machine(hardware: Mapping[str, Any], *, on_gpu: bool) -> str:
    gpus = hardware.get("gpus")
    if on_gpu and isinstance(gpus, list) and gpus:
        first = gpus[0]
        return str(first.get("name", "a GPU") if isinstance(first, dict) else first)
    return f"{hardware.get('processor', 'an unknown processor')}, {hardware.get('cores', '?')} cores"
