"""A submission's files: what it says, and the archive of its images."""

import json
import zipfile
from pathlib import Path

from dreambench.benchmark.results.report_data import ReportedRun
from dreambench.benchmark.submissions.model import PRIOR_FOLDER, Submission
from dreambench.benchmark.submissions.packing import image_files, prior_image_files
from dreambench.dataset.files import atomic_write_text, whole_file


def write_submission(path: Path, submission: Submission) -> None:
    """Write a submission atomically; a subject and an image a line, so that two of them can be compared."""
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
    with whole_file(path) as target, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, wherever it is made
            archive.writestr(entry, file.read_bytes())
    return len(files)
