"""Reading back finished runs, and folders that `bench score` wrote: their summaries and tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.results.summary import SUMMARY_FILE, Summary, read_summary
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, read_run_record
from dreambench.benchmark.scoring.tables import ABOUT_IMAGE, ABOUT_SUBJECT, N_PAIRS, Scores, keys_of
from dreambench.benchmark.statistics import MethodCells
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

#: Images of one folder; a thousand runs of the whole protocol have fewer.
_MAX_ROWS: Final = 5_000_000


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
        """The folder that `path` in the table of images starts from.

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
            UserError: they are missing or broken.
        """
        infos = self.summary.metrics
        image_keys, subject_keys = keys_of(infos, "image"), keys_of(infos, "subject")
        tables = []
        for name, about, keys in (
            ("scores.parquet", ABOUT_IMAGE, image_keys),
            ("subjects.parquet", ABOUT_SUBJECT, [*image_keys, *subject_keys]),
        ):
            columns = [*about, *keys]
            frame = self._table(name, columns)
            tables.append(frame.reindex(columns=[*columns, *(name for name in frame.columns if name not in columns)]))
        return Scores(tables[0], tables[1], infos)

    def cells(self, infos: Sequence[MetricInfo]) -> tuple[MethodCells, dict[str, str]]:
        """The scores by subject and prompt, of some of the metrics that the run has, and subject -> kind.

        Only the columns that this needs are read: a table of two hundred runs should not wait for file names.

        Raises:
            UserError: they are missing or broken.
        """
        from dreambench.benchmark.results.cells import method_cells

        known = {info.key for info in self.summary.metrics}
        wanted = [info for info in infos if info.key in known]
        images = self._table("scores.parquet", ["subject", "prompt_index", *keys_of(wanted, "image")], also=())
        also = ("n_images", N_PAIRS)
        subjects = self._table("subjects.parquet", ["subject", "kind", *keys_of(wanted, "subject")], also=also)
        kinds = {str(name): str(kind) for name, kind in zip(subjects["subject"], subjects["kind"], strict=True)}
        return method_cells(Scores(images, subjects, tuple(wanted))), kinds

    def _table(self, name: str, columns: Sequence[str], *, also: Sequence[str] | None = None) -> "pd.DataFrame":
        """A table's columns; it may lack only metrics that have no mean.

        Args:
            name: of the file.
            columns: that are needed.
            also: that are read where they are there; None reads all there are.
        """
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.root / name
        try:
            about = pq.read_metadata(path)
            if about.num_rows > _MAX_ROWS:  # a few bytes can say that a value is repeated for ever
                raise ValueError(f"it has more than {_MAX_ROWS:,} rows")
            there = set(about.schema.to_arrow_schema().names)
            wanted = None if also is None else [column for column in [*columns, *also] if column in there]
            frame = pd.read_parquet(path, columns=wanted)
        except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise UserError(f"{path} cannot be read ({reason}); score the run again.") from error
        metrics = {info.key for info in self.summary.metrics}
        with_mean = {info.key for info in self.metrics}
        for column in columns:
            if column not in there and not (column in metrics and column not in with_mean):
                raise UserError(f"{path} has no column '{column}'; score the run again.")
            is_number = column in metrics or column == "prompt_index"
            if column in there and is_number and not pd.api.types.is_numeric_dtype(frame[column]):
                raise UserError(f"{path} has something else than numbers in its column '{column}'; score the run again.")
        return frame


def read_finished(root: Path) -> FinishedRun:
    """Open a folder with scores.

    Raises:
        UserError: there is none, it is not finished, or its summary cannot be read.
    """
    if not root.is_dir():
        raise UserError(f"There is no folder {root}; give a run's folder, such as runs/mini-dreambooth-seed0.")
    path = root / SUMMARY_FILE
    if not path.is_file():
        if (root / RUN_FILE).is_file():
            raise UserError(f"The run in {root} is not finished; give the same `bench run` command again to finish it.")
        raise UserError(f"{root} has no summary.json; give a folder that `bench run` or `bench score --out` made.")
    return FinishedRun(root, read_summary(path))
