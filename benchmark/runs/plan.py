"""What a run is: everything its images and scores depend on, settled and checked before any work is done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord, RecordedProtocol
from dreambench.benchmark.declarations.suite import ModelSpec, Suite, resolved_toml
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.metrics.features import Part
from dreambench.benchmark.runs.checkpoints import Checkpoint
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.options import RunOptions
from dreambench.benchmark.runs.record import ReferencesRecord, RunRecord
from dreambench.benchmark.runs.reference_choice import ALL_REFERENCES, ReferenceChoice
from dreambench.benchmark.runs.selection import Selection
from dreambench.benchmark.runs.shard import Shard
from dreambench.benchmark.runs.units import UNIT_FORMAT, Unit
from dreambench.dataset.collection import Dataset
from dreambench.dataset.hashing import sha256_file, sha256_json
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import Subject

#: The folder of runs, in the working directory.
RUNS_FOLDER: Final = Path("runs")
_SUFFIX_LENGTH: Final = 8
_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class RunPlan:
    """One run, fully resolved. It can be pickled, and names heavy things instead of holding them: workers load them.

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
        model: the suite's base model; None for a method that uses none.
        weights_hash: the base model's; None for a method that uses none.
        sampler: the suite's; None for a method that does not use it.
        seed: of the whole run.
        plugin: distribution and version that the method comes from; None for a built-in method.
        choice: how many reference images the method sees.
        checkpoints: what is made in this one training for several runs, by rising step; empty for a usual run, whose units are
            its own. They change nothing that the run is named by.
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
    model: ModelSpec | None
    weights_hash: str | None
    sampler: SamplerSettings | None
    seed: int
    plugin: str | None
    choice: ReferenceChoice = ALL_REFERENCES
    checkpoints: tuple[Checkpoint, ...] = ()

    def record(
        self,
        *,
        environment: Environment | None = None,
        command: tuple[str, ...] = (),
        started: str = "",
        options: RunOptions | None = None,
        encoder_fingerprints: Mapping[str, str | None] | None = None,
    ) -> RunRecord:
        """The run as run.json holds it; `RunRecord.identity` of it is what makes this run this run.

        Args:
            environment: what it is begun with.
            command: what was typed.
            started: when, in ISO 8601.
            options: what it was given.
            encoder_fingerprints: each encoder's own fingerprint by role.
        """
        made_with = environment or Environment()
        return RunRecord(
            suite=self.suite.name,
            method=self.method,
            plugin=self.plugin,
            seed=self.seed,
            settings=self.settings.identity(),
            selection=self.selection.record(),
            references=self._references_record(),
            prior_images=self.prior_images,
            dataset=DatasetRecord.model_validate(self.dataset.record()),
            base_model=self.weights_hash,
            model=None if self.model is None else self.model.in_words,
            sampler=_sampler_json(self.sampler),
            protocol=RecordedProtocol.of(self.protocol),
            fingerprint=self.fingerprint,
            encoders=self.encoders_key,
            encoder_fingerprints=dict(encoder_fingerprints or {}),
            suite_file=resolved_toml(self.suite),
            command=command,
            options=options,
            started=started,
            **vars(made_with),
        )

    def prompts(self, subject: Subject) -> tuple[Prompt, ...]:
        """The prompts that are sampled of a subject."""
        chosen = set(self.selection.by_subject[subject.id])
        return tuple(prompt for prompt in self.dataset.prompts(subject) if prompt.index in chosen)

    def subjects(self) -> tuple[Subject, ...]:
        """The selected subjects, in the dataset's order."""
        return tuple(self.dataset.subject(name) for name in self.selection.subjects)

    def references_seen(self, subject: Subject, dataset: Dataset | None = None) -> tuple[Path, ...]:
        """The reference images of a subject that the method sees, in the dataset's order.

        Args:
            subject: one of the dataset's.
            dataset: the same as a worker has loaded it; None: the plan's.
        """
        return self.choice.parts(dataset or self.dataset, subject, seed=self.seed)["seen"]

    def parts(self) -> Mapping[str, Mapping[Part, tuple[Path, ...]]]:
        """Subject -> its reference images that are seen and that are kept back; empty where all are seen."""
        if self.choice.is_usual:
            return {}
        return {subject.id: self.choice.parts(self.dataset, subject, seed=self.seed) for subject in self.subjects()}

    def _references_record(self) -> ReferencesRecord | None:
        if self.choice.is_usual:
            return None
        names = {
            subject: {part: tuple(path.name for path in files) for part, files in parts.items()}
            for subject, parts in self.parts().items()
        }
        return ReferencesRecord(
            hold_out=self.choice.hold_out,
            references=self.choice.references,
            seen={subject: parts["seen"] for subject, parts in names.items()},
            unseen={subject: parts["unseen"] for subject, parts in names.items()},
        )

    def units(self) -> tuple[Unit, ...]:
        """A unit for every selected subject, in the dataset's order."""
        return tuple(self._unit(subject) for subject in self.subjects())

    def _unit(self, subject: Subject) -> Unit:
        names = RunFolder(Path())  # a manifest names files below the run's folder
        each_prompt = range(self.selection.images_per_prompt)
        images = [names.image(subject.id, prompt.index, index) for prompt in self.prompts(subject) for index in each_prompt]
        prior = [names.prior_image(subject.id, index) for index in range(self.prior_images)]
        return Unit(
            subject.id,
            unit_key(self, subject),
            frozenset(path.as_posix() for path in images),
            frozenset(path.as_posix() for path in prior),
            self.sampler.precision if self.sampler is not None and self.sampler.precision_required else None,
        )

    def images_of(self, subject: Subject) -> int:
        """How many images a subject gets, prior images included."""
        return len(self.prompts(subject)) * self.selection.images_per_prompt + self.prior_images


def unit_key(plan: RunPlan, subject: Subject) -> str:
    """SHA-256 over all that a subject's images depend on, 64 hex digits. What only changes the speed is left out on purpose:
    device, batch size, number of workers, engine, and settings that are run-time knobs.

    A plug-in is named by its distribution and version, so one that is changed without a new version is not told apart. A
    built-in method's key is as it was before there were plug-ins.
    """
    content = {
        "format": UNIT_FORMAT,
        "subject": subject.id,
        "class_noun": subject.class_noun,
        "references": plan.dataset.subject_checksum(subject),
        "weights": plan.weights_hash,
        "sampler": _sampler_json(plan.sampler),
        "method": plan.method,
        "settings": plan.settings.identity(),
        "seed": plan.seed,
        "prompts": {str(prompt.index): prompt.template for prompt in plan.prompts(subject)},
        "images_per_prompt": plan.selection.images_per_prompt,
        "prior_images": plan.prior_images,
    }
    if (own := plan.settings.subject_identity(subject.id)) is not None:
        content["of_subject"] = own
    if plan.plugin is not None:
        content["plugin"] = plan.plugin
    if not plan.choice.is_usual:
        # What a choice left aside or kept back moves no image: runs that show a method the same ones share their units.
        content["references"] = {path.name: sha256_file(path) for path in plan.references_seen(subject)}
    return sha256_json(content)


def default_folder(
    *,
    suite: str,
    method: str,
    seed: int,
    selection: Selection,
    whole: Selection,
    quick: Selection,
    settings: MethodSettings,
    usual_settings: MethodSettings | None,
    choice: ReferenceChoice,
    prompt_set: str | None = None,
    shard: Shard | None = None,
) -> Path:
    """runs/<suite>-<method>-seed<seed>; what is not the whole protocol with the suite's settings gets a suffix.

    The quick selection's is "-quick". Any other selection, settings changed with --set, and reference images that are kept back
    add 8 digits of their hash, so that two different runs never meet in one folder.

    Args:
        usual_settings: the suite's; None where the suite leaves one open that must be set.
        prompt_set: that is asked in place of the suite's prompts; None for those.
        shard: the part of the run that the folder is for, named at the end; None for the whole run.
    """
    name = f"{suite}-{_NOT_IN_NAMES.sub('-', method)}-seed{seed}"  # a function's name has its file's path
    special: dict[str, Any] = {}
    if selection == quick != whole:
        name += "-quick"
    elif selection != whole:
        special["selection"] = selection.record().model_dump(mode="json")
    if usual_settings is None or settings.identity() != usual_settings.identity():
        special["settings"] = settings.identity()
    if not choice.is_usual:
        special["references"] = vars(choice)
    if prompt_set is not None:
        special["prompt_set"] = prompt_set
    if special:
        name += f"-{sha256_json(special)[:_SUFFIX_LENGTH]}"
    return RUNS_FOLDER / (name if shard is None else name + shard.suffix)


def _sampler_json(sampler: SamplerSettings | None) -> dict[str, Any] | None:
    return None if sampler is None else sampler.identity()
