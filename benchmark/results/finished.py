"""Reading back finished runs, and folders that `bench score` wrote: their summaries and tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.manifest_checks import manifest_faults, read_manifests
from dreambench.benchmark.results.summary import IMAGES_TABLE, SUBJECTS_TABLE, SUMMARY_FILE, Summary, read_summary
from dreambench.benchmark.results.tables import N_IMAGES, read_table
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, read_run_record
from dreambench.benchmark.runs.shard import how_to_merge, read_parts
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.scoring.tables import N_PAIRS, Scores, keys_of
from dreambench.benchmark.statistics import MethodCells
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import FileHashes
from dreambench.dataset.prompts import OFFICIAL_PROMPTS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FinishedRun:
    """A folder with scores.

    Attributes:
        root: the folder.
        summary: its summary.json.
    """

    root: Path
    summary: Summary

    @property
    def is_run(self) -> bool:
        """Whether `bench run` made it; else `bench score` did, of images that lie elsewhere."""
        return (self.root / RUN_FILE).is_file()

    @cached_property
    def record(self) -> RunRecord | None:
        """Its run.json; None for a folder of `bench score`.

        Raises:
            UserError: it is there and cannot be read.
        """
        return read_run_record(self.root) if self.is_run else None

    @cached_property
    def hashes(self) -> FileHashes:
        """SHA-256 of the run's files, each read once."""
        return FileHashes()

    def manifests(self) -> Mapping[str, UnitManifest]:
        """Subject -> the manifest of its unit, of those that can be read; empty for a folder of `bench score`."""
        return {} if self.record is None else read_manifests(self.root, self.record.selection.subjects)

    @property
    def fingerprint(self) -> str:
        """The protocol's fingerprint that the scores carry."""
        return self.summary.fingerprint

    @property
    def protocol(self) -> str:
        """The protocol's name."""
        return self.summary.protocol.name

    @property
    def method(self) -> str:
        """The method's name; the folder's name for images that came from elsewhere."""
        return self.summary.method or self.root.resolve().name

    @property
    def metrics(self) -> tuple[MetricInfo, ...]:
        """The metrics that it has a mean of, in the order of tables."""
        overall = self.summary.overall
        return tuple(info for info in self.summary.metrics if info.key in overall and overall[info.key].mean is not None)

    def metric(self, key: str) -> MetricInfo | None:
        """One metric that it has a mean of."""
        return next((info for info in self.metrics if info.key == key), None)

    @property
    def images_folder(self) -> Path:
        """The folder that `path` in the table of images starts from, as the run says it: of a stranger's, look before you open.

        Raises:
            UserError: the summary of scored images does not say it.
        """
        if self.is_run:
            return self.root
        if not self.summary.images:
            raise UserError(f"{self.root / SUMMARY_FILE} does not say where its images lie; score them again with --out.")
        return self.root / self.summary.images

    def scores(self) -> Scores:
        """The tables; a metric that the run has no value of is all NaN.

        Raises:
            UserError: they are missing or broken, or not of each other and the summary.
        """
        summary = self.summary
        images, subjects = (read_table(self.root, name, summary) for name in (IMAGES_TABLE, SUBJECTS_TABLE))
        self._refuse_faults(images, subjects, summary.metrics)
        self._refuse_others(manifest_faults(self.root, summary, self.record, images))
        return Scores(images, subjects, summary.metrics)

    def cells(self, infos: Sequence[MetricInfo]) -> tuple[MethodCells, dict[str, str]]:
        """The scores by subject and prompt, of some of the metrics that the run has, and subject -> kind.

        Only the columns that this needs are read: a table of two hundred runs should not wait for file names.

        Raises:
            UserError: they are missing or broken, or not of each other and the summary.
        """
        from dreambench.benchmark.results.cells import method_cells

        known = {info.key for info in self.summary.metrics}
        wanted = tuple(info for info in infos if info.key in known)
        on_images, on_subjects = keys_of(wanted, "image"), keys_of(wanted, "subject")
        images, subjects = (
            read_table(self.root, name, self.summary, only=columns)
            for name, columns in (
                (IMAGES_TABLE, ["subject", "kind", "prompt_index", "image_index", *on_images]),
                (SUBJECTS_TABLE, ["subject", "kind", *on_images, *on_subjects, N_IMAGES, N_PAIRS]),
            )
        )
        self._refuse_faults(images, subjects, wanted)
        self._refuse_others(manifest_faults(self.root, self.summary, self.record))
        kinds = {str(name): str(kind) for name, kind in zip(subjects["subject"], subjects["kind"], strict=True)}
        return method_cells(Scores(images, subjects, wanted)), kinds

    def _refuse_faults(self, images: "pd.DataFrame", subjects: "pd.DataFrame", infos: Sequence[MetricInfo]) -> None:
        from dreambench.benchmark.results.table_checks import table_faults

        asked = {(prompt.kind, prompt.index) for prompt in self.summary.prompts or OFFICIAL_PROMPTS}
        fault = next(table_faults(images, subjects, self.summary, infos, asked=asked), None)
        if fault is not None:
            raise UserError(f"The scores in {self.root} do not agree with themselves: {fault}; score the run again.")

    def _refuse_others(self, faults: Iterator[str]) -> None:
        fault = next(faults, None)
        if fault is not None:
            raise UserError(
                f"The scores in {self.root} are not of its images: {fault}; give the same `bench run` command again."
            )


def read_finished(root: Path) -> FinishedRun:
    """Open a folder with scores.

    Raises:
        UserError: there is none, it is not finished, or its summary cannot be read.
    """
    if not root.is_dir():
        raise UserError(f"There is no folder {root}; give a run's folder, such as runs/mini-dreambooth-seed0.")
    path = root / SUMMARY_FILE
    if not path.is_file():
        shard = next(iter(read_parts(root)), None)
        if shard is not None:
            raise UserError(f"{root} is part {shard} of a run and has no scores; merge all parts: {how_to_merge(root, shard)}")
        if (root / RUN_FILE).is_file():
            raise UserError(f"The run in {root} is not finished; give the same `bench run` command again to finish it.")
        raise UserError(f"{root} has no summary.json; give a folder that `bench run` or `bench score --out` made.")
    return FinishedRun(root, read_summary(path))
