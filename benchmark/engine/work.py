"""Doing units of work in one process: prepare the subjects, sample their images, write them, and last the manifest."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image

from dreambench.baselines.base_model import BaseModel
from dreambench.baselines.method import ImageRequest, MethodContext, PreparedSubject, SubjectTask
from dreambench.baselines.registry import build_method
from dreambench.baselines.returned import check_prepared, checked_images
from dreambench.baselines.work import Phase
from dreambench.benchmark.encoders.network import true_float32
from dreambench.benchmark.engine.alike import Likeness
from dreambench.benchmark.engine.engine import Report
from dreambench.benchmark.engine.failures import failure_of
from dreambench.benchmark.engine.messages import GroupFinished, Loaded, Progress, UnitDone
from dreambench.benchmark.engine.writer import ImageWriter
from dreambench.benchmark.machine.device import is_gpu
from dreambench.benchmark.machine.environment import versions
from dreambench.benchmark.machine.resources import Resources, autocasts, peak_memory, precision_name
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.units import (
    ALL_ALIKE,
    ASKED_BATCH_SIZE,
    BATCH_SIZE,
    SAMPLE_PRECISION,
    TRAIN_PRECISION,
    Unit,
    UnitManifest,
    UnitSeconds,
    write_manifest,
)
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image
from dreambench.dataset.subjects import Subject

#: Seconds between two progress messages of a phase; the last of a phase is always sent.
PROGRESS_INTERVAL: Final = 0.2


class Worker:
    """Holds the base model and the method, and does groups of units of a plan, one after another.

    Creating it loads what is heavy; what goes wrong then (a corrupt weight file) is raised. What goes wrong in a unit is
    reported.
    """

    def __init__(self, plan: RunPlan, resources: Resources, report: Report) -> None:
        self._plan = plan
        self._resources = resources
        self._report = report
        self._folder = RunFolder(resources.folder)
        self._device = torch.device(resources.device)
        self._dataset = plan.suite.open_dataset()
        precision = "float32" if plan.sampler is None else plan.sampler.precision
        self._train_autocast, self._sample_autocast = autocasts(precision, resources.device)
        side = None if plan.sampler is None else plan.sampler.resolution
        self._size = None if side is None else (side, side)
        self._batch_size = resources.batch_size
        self._method = build_method(plan.method, plan.settings)
        with self._on_device():
            self._base = None if plan.model is None else self._load_base()
            self._method.load(self._context(()))
        report(Loaded())

    def do(self, group: Sequence[Unit]) -> None:
        """Do a group of units that are prepared together. Reports each unit's end, and the group's.

        What is not autocast is computed in true float32, as the manifests say: a GPU's convolutions would otherwise be in TF32.
        """
        with self._on_device(), true_float32():
            self._do(group)
        self._report(GroupFinished())

    def _do(self, group: Sequence[Unit]) -> None:
        names = tuple(unit.subject for unit in group)
        try:
            self._reset_device_peak()
            started = time.perf_counter()
            context = self._context(names)
            prepared = self._prepare(names, context)
            train_seconds = (time.perf_counter() - started) / len(group)
            # One unit of the group may fail (a picture that cannot be decoded) and leave the others sound.
            for unit, subject in zip(group, prepared, strict=True):
                try:
                    self._report(UnitDone(self._finish(unit, subject, train_seconds, context)))
                except Exception as error:
                    self._report(failure_of(error, (unit.subject,)))
        except Exception as error:
            self._report(failure_of(error, names))

    def _prepare(self, names: tuple[str, ...], context: MethodContext) -> Sequence[PreparedSubject]:
        subjects = [self._dataset.subject(name) for name in names]
        tasks = [SubjectTask(subject, self._references(subject)) for subject in subjects]
        return check_prepared(self._method.prepare(tasks, context), tasks, method=self._plan.method)

    def _references(self, subject: Subject) -> tuple[Image.Image, ...]:
        return tuple(map(open_image, self._plan.references_seen(subject, self._dataset)))

    def _finish(self, unit: Unit, prepared: PreparedSubject, train_seconds: float, context: MethodContext) -> UnitManifest:
        """Sample and write one prepared subject's images, then its manifest."""
        self._folder.clear_leftovers(unit.subject)
        started = time.perf_counter()
        requests, paths = self._requests(unit)
        progress = PhaseReporter((unit.subject,), self._report)
        images = checked_images(prepared.sample(requests), requests, method=self._plan.method, size=self._size)
        likeness = Likeness()
        with ImageWriter() as writer:
            for done, (path, image) in enumerate(zip(paths, images, strict=True), start=1):
                self._size = image.size  # whatever comes first: all of a run's have one size
                writer.write(path, image)
                likeness.add(image)
                progress(Phase.SAMPLE, done, len(requests))
            hashes = writer.finish()
        self._batch_size = context.batch_size  # what did not fit once is not tried again by the next unit
        named = {self._folder.relative(path): digest for path, digest in hashes.items()}
        record = prepared.record
        manifest = UnitManifest(
            key=unit.key,
            subject=unit.subject,
            images={name: digest for name, digest in named.items() if name.startswith("images/")},
            prior={name: digest for name, digest in named.items() if name.startswith("prior/")},
            image_size=self._size,
            losses=record.losses,
            steps=record.steps,
            references_seen=self._names_seen(unit),
            details=dict(record.details) | ({ALL_ALIKE: round(likeness.spread, 3)} if likeness.all_alike else {}),
            seconds=UnitSeconds(train=round(train_seconds, 3), sample=round(time.perf_counter() - started, 3)),
            peak_memory_bytes=peak_memory(),
            peak_device_memory_bytes=torch.cuda.max_memory_allocated(self._device) if self._is_on_gpu else None,
            environment=self._environment(),
        )
        write_manifest(self._folder.manifest_file(unit.subject), manifest)
        return manifest

    def _names_seen(self, unit: Unit) -> tuple[str, ...] | None:
        if self._plan.choice.is_usual:
            return None
        subject = self._dataset.subject(unit.subject)
        return tuple(path.name for path in self._plan.references_seen(subject, self._dataset))

    def _requests(self, unit: Unit) -> tuple[list[ImageRequest], list[Path]]:
        """The pictures to ask for, and where each goes."""
        subject = self._dataset.subject(unit.subject)
        requests, paths = [], []
        for prompt in self._plan.prompts(subject):
            for index in range(self._plan.selection.images_per_prompt):
                requests.append(ImageRequest(subject, prompt, index))
                paths.append(self._folder.image(subject.id, prompt.index, index))
        for index in range(self._plan.prior_images):
            requests.append(ImageRequest(subject, None, index))
            paths.append(self._folder.prior_image(subject.id, index))
        return requests, paths

    def _context(self, names: tuple[str, ...]) -> MethodContext:
        """What the method works with, its progress going to these subjects."""
        return MethodContext(
            device=self._device,
            seed=self._plan.seed,
            cache_dir=self._resources.cache,
            batch_size=self._batch_size,
            base=self._base,
            sampler_settings=self._plan.sampler,
            train_autocast=self._train_autocast,
            sample_autocast=self._sample_autocast,
            on_progress=PhaseReporter(names, self._report),
        )

    def _load_base(self) -> BaseModel:
        """The base model.

        Raises:
            UserError: it is not there, damaged, or not the one that the units are named by.
        """
        model = self._plan.model
        assert model is not None
        base = BaseModel.load(model.source, device=self._device, revision=model.revision)
        if base.weights_hash != self._plan.weights_hash:
            raise UserError(
                f"The base model {model.source} changed while the run was getting ready; give the command again, and "
                "give [model] a revision if it comes from the hub."
            )
        return base

    @property
    def _is_on_gpu(self) -> bool:
        return is_gpu(self._resources.device)

    @contextmanager
    def _on_device(self) -> Iterator[None]:
        """A GPU with a number is the current one meanwhile: a method may call it "cuda"."""
        if not self._is_on_gpu:
            yield
            return
        with torch.cuda.device(self._device):
            yield

    def _environment(self) -> dict[str, Any]:
        asked = self._resources.batch_size
        return {
            "device": torch.cuda.get_device_name(self._device) if self._is_on_gpu else "cpu",
            "threads": torch.get_num_threads(),
            TRAIN_PRECISION: precision_name(self._train_autocast),
            SAMPLE_PRECISION: precision_name(self._sample_autocast),
            BATCH_SIZE: self._batch_size,
            **({ASKED_BATCH_SIZE: asked} if self._batch_size < asked else {}),
            "versions": versions(),
        }

    def _reset_device_peak(self) -> None:
        if self._is_on_gpu:
            torch.cuda.reset_peak_memory_stats(self._device)


class PhaseReporter:
    """Progress of a method's phases, sent on at a bearable rate and with the seconds since the phase began."""

    def __init__(self, subjects: tuple[str, ...], report: Report) -> None:
        self._subjects = subjects
        self._report = report
        self._phase = ""
        self._began = self._sent = time.perf_counter()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Note that `done` of `total` steps or images of a phase are done."""
        now = time.perf_counter()
        if phase != self._phase:
            # The first call comes after the first step, so the phase began when the one before it was last heard of.
            self._phase, self._began, self._sent = phase, self._sent if self._phase else self._began, 0.0
        if done >= total or now - self._sent >= PROGRESS_INTERVAL:
            self._sent = now
            self._report(Progress(self._subjects, phase, done, total, now - self._began))
