"""Doing units of work in one process: prepare the subjects, sample their images, write them, and last the manifest."""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from dreambench.baselines.base_model import BaseModel
from dreambench.baselines.method import ImageRequest, Method, MethodContext, PreparedSubject, SubjectTask
from dreambench.baselines.registry import build_method
from dreambench.benchmark.encoders.network import true_float32
from dreambench.benchmark.engine.failures import failure_of
from dreambench.benchmark.engine.job import Job
from dreambench.benchmark.engine.messages import Failure, GroupFinished, Loaded, Message, Progress, UnitDone
from dreambench.benchmark.engine.writer import ImageWriter
from dreambench.benchmark.machine.environment import versions
from dreambench.benchmark.machine.resources import autocasts
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import Unit, UnitManifest, UnitSeconds, write_manifest
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

#: Seconds between two progress messages of a phase; the last of a phase is always sent.
PROGRESS_INTERVAL: Final = 0.2
Report = Callable[[Message], None]


class Worker:
    """Holds the base model and the method, and does groups of units, one after another.

    Creating it loads the models; what goes wrong then (a corrupt weight file) is raised. What goes wrong in a unit is reported.
    """

    def __init__(self, job: Job, report: Report) -> None:
        self._job = job
        self._report = report
        self._folder = RunFolder(job.folder)
        self._dataset = load_dataset(job.dataset)
        self._method: Method = build_method(job.method, job.settings)
        self._train_autocast, self._sample_autocast = autocasts(job.sampler.precision, job.device)
        self._base: BaseModel | None = None
        if job.model_source is not None:
            self._base = BaseModel.load(job.model_source, device=torch.device(job.device), revision=job.model_revision)
            if job.weights_hash not in {None, self._base.weights_hash}:
                raise UserError(
                    f"The base model {job.model_source} changed while the run was getting ready; give the command again, and "
                    "give [model] a revision if it comes from the hub."
                )
        report(Loaded())

    def do(self, group: Sequence[Unit]) -> None:
        """Do a group of units that are prepared together. Reports each unit's end, and the group's.

        What is not autocast is computed in true float32, as the manifests say: a GPU's convolutions would otherwise be in TF32.
        """
        with true_float32():
            self._do(group)
        self._report(GroupFinished())

    def _do(self, group: Sequence[Unit]) -> None:
        names = tuple(unit.subject for unit in group)
        try:
            self._reset_device_peak()
            started = time.perf_counter()
            prepared = self._prepare(names)
            train_seconds = (time.perf_counter() - started) / len(group)
            # One unit of the group may fail (a picture that cannot be decoded) and leave the others sound.
            for unit, subject in zip(group, prepared, strict=True):
                try:
                    self._report(UnitDone(self._finish(unit, subject, train_seconds)))
                except Exception as error:
                    self._report(failure_of(error, (unit.subject,)))
        except Exception as error:
            self._report(failure_of(error, names))

    def _prepare(self, names: tuple[str, ...]) -> Sequence[PreparedSubject]:
        subjects = [self._dataset.subject(name) for name in names]
        tasks = [SubjectTask(subject, tuple(self._dataset.references(subject))) for subject in subjects]
        context = MethodContext(
            base=self._base,
            sampler=self._job.sampler,
            seed=self._job.seed,
            cache_dir=self._job.cache_dir,
            batch_size=self._job.batch_size,
            train_autocast=self._train_autocast,
            sample_autocast=self._sample_autocast,
            on_progress=PhaseReporter(names, self._report),
        )
        return self._method.prepare(tasks, context)

    def _finish(self, unit: Unit, prepared: PreparedSubject, train_seconds: float) -> UnitManifest:
        """Sample and write one prepared subject's images, then its manifest."""
        self._folder.clear_leftovers(unit.subject)
        started = time.perf_counter()
        requests, paths = self._requests(unit)
        progress = PhaseReporter((unit.subject,), self._report)
        with ImageWriter() as writer:
            for done, (path, image) in enumerate(zip(paths, prepared.sample(requests), strict=True), start=1):
                writer.write(path, image)
                progress("sample", done, len(requests))
            hashes = writer.finish()
        named = {self._folder.relative(path): digest for path, digest in hashes.items()}
        record = prepared.record
        manifest = UnitManifest(
            key=unit.key,
            subject=unit.subject,
            images={name: digest for name, digest in named.items() if name.startswith("images/")},
            prior={name: digest for name, digest in named.items() if name.startswith("prior/")},
            losses=record.losses,
            steps=record.steps,
            details=dict(record.details),
            seconds=UnitSeconds(train=round(train_seconds, 3), sample=round(time.perf_counter() - started, 3)),
            peak_memory_bytes=peak_memory(),
            peak_device_memory_bytes=torch.cuda.max_memory_allocated() if self._job.device == "cuda" else None,
            environment=self._environment(),
        )
        write_manifest(self._folder.manifest_file(unit.subject), manifest)
        return manifest

    def _requests(self, unit: Unit) -> tuple[list[ImageRequest], list[Path]]:
        subject = self._dataset.subject(unit.subject)
        chosen = [prompt for prompt in self._dataset.prompts(subject) if prompt.index in self._job.prompts]
        requests, paths = [], []
        for prompt in chosen:
            for index in range(self._job.images_per_prompt):
                requests.append(ImageRequest(subject, prompt, index))
                paths.append(self._folder.image(subject.id, prompt.index, index))
        for index in range(self._job.prior_images if self._method.has_prior else 0):
            requests.append(ImageRequest(subject, None, index))
            paths.append(self._folder.prior_image(subject.id, index))
        return requests, paths

    def _environment(self) -> dict[str, Any]:
        return {
            "device": torch.cuda.get_device_name() if self._job.device == "cuda" else "cpu",
            "threads": torch.get_num_threads(),
            "train_precision": _precision(self._train_autocast),
            "sample_precision": _precision(self._sample_autocast),
            "batch_size": self._job.batch_size,
            "versions": versions(),
        }

    def _reset_device_peak(self) -> None:
        if self._job.device == "cuda":
            torch.cuda.reset_peak_memory_stats()


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


def peak_memory() -> int:
    """Largest resident memory of this process so far, in bytes; 0 where the system does not tell."""
    try:
        # Not getrusage at first: on Linux its maximum is handed down from the parent, which holds the encoders.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def load_failure(error: Exception) -> Failure:
    """The failure of a worker that could not begin."""
    return failure_of(error, ())


def _precision(autocast: torch.dtype | None) -> str:
    return "float32" if autocast is None else str(autocast).removeprefix("torch.")
