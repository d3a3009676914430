"""Malformed files for everything that reads a stranger's: each is taken or refused in a sentence, and nothing else happens.

The short run is `tests/test_fuzz.py`; the long one `DREAMBENCH_FUZZ=CASES pytest tests/test_fuzz.py`, or, for a time,
`python tests/helpers/fuzzing.py --seconds 3600 --keep FOLDER`.
"""

import argparse
import hashlib
import io
import json
import logging
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # as pytest sets it
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from mutations import mutated
from repository import ROOT

from dreambench.dataset.errors import IncompleteRun, UserError


@dataclass(frozen=True)
class Target:
    """Something that reads files: valid ones by name, and the reading, which is given their folder."""

    files: Mapping[str, bytes]
    read: Callable[[Path], object]


@dataclass(frozen=True)
class Finding:
    """A case that went wrong."""

    target: str
    number: int
    what: str
    file: str
    data: bytes


def targets() -> dict[str, Target]:
    """All of them, by name; built where they are first asked for, for it imports torch."""
    from simulated_study import answered, attentive, simulated_study
    from speed.made_up_submissions import small

    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.encoders.weights import read_weights, refuse_damaged
    from dreambench.benchmark.layouts.manifest_rows import read_rows
    from dreambench.benchmark.layouts.planned import planned_in
    from dreambench.benchmark.results.baseline import read_baseline
    from dreambench.benchmark.results.finished import read_finished
    from dreambench.benchmark.results.summary import read_summary
    from dreambench.benchmark.runs.folder import RunFolder
    from dreambench.benchmark.runs.record import read_run_record
    from dreambench.benchmark.runs.units import Unit, read_manifest
    from dreambench.benchmark.studies.declaration import load_study
    from dreambench.benchmark.submissions import read_submissions
    from dreambench.benchmark.userstudy.answers import read_answers
    from dreambench.dataset.collection import load_dataset
    from dreambench.dataset.images import open_image

    data = ROOT / "benchmark" / "data"
    study = simulated_study()
    answers = answered(study, study.questionnaires[0], attentive(lambda _question, _asked: "left")).answers.model_dump(
        mode="json"
    )
    handed_in = small("good", seed=0)
    unit = {
        **{"key": "k", "subject": "dog", "images": {"images/dog/00/0.png": "0" * 64}, "prior": {}, "image_size": [64, 64]},
        **{"losses": [0.5], "steps": 1, "details": {"identifier": "sks"}, "seconds": {"train": 1.0, "sample": 2.0}},
        **{"peak_memory_bytes": 1, "peak_device_memory_bytes": None, "environment": {"threads": 1}},
    }
    rows = b"".join(
        json.dumps({"path": f"{i}.png", "subject": "dog", "prompt": i, "index": 0}).encode() + b"\n" for i in range(4)
    )
    table = b"path,subject,prompt,index\n" + b"".join(b"%d.png,dog,%d,0\n" % (i, i) for i in range(4))
    subjects = b'[dog]\nclass_noun = "dog"\nkind = "live"\n\n[can]\nclass_noun = "can"\nkind = "object"\n'
    prompts = b"".join(
        f'[[{kind}]]\nprompt = "a {{0}} {{1}} {what}"\nfamily = "style"\n'.encode()
        for kind in ("object", "live")
        for what in "ab"
    )
    finished = {path.name: path.read_bytes() for path in (data / "reference_runs/mini/pretrained").iterdir()}
    summary = {key: value for key, value in json.loads(finished["summary.json"]).items() if key != "seal"}
    photos = {f"{name}/{i}.png": _picture("PNG", i) for name in ("dog", "can") for i in range(2)}
    found = {
        "suite": Target({"a.toml": (data / "suites/mini.toml").read_bytes()}, lambda f: load_suite(f / "a.toml")),
        "protocol": Target({"a.toml": (data / "protocols/miniature.toml").read_bytes()}, lambda f: load_protocol(f / "a.toml")),
        "study": Target({"a.toml": (data / "studies/guidance.toml").read_bytes()}, lambda f: load_study(f / "a.toml")),
        "dataset": Target(
            {"subjects.toml": subjects, "prompts.toml": prompts, **photos}, lambda f: load_dataset(str(f)).checksum
        ),
        "list": Target({"a.jsonl": rows}, lambda f: (planned_in(f / "a.jsonl"), read_rows(f / "a.jsonl"))),
        "list as CSV": Target({"a.csv": table}, lambda f: read_rows(f / "a.csv")),
        "unit": Target(
            {"units/dog.json": json.dumps(unit).encode()},
            lambda f: (read_manifest(f / "units/dog.json"), RunFolder(f).finished(Unit("dog", "k"))),
        ),
        "run": Target({"run.json": finished["run.json"]}, read_run_record),
        "summary": Target({"summary.json": json.dumps(summary).encode()}, lambda f: read_summary(f / "summary.json")),
        "tables": Target({"scores.parquet": finished.pop("scores.parquet"), **finished}, lambda f: read_finished(f).scores()),
        "baseline": Target({"a.json": (ROOT / ".ci/baseline.json").read_bytes()}, lambda f: read_baseline(f / "a.json")),
        "submission": Target({"a.json": json.dumps(handed_in).encode()}, read_submissions),
        "archive": Target({"a.images.zip": _archive(handed_in), "a.json": _archive(handed_in, hashed=True)}, read_submissions),
        "answers": Target({"a.json": json.dumps(answers).encode()}, lambda f: read_answers([f / "a.json"], study)),
        "weights": Target(
            {"a.safetensors": _weights()}, lambda f: (refuse_damaged(f / "a.safetensors"), read_weights(f / "a.safetensors"))
        ),
        "pickled weights": Target({"a.pth": _weights(pickled=True)}, lambda f: read_weights(f / "a.pth")),
        "index of weights": Target(
            {"a.safetensors.index.json": b'{"weight_map": {"w": "a.safetensors"}}', "a.safetensors": _weights()},
            lambda f: read_weights(f / "a.safetensors.index.json"),
        ),
    }
    for form in ("PNG", "JPEG", "WEBP", "BMP", "TIFF"):
        found[f"image {form}"] = Target({"a.png": _picture(form, 0)}, lambda f: open_image(f / "a.png"))
    return found


def fuzz(name: str, target: Target, numbers: Iterator[int] | range) -> Iterator[Finding | None]:
    """Try cases by number; what went wrong with each, None for nothing. Their folder is temporary."""
    with tempfile.TemporaryDirectory(prefix="dreambench-fuzz-") as root, _quiet():
        folder = Path(root, "in")
        for file, content in target.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        names = list(target.files)
        for number in numbers:
            rng = random.Random(f"{name} {number}")
            file = names[0] if rng.random() < 0.7 else rng.choice(names)
            data = mutated(target.files[file], rng)
            yield replay(name, target, folder, file, data, number=number)
            (folder / file).write_bytes(target.files[file])


def replay(name: str, target: Target, folder: Path, file: str, data: bytes, *, number: int = -1) -> Finding | None:
    """Try one file's content in a folder that holds the others."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(data)
    before = _listed(folder.parent)
    wrong = ""
    try:
        target.read(folder)
    except (UserError, IncompleteRun) as error:
        text = str(error)
        if not text.isprintable() or len(text) > 1_500 or "Traceback" in text:
            wrong = f"no sentence for a terminal: {text[:300]!r}"
    except Exception:
        wrong = traceback.format_exc()
    after = _listed(folder.parent)
    if after != before:
        wrong += f"files came or went: {sorted(before ^ after)}"
    return Finding(name, number, wrong, file, data) if wrong else None


def _listed(root: Path) -> set[str]:
    return {str(path) for path in root.rglob("*")}


@contextmanager
def _quiet() -> Iterator[None]:
    """Warnings and log lines of thousands of broken files are nobody's news."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _archive(submission: Mapping[str, Any], *, hashed: bool = False) -> bytes:
    """The archive of a submission's images, each a few bytes; or the submission with the hashes of these."""
    contents = {name: name.encode() for name in submission["images"]}
    prior = {name: name.encode() for name in submission["prior_images"]}
    if hashed:
        hashes = [{name: hashlib.sha256(data).hexdigest() for name, data in part.items()} for part in (contents, prior)]
        return json.dumps({**submission, "images": hashes[0], "prior_images": hashes[1]}).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**contents, **{f"prior/{name}": data for name, data in prior.items()}}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _picture(form: str, seed: int) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    pixels = random.Random(seed).randbytes(24 * 20 * 3)
    Image.frombytes("RGB", (24, 20), pixels).save(buffer, format=form)
    return buffer.getvalue()


def _weights(*, pickled: bool = False) -> bytes:
    import torch
    from safetensors.torch import save

    state = {"w": torch.arange(12.0).reshape(3, 4)}
    if not pickled:
        return save(state)
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def main() -> None:
    """Try cases of all targets in turn until the time is over; keep what goes wrong, each kind once."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--first", type=int, default=1_000_000, help="number of the first case")
    parser.add_argument("--keep", type=Path, required=True, help="folder for what goes wrong")
    parser.add_argument("--only", default="", help="names of targets, with commas between them")
    given = parser.parse_args()
    found = {name: target for name, target in targets().items() if not given.only or name in given.only.split(",")}
    given.keep.mkdir(parents=True, exist_ok=True)
    began, first, kinds = time.monotonic(), given.first, set[str]()
    tried = dict.fromkeys(found, 0)
    while time.monotonic() - began < given.seconds:
        for name, target in found.items():
            until = min(began + given.seconds, time.monotonic() + 2)  # as long for each, however slow
            for finding in fuzz(name, target, range(first + tried[name], 10**9)):
                tried[name] += 1
                if finding is not None and (kind := f"{name}: {finding.what.splitlines()[-1][:80]}") not in kinds:
                    kinds.add(kind)
                    stem = f"{name.replace(' ', '-')}-{finding.number}"
                    (given.keep / f"{stem}.data").write_bytes(finding.data)
                    (given.keep / f"{stem}.txt").write_text(f"{finding.file}\n{finding.what}\n", errors="replace")
                if time.monotonic() > until:
                    break
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{sum(tried.values()):,} cases, {len(kinds)} kinds of findings, {memory} MB", tried, flush=True)


if __name__ == "__main__":
    main()
