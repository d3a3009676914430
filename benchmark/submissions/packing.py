"""From a finished run to a submission, checked as a leaderboard will check it."""

from collections.abc import Sequence
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from dreambench.benchmark.declarations.recorded import RecordedProtocol
from dreambench.benchmark.metrics import MetricInfo, formula_plugin
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.priors import PriorFiles, prior_files
from dreambench.benchmark.results.privacy import entries, line, without_places
from dreambench.benchmark.results.report_data import ReportedRun
from dreambench.benchmark.results.reproduction import commands_of
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import read_manifest
from dreambench.benchmark.scoring.summary import MetricSummary
from dreambench.benchmark.scoring.tables import N_PAIRS
from dreambench.benchmark.submissions.apart import is_yardstick
from dreambench.benchmark.submissions.checks import DECIMALS, fault_of
from dreambench.benchmark.submissions.model import MAX_COMMAND, MAX_DECLARATION, Submission, Training
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError

#: Whose values a person gave, and by which option.
_OPTIONS: Final = {"name": "--name", "authors": "--authors", "url": "--url", "base_model": "--base-model"}
#: The texts of a declaration that move no number: a path in them is nobody's business.
_WORDS: Final = ("description", "source", "notes")


def pack(
    run: ReportedRun,
    *,
    name: str,
    authors: str,
    url: str | None = None,
    base_model: str | None = None,
    training: Training | None = None,
    yardstick: bool = False,
    today: date | None = None,
    prior: Path | None = None,
) -> Submission:
    """A run as a submission.

    Args:
        run: with its tables and images.
        name: what the leaderboard calls it.
        authors: who made the method or ran it.
        url: of a paper or of code; http or https.
        base_model: what the images are drawn with; None: what the run has recorded.
        training: whether something is trained for each subject; None: what the run's manifests say.
        yardstick: whether it is there to be compared with, not to win; a method that is one says so itself.
        today: the day that a folder gets which does not say when it was made.
        prior: the folder of the prior images, where the run was not scored here.

    Raises:
        UserError: a name or address cannot be used, or the run lacks what a submission needs.
    """
    root, summary, record = run.run.root, run.run.summary, run.run.record
    infos = run.run.metrics
    priors = scored_priors(run, named=prior)
    started = None if record is None else _day(record.started)
    try:
        submission = Submission.model_validate(
            {
                "name": name.strip(),
                "authors": authors.strip(),
                "url": url,
                "day": started or today,
                "base_model": base_model or (None if record is None or record.model is None else line(record.model)),
                "training": training or training_of(run.run),
                "is_yardstick": yardstick or is_yardstick(run.run.method),
                "protocol": {
                    "name": run.run.protocol,
                    "fingerprint": run.run.fingerprint,
                    "pooling": summary.protocol.pooling,
                    "scale": summary.protocol.scale,
                    "encoders": summary.encoders,
                    "in_words": tuple(str(line(text)) for text in summary.protocol_in_words),
                    "declaration": _declaration(summary.protocol),
                },
                "dataset": summary.dataset.model_dump() | {"own_prompts": [prompt.model_dump() for prompt in summary.prompts]},
                "metrics": [info.model_dump() for info in infos],
                "summary": {info.key: _mean(summary.overall[info.key]) for info in infos},
                "beside": _beside(run.run, infos),
                "subjects": _subjects(run, infos),
                "provenance": _provenance(run.run),
                "images": image_hashes(run),
                "prior_images": {} if priors is None else dict(priors.hashes),
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = dotted(first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        if where in _OPTIONS:
            raise UserError(f"{_OPTIONS[where]} cannot be used: {message[:1].lower()}{message[1:]}.") from error
        raise UserError(f"{root} cannot be submitted ({where}: {message}); score the run again.") from error
    fault = fault_of(submission)
    if fault is not None:
        raise UserError(f"{root} cannot be submitted: {fault}; score the run again.")
    return submission


def image_files(run: ReportedRun) -> dict[str, Path]:
    """ "subject/prompt/image.ending" -> file, for every scored image, in alphabetical order."""
    return dict(sorted(zip(_names(run), map(Path, run.scores.images["path"]), strict=True)))


def image_hashes(run: ReportedRun) -> dict[str, str]:
    """The same names -> SHA-256 when they were scored; now, where that was not kept."""
    files = [Path(path) for path in run.scores.images["path"]]
    hashes = run.run.hashes.of_all(files) if run.hashes is None else run.hashes
    return dict(sorted(zip(_names(run), hashes, strict=True)))


def scored_priors(run: ReportedRun, *, named: Path | None = None) -> PriorFiles | None:
    """The prior images that went into a metric; None without one, or if nobody knows where they lie."""
    frame = run.scores.subjects
    keys = [info.key for info in run.run.metrics if not info.of_prompts]
    scored = [str(name) for name in frame.loc[frame[keys].notna().any(axis=1), "subject"]] if keys else []
    return prior_files(run.run, scored, named=named) if scored else None


def _names(run: ReportedRun) -> list[str]:
    frame = run.scores.images
    rows = zip(*(frame[key].tolist() for key in ("subject", "prompt_index", "image_index", "path")), strict=True)
    return [f"{subject}/{prompt:02d}/{index}{Path(path).suffix.lower()}" for subject, prompt, index, path in rows]


def training_of(run: FinishedRun) -> Training | None:
    """Whether the method trained on the subjects, as the manifests of its units say; None where there are none."""
    subjects = () if run.record is None else run.record.selection.subjects
    manifests = [read_manifest(RunFolder(run.root).manifest_file(subject)) for subject in subjects]
    steps = [manifest.steps for manifest in manifests if manifest is not None]
    return None if not steps else "tuned" if any(steps) else "zero-shot"


def _subjects(run: ReportedRun, infos: Sequence[MetricInfo]) -> dict[str, Any]:
    frame = run.scores.subjects
    prompts = run.scores.images.groupby("subject")["prompt_index"].unique()
    counts = run.scores.images.groupby("subject").size()
    found = {}
    for row in frame.sort_values("subject").to_dict("records"):
        name = str(row["subject"])
        if name not in counts.index:
            raise UserError(f"{run.run.root} has scores of the subject {name} but no image of it; score the run again.")
        found[name] = {
            "kind": row["kind"],
            "class_noun": row["class_noun"],
            "prompts": tuple(sorted(int(index) for index in prompts[name])),
            "n_images": int(counts[name]),
            "n_pairs": _number(row.get(N_PAIRS)),
            "scores": {info.key: _number(row[info.key]) for info in infos},
        }
    return found


def _provenance(run: FinishedRun) -> dict[str, Any]:
    summary, record = run.summary, run.record
    environment = summary.environment
    return {
        "suite": line(summary.suite),
        "method": line(run.method),
        "citation": line(summary.citation),
        "plugins": _plugins(run),
        "seed": summary.seed,
        "started": None if record is None else line(record.started) or None,
        "settings": entries(summary.settings),
        "sampler": entries(None if record is None else record.sampler),
        "base_model": None if record is None else line(record.base_model),
        "seconds": entries(summary.seconds),
        "versions": entries(environment.versions),
        "hardware": entries(environment.hardware),
        "git_commit": line(environment.git_commit),
        "commands": tuple(text for text in commands_of(run, paths="names") if text.isprintable() and len(text) <= MAX_COMMAND),
        "remarks": tuple(str(line(text)) for text in run.summary.remarks),
    }


def _plugins(run: FinishedRun) -> dict[str, str]:
    """The plug-ins behind the images and, where the ones that are installed give the run's fingerprint, behind its metrics."""
    record, summary = run.record, run.summary
    found = {}
    if record is not None and record.plugin is not None:
        found[f"method {record.method}"] = record.plugin
    try:
        protocol = summary.protocol.declared()
    except UserError:
        return found
    if protocol.fingerprint(summary.encoders) == summary.fingerprint:
        for metric in protocol.metrics.values():
            plugin = formula_plugin(metric.name)
            if plugin is not None:
                found[f"metric {metric.name}"] = plugin
    return {str(line(key)): str(line(value)) for key, value in found.items()}


def _declaration(protocol: RecordedProtocol) -> RecordedProtocol | None:
    """The protocol without places on this machine; None if it is too long to be carried."""
    record = protocol.model_dump(mode="json", exclude_unset=True)
    for key in _WORDS:
        words = record.get(key)
        if isinstance(words, str):
            record[key] = without_places(words)
        elif isinstance(words, list):
            record[key] = [without_places(str(text)) for text in words]
    carried = RecordedProtocol.model_validate(record)
    return carried if len(carried.model_dump_json()) <= MAX_DECLARATION else None


def _beside(run: FinishedRun, infos: Sequence[MetricInfo]) -> dict[str, Any]:
    keys = [info.key for info in infos]
    found = {
        name: {key: _mean(means[key]) for key in keys if key in means and means[key].mean is not None}
        for name, means in run.summary.beside.items()
    }
    return {name: means for name, means in found.items() if means}


def _mean(summary: MetricSummary) -> dict[str, float | None]:
    low, high = summary.ci95
    return {"mean": summary.mean, "low": _number(low), "high": _number(high)}


def _number(value: Any) -> float | None:
    return round(float(value), DECIMALS) if isinstance(value, int | float) and isfinite(value) else None


def _day(started: str) -> date | None:
    try:
        return date.fromisoformat(started[:10])
    except ValueError:
        return None
