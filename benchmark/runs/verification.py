"""Is a dataset whole? Every reference image opened, and compared with the manifest where there is one."""

import json
from pathlib import Path
from typing import Final

from dataset.collection import Dataset
from dataset.errors import UserError
from dataset.hashing import sha256_file
from dataset.images import open_image

#: Beside the subjects' folders: path below the dataset's folder -> SHA-256 of the file.
MANIFEST: Final = "manifest.json"


def verify_dataset(dataset: Dataset) -> tuple[list[str], int]:
    """Look at every reference image.

    Returns:
        Problems, one sentence each (empty: the dataset is whole), and the number of images that were looked at.
    """
    problems: list[str] = []
    expected = _manifest(dataset.root / MANIFEST, problems)
    seen: set[str] = set()
    for subject in dataset.subjects:
        try:
            paths = dataset.reference_paths(subject)
        except UserError as error:
            problems.append(str(error))
            continue
        for path in paths:
            name = path.relative_to(dataset.root).as_posix()
            seen.add(name)
            problem = _look_at(path, name, expected)
            if problem is not None:
                problems.append(problem)
    problems += [f"{name} is missing; restore it." for name in expected or {} if name not in seen]
    return problems, len(seen)


def _look_at(path: Path, name: str, expected: dict[str, str] | None) -> str | None:
    if expected is not None and name not in expected:
        return f"{name} is not in {MANIFEST}; remove it."
    if expected is not None and sha256_file(path) != expected[name]:
        return f"{name} is not the file that {MANIFEST} records; restore it."
    try:
        open_image(path)
    except UserError as error:
        return str(error)
    return None


def _manifest(path: Path, problems: list[str]) -> dict[str, str] | None:
    """The manifest, or None where there is none."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        problems.append(f"{path} cannot be read ({error}); restore it.")
        return None
    if not isinstance(manifest, dict):
        problems.append(f"{path} is not a table of hashes; restore it.")
        return None
    return {str(name): str(digest) for name, digest in manifest.items()}
