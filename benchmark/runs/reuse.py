"""Units that another run has finished, known by their content hash: taken over instead of made again."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import Unit, UnitManifest, damage, write_manifest
from dreambench.dataset.files import atomic_write_bytes, make_folder, sync_folder
from dreambench.dataset.leftovers import aside_name

_FOLDERS: Final = ("images", "prior")


def take_units(folder: RunFolder, units: Sequence[Unit], donors: Sequence[Path]) -> dict[str, UnitManifest]:
    """Take from other runs the units that they have finished; a later donor is asked for what an earlier one lacks.

    Pictures are linked, or copied where the file system cannot link. Every picture's hash is checked before and after, and the
    manifest is written last, so that a kill on the way leaves a unit that is not done.

    Args:
        folder: the run's; claimed and locked.
        units: those that it lacks.
        donors: folders of runs; one that is gone or broken gives nothing.

    Returns:
        Subject -> manifest of the units that were taken.
    """
    taken: dict[str, UnitManifest] = {}
    for unit in units:
        for donor in donors:
            manifest = RunFolder(donor).finished(unit)
            if manifest is None or not all(map(_is_picture, manifest.files())):
                continue
            for name in manifest.files():
                _share(donor / name, folder.root / name)
            if damage(manifest, folder.root) is None:
                write_manifest(folder.manifest_file(unit.subject), manifest)
                taken[unit.subject] = manifest
                break
    return taken


def _is_picture(name: str) -> bool:
    """Whether a manifest's name stays in the folders of pictures: a manifest may come from a stranger."""
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0] in _FOLDERS and ".." not in parts


def _share(source: Path, target: Path) -> None:
    """Make the file appear at `target`, whole or not at all. A run never writes into a picture, it puts a new one in place."""
    make_folder(target.parent)
    aside = target.with_name(aside_name(target.name))
    try:
        os.link(source, aside)
        aside.replace(target)
        sync_folder(target.parent)
    except OSError:
        atomic_write_bytes(target, source.read_bytes())
    finally:
        with suppress(OSError):  # a disk that is read-only says so of a file that is not there too
            aside.unlink(missing_ok=True)  # where both are already one file, a rename does nothing
