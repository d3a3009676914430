"""What the workers of one run need to know, and the order and the groups in which units are handed out."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.benchmark.machine.resources import Device
from dreambench.benchmark.runs.units import Unit


@dataclass(frozen=True)
class Job:
    """All that a worker process is told. It can be pickled, and names things instead of holding them.

    Attributes:
        folder: the run's folder.
        dataset: name or path of the dataset, as `load_dataset` takes it.
        model_source, model_revision: the base model, as `BaseModel.load` takes it; source None for a method without one.
        prompts: indices of the prompts to sample.
        prior_images: samples of the class prompt for every subject, 0 for none.
        cache_dir: where class images are kept between runs.
        batch_size: images sampled at once; changes speed and memory, not the result.
        device: where the models run.
        weights_hash: what the base model's must be, since units are named by it; None asks for nothing.
    """

    folder: Path
    dataset: str
    model_source: str | None
    model_revision: str | None
    sampler: SamplerSettings
    method: str
    settings: MethodSettings
    seed: int
    prompts: tuple[int, ...]
    images_per_prompt: int
    prior_images: int
    cache_dir: Path
    batch_size: int
    device: Device
    weights_hash: str | None = None


def spread_classes(units: Sequence[Unit], class_nouns: Mapping[str, str]) -> list[Unit]:
    """Units in an order that brings the first subject of every class noun first, then the second, and so on.

    Workers that begin with subjects of one class would wait for one another while its class images are made.
    """
    seen: defaultdict[str, int] = defaultdict(int)
    ranked = []
    for place, unit in enumerate(units):
        noun = class_nouns[unit.subject]
        ranked.append((seen[noun], place, unit))
        seen[noun] += 1
    return [unit for _, _, unit in sorted(ranked, key=lambda entry: entry[:2])]


def make_groups(units: Sequence[Unit], *, group_size: int, workers: int) -> list[tuple[Unit, ...]]:
    """Cut units into groups of at most `group_size`, as equal as can be, and no fewer groups than workers if possible."""
    if not units:
        return []
    count = max(math.ceil(len(units) / max(1, group_size)), min(workers, len(units)))
    short, longer = divmod(len(units), count)
    groups, start = [], 0
    for index in range(count):
        end = start + short + (1 if index < longer else 0)
        groups.append(tuple(units[start:end]))
        start = end
    return groups
