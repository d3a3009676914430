"""Where weights that somebody trained lie: one a subject in a folder, found by the subject's name. No torch in here."""

from pathlib import Path
from typing import Final

from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import FileHashes, sha256_json

SUFFIX: Final = ".safetensors"
_HASHES: Final = FileHashes()


def adapter_location(folder: Path, subject: str) -> Path:
    """A subject's adapter: a folder of its name, or else a .safetensors file of its name.

    Raises:
        UserError: there is neither.
    """
    found = next((path for path in (folder / subject, folder / f"{subject}{SUFFIX}") if path.exists()), None)
    if found is None:
        raise UserError(
            f"There is no adapter for the subject {subject} in {folder}; add a folder '{subject}' or a file "
            f"'{subject}{SUFFIX}' there."
        )
    return found


def adapter_identity(folder: Path, subject: str) -> str | None:
    """SHA-256 over the names and contents of a subject's files, 64 hex digits; None where there are none to be read."""
    try:
        path = adapter_location(folder, subject)
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        return sha256_json({file.relative_to(path).as_posix(): _HASHES.of(file) for file in files})
    except (UserError, OSError):
        return None  # doing the unit says what is wrong with them
