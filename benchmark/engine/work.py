"""Doing units of work in one process: prepare the subjects, sample their images, write them, and last the manifest."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from PIL import Image

from dreambench.baselines.method import ImageRequest, MethodContext, PreparedSubject, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.registry import build_method
from dreambench.baselines.returned import check_prepared, checked_images
from dreambench.baselines.work import Phase
from dreambench.benchmark.encoders.network import true_float32
from dreambench.benchmark.engine.alike import Likeness
from dreambench.benchmark.engine.engine import Report
from dreambench.benchmark.engine.failures import failure_of
from dreambench.benchmark.engine.jobs import Job, Preparation
from dreambench.benchmark.engine.memory_in_use import measure
from dreambench.benchmark.engine.messages import GroupFinished, Loaded, Progress, UnitDone
from dreambench.benchmark.engine.phase_reporter import PhaseReporter
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

#: Seconds between two looks at the memory in use.
MEMORY_INTERVAL: Final = 2.0


@dataclass(frozen=True)
class _Stage:
    """What is sampled after so many steps, and where it goes; `step` None: when the method has prepared the subjects."""

    step: int | None
    units: Mapping[str, Unit]
    folder: RunFolder


class _Sampling:
    """Progress of a subject's images, counted over all stages."""

    def __init__(self, reporter: PhaseReporter, total: int) -> None:
        self._reporter, self._total, self._done = reporter, total, 0
        reporter.pause()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Between two stages its time does not count."""
        self._reporter.go_on()
        yield
        self._reporter.pause()

    def add_one(self, *, ends_batch: bool) -> None:
        """One more image is there."""
        self._done += 1
        tell = self._reporter.of_batch if ends_batch else self._reporter
        tell(Phase.SAMPLE, self._done, self._total)


class Worker:
    """Holds the base model and the method, and does the tasks of a plan, one after another.

    Creating it loads what is heavy; what goes wrong then (a corrupt weight file) is raised. What goes wrong in a unit is
    reported.
    """

    def __init__(self, plan: RunPlan, resources: Resources, report: Report) -> None:
        self._plan = plan
        self._resources = resources
        self._report = report
        self._device = torch.device(resources.device)
        self._dataset = plan.suite.open_dataset()
        precision = "float32" if plan.sampler is None else plan.sampler.precision
        self._train_autocast, self._sample_autocast = autocasts(precision, resources.device)
        side = None if plan.sampler is None else plan.sampler.resolution
        self._size = None if side is None else (side, side)
        self._batch_size = resources.batch_size
        self._measured = -MEMORY_INTERVAL
        self._context_now: MethodContext | None = None
        self._method = build_method(plan.method, plan.settings)
        with self._on_device():
            self._base = None if plan.model is None else self._load_base()
            self._method.load(self._context(PhaseReporter((), self._tell)))
        report(Loaded())

    def _tell(self, progress: Progress) -> None:
        """Send progress on, now and then with the memory that is in use."""
        now = time.perf_counter()
        if now - self._measured >= MEMORY_INTERVAL:
            self._measured, progress = now, replace(progress, memory=measure(self._resources.device))
        self._report(progress)

    def do(self, job: Job) -> None:
        """Do a group of units that are prepared together, or make what subjects share. Reports each unit's end, and the task's.

        What is not autocast is computed in true float32, as the manifests say: a GPU's convolutions would otherwise be in TF32.
        """
        with self._on_device(), true_float32():
            if isinstance(job, Preparation):
                self._make_shared(job)
            else:
                self._do(job)
        self._report(GroupFinished())

    def _make_shared(self, job: Preparation) -> None:
        names = tuple(unit.subject for unit in job.units)
        try:
            context = self._context(PhaseReporter(names, self._tell, ahead=True))
            self._method.make_shared(self._dataset.subject(names[0]), context, part=job.part)
        except Exception as error:
            failure = failure_of(error, names)
            if failure.kind not in ("machine", "user"):  # those are sentences of their own
                failure = replace(failure, message=f"{job.what} could not be made: {failure.message}")
            self._report(failure)

    def _do(self, group: Sequence[Unit]) -> None:
        names = tuple(unit.subject for unit in group)
        left = dict.fromkeys(names)
        stages = self._stages(group)
        sampling = {name: self._sampling(name, stages) for name in names}
        try:
            self._reset_device_peak()
            for number, (prepared, seconds) in enumerate(self._prepared(names, stages)):
                stage, later = stages[number], {name for after in stages[number + 1 :] for name in after.units}
                # One unit of the group may fail (a picture that cannot be decoded) and leave the others sound.
                for name, subject in zip(names, prepared, strict=True):
                    if name not in left or name not in stage.units:
                        continue
                    try:
                        manifest = self._finish(stage, subject, seconds / len(group), sampling[name])
                        if name not in later:
                            self._report(UnitDone(manifest))
                            left.pop(name)
                    except Exception as error:
                        left.pop(name)
                        self._report(failure_of(error, (name,)))
                if not left:
                    return
        except Exception as error:
            self._report(failure_of(error, tuple(left)))

    def _stages(self, group: Sequence[Unit]) -> list[_Stage]:
        """When the group's subjects are sampled: after the training, or at those of the plan's checkpoints that they lack."""
        if not self._plan.checkpoints:
            return [_Stage(None, {unit.subject: unit for unit in group}, RunFolder(self._resources.folder))]
        names = {unit.subject for unit in group}
        found = []
        for checkpoint in self._plan.checkpoints:
            units = {name: unit for name, unit in checkpoint.units.items() if name in names}
            if units:
                found.append(_Stage(checkpoint.step, units, RunFolder(checkpoint.folder)))
        return found

    def _sampling(self, name: str, stages: Sequence[_Stage]) -> _Sampling:
        images = self._plan.images_of(self._dataset.subject(name))
        return _Sampling(PhaseReporter((name,), self._tell), images * sum(name in stage.units for stage in stages))

    def _prepared(self, names: tuple[str, ...], stages: Sequence[_Stage]) -> Iterator[tuple[Sequence[PreparedSubject], float]]:
        """The group's prepared subjects at every stage, and the seconds of training until then, sampling left out."""
        subjects = [self._dataset.subject(name) for name in names]
        started = time.perf_counter()
        tasks = [SubjectTask(subject, self._references(subject)) for subject in subjects]
        progress = PhaseReporter(names, self._tell)
        context = self._context_now = self._context(progress)
        if stages[0].step is None:
            prepared = check_prepared(self._method.prepare(tasks, context), tasks, method=self._plan.method)
            yield prepared, time.perf_counter() - started
            return
        seconds = 0.0
        shown = self._method.checkpoints(tasks, context, [stage.step or 0 for stage in stages])
        try:
            for stage in stages:
                step, found = next(shown, (None, ()))
                if step != stage.step:
                    raise UserError(
                        f"The method {self._plan.method} was to be looked at after {stage.step} steps, and was after {step}: "
                        "its `checkpoints` must yield every number that it is given."
                    )
                seconds += time.perf_counter() - started
                progress.pause()
                yield check_prepared(found, tasks, method=self._plan.method), seconds
                progress.go_on()
                started = time.perf_counter()
        finally:
            if isinstance(shown, Generator):
                shown.close()  # what it changed for its training (gradients, hooks) must not outlive it

    def _references(self, subject: Subject) -> tuple[Image.Image, ...]:
        return tuple(map(open_image, self._plan.references_seen(subject, self._dataset)))

    def _finish(self, stage: _Stage, prepared: PreparedSubject, seconds: float, progress: _Sampling) -> UnitManifest:
        """Sample and write one prepared subject's images, then its manifest."""
        unit, folder = stage.units[prepared.subject.id], stage.folder
        folder.clear_leftovers(unit.subject)
        started = time.perf_counter()
        requests, paths = self._requests(unit, folder)
        images = checked_images(prepared.sample(requests), requests, method=self._plan.method, size=self._size)
        likeness = Likeness()
        with ImageWriter() as writer, progress.going_on():
            for number, (path, image) in enumerate(zip(paths, images, strict=True), start=1):
                self._size = image.size  # whatever comes first: all of a run's have one size
                writer.write(path, image)
                likeness.add(image)
                progress.add_one(ends_batch=number % self._batch_now == 0 or number == len(paths))
            hashes = writer.finish()
        self._batch_size = self._batch_now  # what did not fit once is not tried again by the next unit
        named = {folder.relative(path): digest for path, digest in hashes.items()}
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
            seconds=UnitSeconds(train=round(seconds, 3), sample=round(time.perf_counter() - started, 3)),
            peak_memory_bytes=peak_memory(),
            peak_device_memory_bytes=torch.cuda.max_memory_allocated(self._device) if self._is_on_gpu else None,
            environment=self._environment(),
        )
        write_manifest(folder.manifest_file(unit.subject), manifest)
        return manifest

    def _names_seen(self, unit: Unit) -> tuple[str, ...] | None:
        if self._plan.choice.is_usual:
            return None
        subject = self._dataset.subject(unit.subject)
        return tuple(path.name for path in self._plan.references_seen(subject, self._dataset))

    def _requests(self, unit: Unit, folder: RunFolder) -> tuple[list[ImageRequest], list[Path]]:
        """The pictures to ask for, and where each goes."""
        subject = self._dataset.subject(unit.subject)
        requests, paths = [], []
        for prompt in self._plan.prompts(subject):
            for index in range(self._plan.selection.images_per_prompt):
                requests.append(ImageRequest(subject, prompt, index))
                paths.append(folder.image(subject.id, prompt.index, index))
        for index in range(self._plan.prior_images):
            requests.append(ImageRequest(subject, None, index))
            paths.append(folder.prior_image(subject.id, index))
        return requests, paths

    def _context(self, progress: PhaseReporter) -> MethodContext:
        """What the method works with, and whom its progress goes to."""
        return MethodContext(
            device=self._device,
            seed=self._plan.seed,
            cache_dir=self._resources.cache,
            batch_size=self._batch_size,
            base=self._base,
            sampler_settings=self._plan.sampler,
            train_autocast=self._train_autocast,
            sample_autocast=self._sample_autocast,
            on_progress=progress,
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
    def _batch_now(self) -> int:
        """Images that come at once; fewer than before where those did not fit into memory."""
        return self._batch_size if self._context_now is None else self._context_now.batch_size

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
