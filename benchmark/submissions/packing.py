"""From a finished run to a submission's file, and to the archive of its images."""

import contextlib
import secrets
import tomllib
import zipfile
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dreambench.benchmark.declarations.in_words import protocol_in_words
from dreambench.benchmark.declarations.protocol import Protocol, fingerprint, load_protocol
from dreambench.benchmark.metrics import METRICS
from dreambench.benchmark.metrics.pres import KEY as PRES
from dreambench.benchmark.results.priors import prior_files
from dreambench.benchmark.results.report_data import ReportedRun
from dreambench.benchmark.results.reproduction import commands_of
from dreambench.benchmark.scoring.tables import N_PAIRS
from dreambench.benchmark.submissions.checks import DECIMALS, fault_of
from dreambench.benchmark.submissions.model import PRIOR_FOLDER, Submission
from dreambench.benchmark.submissions.privacy import entries, line
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_text
from dreambench.dataset.hashing import sha256_file


def pack(run: ReportedRun, *, name: str, authors: str, url: str | None) -> Submission:
    """A run as a submission, checked as a leaderboard will check it.

    Args:
        run: with its tables and images.
        name: what the leaderboard calls it.
        authors: who made the method or ran it.
        url: of a paper or of code; http or https.

    Raises:
        UserError: a name or address cannot be used, or the run lacks what a submission needs.
    """
    root, summary = run.run.root, run.run.summary
    declared = _protocol(run)
    priors = prior_image_files(run)
    metrics = [key for key, entry in run.run.overall.items() if isinstance(entry.get("mean"), int | float)]
    try:
        submission = Submission.model_validate(
            {
                "name": name.strip(),
                "authors": authors.strip(),
                "url": url,
                "protocol": {
                    "name": run.run.protocol,
                    "fingerprint": run.run.fingerprint,
                    "pooling": run.run.pooling,
                    "scale": run.run.scale,
                    "clip_t_scale": 1.0 if declared is None else declared.clip_t_scale,
                    "divergence": "dino" if "DINO" in str(run.run.overall.get("div", {}).get("label")) else "lpips",
                    "in_words": () if declared is None else tuple(str(line(text)) for text in protocol_in_words(declared)),
                },
                "dataset": summary.get("dataset"),
                "summary": {key: _mean(run.run.overall[key]) for key in metrics},
                "subjects": _subjects(run, metrics),
                "provenance": _provenance(run),
                "images": {path: sha256_file(file) for path, file in image_files(run).items()},
                "prior_images": {path: sha256_file(file) for path, file in priors.items()},
            }
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        option = {"name": "--name", "authors": "--authors", "url": "--url"}.get(place)
        if option:
            raise UserError(f"{option} cannot be used: {first['msg'].removeprefix('Value error, ')}.") from error
        raise UserError(f"{root} cannot be submitted ({place}: {first['msg']}); score the run again.") from error
    fault = fault_of(submission)
    if fault is not None:
        raise UserError(f"{root} cannot be submitted: {fault}; score the run again.")
    return submission


def image_files(run: ReportedRun) -> dict[str, Path]:
    """ "subject/prompt/image.ending" -> file, for every scored image, in alphabetical order."""
    frame = run.scores.images
    rows = zip(*(frame[key].tolist() for key in ("subject", "prompt_index", "image_index", "path")), strict=True)
    return dict(
        sorted(
            (f"{subject}/{prompt:02d}/{index}{Path(path).suffix.lower()}", Path(path)) for subject, prompt, index, path in rows
        )
    )


def prior_image_files(run: ReportedRun) -> dict[str, Path]:
    """ "subject/image.ending" -> file, for every prior image that went into PRES; empty without a PRES, or if nobody knows."""
    frame = run.scores.subjects
    with_pres = [str(name) for name in frame.loc[frame[PRES].notna(), "subject"]]
    return (prior_files(run.run, run.record, with_pres) or {}) if with_pres and PRES in run.run.overall else {}


def write_submission(path: Path, submission: Submission) -> None:
    """Write a submission atomically; a subject and an image a line, so that two of them can be compared."""
    import json

    record = submission.model_dump(mode="json")
    tables = {key: record.pop(key) for key in ("subjects", "images", "prior_images")}
    text = json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)[:-2]
    for key, table in tables.items():
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in table.items())
        text += f',\n  "{key}": {{\n{rows}\n  }}' if table else f',\n  "{key}": {{}}'
    atomic_write_text(path, f"{text}\n}}\n")


def write_images(path: Path, run: ReportedRun) -> int:
    """Write the scored images and the prior images, below prior/, into a ZIP archive, uncompressed, whole or not at all.

    The same images make the same archive, byte for byte. Returns how many there are.
    """
    files = image_files(run) | {f"{PRIOR_FOLDER}/{name}": file for name, file in prior_image_files(run).items()}
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with zipfile.ZipFile(aside, "x", zipfile.ZIP_STORED) as archive:
            for name, file in files.items():
                entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
                entry.create_system = 3  # Unix, wherever it is made
                archive.writestr(entry, file.read_bytes())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return len(files)


def _subjects(run: ReportedRun, metrics: list[str]) -> dict[str, Any]:
    frame = run.scores.subjects
    prompts = run.scores.images.groupby("subject")["prompt_index"].unique()
    counts = run.scores.images.groupby("subject").size()
    known = {info.key for info in METRICS} & set(metrics)
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
            "scores": {key: _number(row[key]) for key in metrics if key in known},
        }
    return found


def _provenance(run: ReportedRun) -> dict[str, Any]:
    summary, record = run.run.summary, run.record
    environment = summary.get("environment")
    environment = environment if isinstance(environment, dict) else {}
    return {
        "suite": line(summary.get("suite")),
        "method": line(run.run.method),
        "seed": summary.get("seed"),
        "started": line(record.get("started")),
        "settings": entries(summary.get("settings")),
        "sampler": entries(record.get("sampler")),
        "base_model": line(record.get("base_model")),
        "encoders": entries(record.get("encoder_fingerprints")),
        "seconds": entries(summary.get("seconds")),
        "versions": entries(environment.get("versions")),
        "hardware": entries(environment.get("hardware")),
        "git_commit": line(environment.get("git_commit")),
        "commands": tuple(str(line(text)) for text in commands_of(run.run, record)),
    }


def _protocol(run: ReportedRun) -> Protocol | None:
    """The protocol's declaration where it is at hand and surely the one that was used."""
    sources = [run.run.protocol]
    if isinstance(run.record.get("suite_file"), str):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            sources.append(str(tomllib.loads(run.record["suite_file"]).get("protocol", "")))
    encoders = run.record.get("encoder_fingerprints")
    for source in sources:
        with contextlib.suppress(UserError):
            counts = run.scores.images.groupby(["subject", "prompt_index"]).size()
            declared = load_protocol(source).model_copy(update={"images_per_prompt": int(counts.max())})
            if not isinstance(encoders, dict):  # `bench score`: nothing to tell a changed one by
                return declared
            if fingerprint(declared, *(encoders.get(name) for name in ("dino", "clip", "lpips"))) == run.run.fingerprint:
                return declared
    return None


def _mean(entry: Mapping[str, Any]) -> dict[str, float | None]:
    low, high = entry["ci95"]
    return {"mean": float(entry["mean"]), "low": _number(low), "high": _number(high)}


def _number(value: Any) -> float | None:
    return round(float(value), DECIMALS) if isinstance(value, int | float) and isfinite(value) else None
