"""What a run is: everything its images and scores depend on, settled and checked before any work is done."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.baselines.settings import MethodSettings
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.suite import Suite
from dreambench.benchmark.runs.selection import Selection
from dreambench.benchmark.runs.units import Unit, unit_key
from dreambench.dataset.collection import Dataset
from dreambench.dataset.hashing import sha256_json

#: The folder of runs, in the working directory.
RUNS_FOLDER: Final = Path("runs")
_SUFFIX_LENGTH: Final = 8


@dataclass(frozen=True)
class RunPlan:
    """One run, fully resolved.

    Attributes:
        suite: as loaded.
        protocol: the suite's, with the run's own number of images a prompt.
        fingerprint: of the protocol with the encoders' weights.
        encoders_key: hash of the encoders' files; changes whenever the fingerprint could.
        dataset: the suite's.
        method: its name.
        settings: the method's, after --set.
        selection: the part of the protocol that is run.
        prior_images: samples of the class prompt a subject; 0 for a method that has no prior of its own.
        weights_hash: the base model's; None for a method that uses none.
        seed: of the whole run.
        plugin: distribution and version that the method comes from; None for a built-in method.
    """

    suite: Suite
    protocol: Protocol
    fingerprint: str
    encoders_key: str
    dataset: Dataset
    method: str
    settings: MethodSettings
    selection: Selection
    prior_images: int
    weights_hash: str | None
    seed: int
    plugin: str | None

    def identity(self) -> dict[str, Any]:
        """All that makes this run this run, as JSON. Run-time knobs (device, batch size, workers) are not part of it."""
        return plain_json(
            {
                "suite": self.suite.name,
                "method": self.method,
                "plugin": self.plugin,
                "seed": self.seed,
                "settings": self.settings.identity(),
                "selection": self.selection.record(),
                "prior_images": self.prior_images,
                "dataset": self.dataset.record(),
                "base_model": self.weights_hash,
                "sampler": self.suite.sampler.model_dump(mode="json"),
                "protocol": self.protocol.name,
                "fingerprint": self.fingerprint,
                "encoders": self.encoders_key,
            }
        )

    def units(self) -> tuple[Unit, ...]:
        """A unit for every selected subject, in the dataset's order."""
        return tuple(self._unit(subject_id) for subject_id in self.selection.subjects)

    def class_nouns(self) -> dict[str, str]:
        """Subject id -> class noun."""
        return {subject_id: self.dataset.subject(subject_id).class_noun for subject_id in self.selection.subjects}

    def _unit(self, subject_id: str) -> Unit:
        subject = self.dataset.subject(subject_id)
        chosen = set(self.selection.by_subject[subject_id])
        key = unit_key(
            subject_id=subject.id,
            class_noun=subject.class_noun,
            references_checksum=self.dataset.subject_checksum(subject),
            weights_hash=self.weights_hash,
            sampler=self.suite.sampler.model_dump(mode="json"),
            method=self.method,
            settings=self.settings.identity(),
            seed=self.seed,
            prompts={prompt.index: prompt.template for prompt in self.dataset.prompts(subject) if prompt.index in chosen},
            images_per_prompt=self.selection.images_per_prompt,
            prior_images=self.prior_images,
            plugin=self.plugin,
        )
        return Unit(subject.id, key)


def default_folder(
    *,
    suite: str,
    method: str,
    seed: int,
    selection: Selection,
    whole: Selection,
    quick: Selection,
    settings: MethodSettings,
    usual_settings: MethodSettings,
) -> Path:
    """runs/<suite>-<method>-seed<seed>; what is not the whole protocol with the suite's settings gets a suffix.

    The quick selection's is "-quick". Any other selection, and settings changed with --set, add 8 digits of their hash, so
    that two different runs never meet in one folder.
    """
    name = f"{suite}-{method}-seed{seed}"
    special: dict[str, Any] = {}
    if selection == quick != whole:
        name += "-quick"
    elif selection != whole:
        special["selection"] = selection.record()
    if settings.identity() != usual_settings.identity():
        special["settings"] = settings.identity()
    return RUNS_FOLDER / (f"{name}-{sha256_json(plain_json(special))[:_SUFFIX_LENGTH]}" if special else name)


def images_to_make(plan: RunPlan, units: Sequence[Unit]) -> int:
    """Generated and prior images of these units."""
    prompts = sum(len(plan.selection.by_subject[unit.subject]) for unit in units)
    return prompts * plan.selection.images_per_prompt + plan.prior_images * len(units)


def plain_json(value: dict[str, Any]) -> dict[str, Any]:
    """The value as it comes back from a JSON file (tuples become lists), so that the two can be compared."""
    plain: dict[str, Any] = json.loads(json.dumps(value))
    return plain
