"""Reading back finished runs, and folders that `bench score` wrote: their summaries and tables."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dreambench.benchmark.metrics import MetricInfo
    from dreambench.benchmark.scoring.tables import Scores
    from dreambench.benchmark.statistics import MethodCells


@dataclass(frozen=True)
class FinishedRun:
    """A folder with scores.

    Attributes:
        root: the folder.
        summary: its summary.json.
    """

    root: Path
    summary: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """The protocol's fingerprint that the scores carry."""
        return str(self.summary["fingerprint"])

    @property
    def protocol(self) -> str:
        """The protocol's name."""
        return str(self.summary["protocol"])

    @property
    def pooling(self) -> str:
        """How the protocol pools: "micro" over images, "macro" over subjects' means, "pairs" over pairs with references."""
        return str(self.summary.get("pooling") or "micro")

    @property
    def dataset(self) -> dict[str, Any]:
        """The dataset's name and checksum; empty where they are not recorded."""
        about = self.summary.get("dataset")
        return about if isinstance(about, dict) else {}

    @property
    def scale(self) -> float:
        """What the protocol multiplies its cosines by: 1, or 100."""
        value = self.summary.get("scale")
        return float(value) if isinstance(value, int | float) and value > 0 else 1.0

    @property
    def method(self) -> str:
        """The method's name; the folder's name for images that came from elsewhere."""
        return str(self.summary.get("method") or self.root.resolve().name)

    @property
    def overall(self) -> dict[str, Any]:
        """Metric key -> {"label", "mean", "ci95", "higher_is_better", "n"} over all subjects."""
        entries: dict[str, Any] = self.summary["overall"]
        return entries

    def scores(self) -> "Scores":
        """The tables; a metric that the run was scored without is all NaN.

        Raises:
            UserError: they are missing or broken.
        """
        from dreambench.benchmark.scoring.tables import IMAGE_COLUMNS, SUBJECT_COLUMNS, Scores

        tables = []
        for name, columns in (("scores.parquet", IMAGE_COLUMNS), ("subjects.parquet", SUBJECT_COLUMNS)):
            frame = self._table(name, columns)
            tables.append(frame.reindex(columns=[*columns, *(each for each in frame.columns if each not in columns)]))
        return Scores(images=tables[0], subjects=tables[1])

    def cells(self, infos: "Sequence[MetricInfo]") -> "tuple[MethodCells, dict[str, str]]":
        """The scores by subject and prompt, of the metrics that the run has, and subject -> kind.

        Only the columns that this needs are read: a table of two hundred runs should not wait for file names.

        Raises:
            UserError: they are missing or broken.
        """
        from dreambench.benchmark.results.cells import method_cells
        from dreambench.benchmark.scoring.tables import N_PAIRS, Scores

        keys = {level: [info.key for info in infos if info.level == level] for level in ("image", "subject")}
        images = self._table("scores.parquet", ["subject", "prompt_index", *keys["image"]])
        subjects = self._table("subjects.parquet", ["subject", "kind", *keys["subject"]], also=["n_images", N_PAIRS])
        kinds = {str(name): str(kind) for name, kind in zip(subjects["subject"], subjects["kind"], strict=True)}
        return method_cells(Scores(images=images, subjects=subjects), infos), kinds

    def _table(self, name: str, columns: "Sequence[str]", *, also: "Sequence[str] | None" = None) -> "pd.DataFrame":
        """A table's columns; it may lack only metrics that the summary does not speak of.

        Args:
            name: of the file.
            columns: that are needed.
            also: that are read where they are there; None reads all there are.
        """
        import pandas as pd
        import pyarrow.parquet as pq

        from dreambench.benchmark.metrics import METRIC_KEYS

        path = self.root / name
        try:
            there = set(pq.read_schema(path).names)
            wanted = None if also is None else [column for column in [*columns, *also] if column in there]
            frame = pd.read_parquet(path, columns=wanted)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} cannot be read ({error}); score the run again.") from error
        for column in columns:
            is_metric = column in METRIC_KEYS
            if column not in there and not (is_metric and column not in self.overall):
                raise UserError(f"{path} has no column '{column}'; score the run again.")
            if column in there and (is_metric or column == "prompt_index") and not pd.api.types.is_numeric_dtype(frame[column]):
                raise UserError(f"{path} has something else than numbers in its column '{column}'; score the run again.")
        return frame


def read_finished(root: Path) -> FinishedRun:
    """Open a folder with scores.

    Raises:
        UserError: there is none, or it is not finished.
    """
    if not root.is_dir():
        raise UserError(f"There is no folder {root}; give a run's folder, such as runs/mini-dreambooth-seed0.")
    path = root / "summary.json"
    if not path.is_file():
        if (root / "run.json").is_file():
            raise UserError(f"The run in {root} is not finished; give the same `bench run` command again to finish it.")
        raise UserError(f"{root} has no summary.json; give a folder that `bench run` or `bench score --out` made.")
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); delete it and score the run again.") from error
    needed = ("fingerprint", "protocol", "overall")
    if not isinstance(summary, dict) or any(key not in summary for key in needed) or not _is_metrics(summary["overall"]):
        raise UserError(f"{path} is not a summary of scores; delete it and score the run again.")
    return FinishedRun(root, summary)


def _is_metrics(overall: Any) -> bool:
    """Whether a value is a table of metrics: key -> {"mean": ..., "ci95": [low, high], ...}."""
    return isinstance(overall, dict) and all(
        isinstance(entry, dict) and isinstance(entry.get("ci95"), list) and len(entry["ci95"]) == 2
        for entry in overall.values()
    )
