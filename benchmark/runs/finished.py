"""Reading back finished runs, and folders that `bench score` wrote: their summaries and tables."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataset.errors import UserError

if TYPE_CHECKING:
    from benchmark.scores import Scores


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
    def method(self) -> str:
        """The method's name; the folder's name for images that came from elsewhere."""
        return str(self.summary.get("method") or self.root.resolve().name)

    def scores(self) -> "Scores":
        """The tables.

        Raises:
            UserError: they are missing or broken.
        """
        import pandas as pd

        from benchmark.scores import IMAGE_COLUMNS, SUBJECT_COLUMNS, Scores

        frames = []
        for name, columns in (("scores.parquet", IMAGE_COLUMNS), ("subjects.parquet", SUBJECT_COLUMNS)):
            path = self.root / name
            try:
                frame = pd.read_parquet(path)
            except (OSError, ValueError) as error:
                raise UserError(f"{path} cannot be read ({error}); score the run again.") from error
            missing = [column for column in columns if column not in frame.columns]
            if missing:
                raise UserError(f"{path} has no column '{missing[0]}'; score the run again.")
            frames.append(frame)
        return Scores(images=frames[0], subjects=frames[1])


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
