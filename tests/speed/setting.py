"""What all benchmarks work with: a suite's base model, dataset and sampler, loaded as `bench run` loads them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from dreambench.baselines.method import MethodContext, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.suite import Suite, load_suite
from dreambench.benchmark.encoders import Encoders, load_encoders
from dreambench.benchmark.machine.resources import Device, autocasts, default_batch_size
from dreambench.dataset.collection import Dataset, load_dataset


@dataclass(frozen=True)
class Setting:
    """A suite on a device; models are loaded when first used, and stay."""

    suite: Suite
    device_kind: Device
    cache_dir: Path
    """For class images; a fresh folder, so that nothing is left from earlier runs."""

    @classmethod
    def of(cls, suite: str, *, device: Device, cache_dir: Path) -> "Setting":
        """The setting of a suite, by name or path."""
        return cls(load_suite(suite), device, cache_dir)

    @property
    def device(self) -> torch.device:
        """Where everything runs."""
        return torch.device(self.device_kind)

    @cached_property
    def base(self) -> BaseModel:
        """The suite's base model."""
        return self.load_base()

    @cached_property
    def dataset(self) -> Dataset:
        """The suite's dataset."""
        return load_dataset(self.suite.dataset)

    @cached_property
    def protocol(self) -> Protocol:
        """The suite's protocol."""
        return load_protocol(self.suite.protocol)

    @cached_property
    def encoders(self) -> Encoders:
        """The suite's encoders."""
        return load_encoders(self.suite.encoders, self.protocol, self.device)

    def load_base(self) -> BaseModel:
        """The suite's base model, read from disk each time."""
        model = self.suite.model_for("The benchmark")
        return BaseModel.load(model.source, device=self.device, revision=model.revision)

    def tasks(self, count: int) -> list[SubjectTask]:
        """The first subjects of the dataset, with their reference images."""
        subjects = self.dataset.subjects[:count]
        return [SubjectTask(subject, tuple(self.dataset.references(subject))) for subject in subjects]

    def context(self, *, batch_size: int | None = None) -> MethodContext:
        """A context at the precision of the suite's sampler; batch size None: what `bench run` takes on this device."""
        sampler = self.suite.sampler_for("The benchmark")
        train, sample = autocasts(sampler.precision, self.device_kind)
        return MethodContext(
            device=self.device,
            base=self.base,
            sampler_settings=sampler,
            seed=0,
            cache_dir=self.cache_dir,
            batch_size=batch_size or default_batch_size(self.device_kind, sampler.resolution),
            train_autocast=train,
            sample_autocast=sample,
        )
