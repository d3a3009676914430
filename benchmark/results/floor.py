"""The pretrained floor beside a run: a finished run of `pretrained` next to it, or the scores shipped with the package."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.results.finished import FinishedRun, read_finished
from dreambench.dataset.errors import UserError

FLOOR_METHOD: Final = "pretrained"
REFERENCE_RUNS: Final = Path(__file__).parents[1] / "data" / "reference_runs"
#: What a floor must share with the run that it stands beside; the selection too, or it can be cut to it.
_SHARED: Final = ("suite", "dataset", "base_model", "sampler", "fingerprint")


@dataclass(frozen=True)
class Floor:
    """The floor's numbers (metric -> entry as in a summary) and where they come from."""

    metrics: Mapping[str, Any]
    origin: str


def find_floor(
    identity: Mapping[str, Any], protocol: Protocol, *, beside: Path, shipped: Path = REFERENCE_RUNS
) -> Floor | None:
    """The floor for a run.

    Args:
        identity: the run's, as in its run.json.
        protocol: its protocol, by which shipped scores are summarised for its subjects and prompts.
        beside: the run's folder; its neighbours are looked at, those of the same seed first.
        shipped: the folder of packaged reference runs.

    Returns:
        None when there is no floor under the same protocol.
    """
    neighbours = []
    for path in sorted(beside.resolve().parent.glob("*/run.json")):
        other = _record(path)
        if other.get("method") == FLOOR_METHOD and _alike(other, identity) and other.get("selection") == identity["selection"]:
            neighbours.append((other.get("seed") != identity["seed"], path.parent))
    for _, folder in sorted(neighbours):
        try:
            return Floor(read_finished(folder).summary["overall"], str(folder.name))
        except UserError:
            continue  # not finished yet
    return _shipped_floor(identity, protocol, shipped / str(identity["suite"]))


def export_reference_run(run: FinishedRun, folder: Path) -> None:
    """Copy a finished run's tables to where `find_floor` looks for shipped ones: <folder>/<method>.parquet and so on."""
    from dreambench.dataset.files import atomic_write_bytes, write_json

    record = _record(run.root / "run.json")
    for name, target in (("scores.parquet", f"{run.method}.parquet"), ("subjects.parquet", f"{run.method}-subjects.parquet")):
        atomic_write_bytes(folder / target, (run.root / name).read_bytes())
    # How it was typed and on which machine is nobody's business and changes nothing.
    shipped = {key: value for key, value in record.items() if key not in ("command", "hardware")}
    write_json(folder / f"{run.method}.json", shipped)


def _shipped_floor(identity: Mapping[str, Any], protocol: Protocol, folder: Path) -> Floor | None:
    other = _record(folder / f"{FLOOR_METHOD}.json")
    if not other or not _alike(other, identity):
        return None
    wanted, there = identity["selection"], other["selection"]
    if not set(wanted["subjects"]) <= set(there["subjects"]) or not set(wanted["prompts"]) <= set(there["prompts"]):
        return None
    import pandas as pd

    from dreambench.benchmark.scoring.summary import summarise
    from dreambench.benchmark.scoring.tables import IMAGE_COLUMNS, IMAGE_METRICS, Scores

    # Scores from before there was a metric have no value for it.
    images = pd.read_parquet(folder / f"{FLOOR_METHOD}.parquet").reindex(columns=list(IMAGE_COLUMNS))
    images = images[images["subject"].isin(wanted["subjects"]) & images["prompt_index"].isin(wanted["prompts"])]
    subjects = pd.read_parquet(folder / f"{FLOOR_METHOD}-subjects.parquet").set_index("subject").loc[list(wanted["subjects"])]
    by_subject = images.groupby("subject")
    for key in IMAGE_METRICS:
        subjects[key] = by_subject[key].mean()
    subjects["n_images"] = by_subject.size()
    if wanted["prompts"] != there["prompts"]:
        subjects["div"] = float("nan")  # it was averaged over prompts that this run does not have
    scores = Scores(images=images, subjects=subjects.reset_index())
    return Floor(summarise(scores, protocol, str(identity["fingerprint"]))["overall"], "shipped with dreambench")


def _alike(other: Mapping[str, Any], identity: Mapping[str, Any]) -> bool:
    """Whether two runs can stand in one table. A run without a base model (a copier) has none to disagree about."""
    return all(other.get(key) == identity[key] or (key == "base_model" and identity[key] is None) for key in _SHARED)


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}
