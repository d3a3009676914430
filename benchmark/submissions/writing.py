"""A submission's files: what it says, and the archive of its images."""

import json
import zipfile
from pathlib import Path

from dreambench.benchmark.results.report_data import ReportedRun
from dreambench.benchmark.submissions.model import PRIOR_FOLDER, Submission
from dreambench.benchmark.submissions.packing import image_files, scored_priors
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_text, whole_file
from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.images import open_image


def write_submission(path: Path, submission: Submission) -> None:
    """Write a submission atomically; a subject and an image a line, so that two of them can be compared."""
    record = submission.model_dump(mode="json")
    tables = {key: record.pop(key) for key in ("subjects", "images", "prior_images")}
    text = json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)[:-2]
    for key, table in tables.items():
        rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in table.items())
        text += f',\n  "{key}": {{\n{rows}\n  }}' if table else f',\n  "{key}": {{}}'
    atomic_write_text(path, f"{text}\n}}\n")


def write_images(path: Path, run: ReportedRun, submission: Submission, *, prior: Path | None = None) -> int:
    """Write the scored images and the prior images, below prior/, into a ZIP archive, uncompressed, whole or not at all.

    The same images make the same archive, byte for byte. Returns how many there are.

    Args:
        path: of the archive.
        run: whose images.
        submission: of the run; what is written has its hashes.
        prior: the folder of the prior images, where the run was not scored here.

    Raises:
        UserError: an image is not the one any more that the submission has a hash of, or is no picture.
    """
    priors = scored_priors(run, named=prior)
    of_priors = {} if priors is None else priors.files
    files = image_files(run) | {f"{PRIOR_FOLDER}/{name}": file for name, file in of_priors.items()}
    hashes = submission.files
    if run.hashes is None:
        for file in files.values():
            open_image(file)  # nothing but a picture is handed on, also where nobody knows which it was
    with whole_file(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is made
            data = file.read_bytes()
            if sha256_bytes(data) != hashes.get(name):
                raise UserError(f"{file} was changed while it was being packed; score the images again.")
            archive.writestr(entry, data)
    return len(files)
