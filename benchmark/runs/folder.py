"""A run's folder on disk: where its files lie, whose it is, and which of its units are done."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.runs.log import LOG_FILE
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, read_run_record
from dreambench.benchmark.runs.units import Unit, UnitManifest, damage, read_manifest
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.files import make_folder, write_json
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.inside import lies_inside
from dreambench.dataset.leftovers import remove_leftovers, remove_leftovers_under_lock
from dreambench.dataset.locks import Held, Lock
from dreambench.dataset.os_errors import writing
from dreambench.dataset.words import shortened

#: Not `.lock`, which versions before 0.3 left empty in every run.
LOCK_FILE: Final = ".lock.json"
#: What a command writes aside before it holds the lock.
_BEFORE_LOCK: Final = (f".{LOCK_FILE}.", f".{RUN_FILE}.")


class RunFolder:
    """The folder of one run, laid out as the contract says. Nothing is created before `claim`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def run_file(self) -> Path:
        """run.json: which run this is, and how it was made."""
        return self.root / RUN_FILE

    @property
    def images(self) -> Path:
        """The folder of the generated images."""
        return self.root / "images"

    @property
    def prior(self) -> Path:
        """The folder of the prior images."""
        return self.root / "prior"

    @property
    def scores_file(self) -> Path:
        """A row per generated image."""
        return self.root / "scores.parquet"

    @property
    def subjects_file(self) -> Path:
        """A row per subject."""
        return self.root / "subjects.parquet"

    @property
    def summary_file(self) -> Path:
        """The means and intervals; written last, so a run with it is finished."""
        return self.root / "summary.json"

    @property
    def sheet_file(self) -> Path:
        """The contact sheet."""
        return self.root / "sheet.png"

    @property
    def log_file(self) -> Path:
        """Tracebacks of what went wrong."""
        return self.root / LOG_FILE

    def image(self, subject_id: str, prompt_index: int, image_index: int) -> Path:
        """Where a generated image lies: images/<subject>/<NN>/<k>.png."""
        return self.images / subject_id / f"{prompt_index:02d}" / f"{image_index}.png"

    def prior_image(self, subject_id: str, image_index: int) -> Path:
        """Where a prior image lies: prior/<subject>/<k>.png."""
        return self.prior / subject_id / f"{image_index}.png"

    def manifest_file(self, subject_id: str) -> Path:
        """The manifest of a subject's unit."""
        return self.root / "units" / f"{subject_id}.json"

    def manifest_hashes(self, subjects: Sequence[str]) -> dict[str, str]:
        """Subject -> SHA-256 of its unit's manifest, for those that have one."""
        files = {subject: self.manifest_file(subject) for subject in subjects}
        return {subject: sha256_file(file) for subject, file in files.items() if file.is_file()}

    def relative(self, path: Path) -> str:
        """A path as manifests and tables name it: below the folder, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def check(self, record: RunRecord) -> bool:
        """Whether the folder already holds this very run, by the records' identities. Touches nothing.

        Returns:
            True to go on with it, False when the folder is free.

        Raises:
            UserError: it belongs to another run, holds something that is no run, or a link in it leads out of it.
        """
        if self.root.exists() and not self.root.is_dir():
            raise UserError(f"--out {self.root} is a file; name a folder.")
        if not self.root.is_dir() or not _visible(self.root):
            return False
        if not self.run_file.is_file():
            raise UserError(f"--out {self.root} holds files that are not a run of bench; choose another folder with --out.")
        difference = first_difference(read_run_record(self.root).identity(), record.identity())
        if difference is not None:
            raise UserError(
                f"The folder {self.root} belongs to another run ({difference}); choose another folder with --out, or delete it."
            )
        self._refuse_links_out()
        return True

    def _refuse_links_out(self) -> None:
        """Refuse a folder that may come from a stranger and would have us write, or hash, what else lies on this machine."""
        for parent, folders, files in os.walk(self.root):
            for path in (Path(parent, name) for name in (*folders, *files)):
                if path.is_symlink() and not lies_inside(path, self.root):
                    raise UserError(
                        f"{printable(str(path))} is a link that leads out of {self.root}, where nothing is read or written; "
                        "put what it leads to in its place, or remove it, and give the same command again."
                    )

    def claim(self, record: RunRecord) -> None:
        """Create the folder and its run.json; a run.json that is there stays as it is.

        Raises:
            UserError: the folder cannot be written.
        """
        make_folder(self.root)
        with writing(self.root):
            if not os.access(self.root, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not self.run_file.is_file():
            write_json(self.run_file, record.model_dump(mode="json"))

    @contextmanager
    def lock(self, say: Callable[[str], None] = lambda _text: None) -> Iterator[Lock]:
        """Hold the folder for one process of one host; what a process that is gone left locked is taken over.

        Args:
            say: is told what is taken over or waited for.

        Raises:
            UserError: another `bench run` works in the folder; the sentence says which.
        """
        lock = Lock(self.root / LOCK_FILE)
        try:
            with lock.held(waits=lambda: False, say=say):
                yield lock
        except Held as error:
            raise UserError(
                f"Another bench run works in {self.root} ({error}); wait for it, or choose another folder with --out."
            ) from None

    def refuse_lost(self, lock: Lock) -> None:
        """Refuse to go on in a folder that another host took over, since this process gave no sign of life for too long.

        Raises:
            IncompleteRun: the lock is another's, or gone.
        """
        if lock.is_lost:
            raise IncompleteRun(
                f"{self.root} was taken over by another bench run while this one was stopped; when that one is done, give the "
                "same command again."
            )

    def refuse_removed(self) -> None:
        """Refuse to go on in a folder that was removed while the run was at work: what is written makes it anew, empty.

        Raises:
            IncompleteRun: its run.json is gone.
        """
        if not self.run_file.is_file():
            raise IncompleteRun(f"{self.root} was removed or emptied while the run was at work; give the same command again.")

    def finished(self, unit: Unit) -> UnitManifest | None:
        """The manifest of a unit that is done and whole, or None when it has to be done."""
        manifest = read_manifest(self.manifest_file(unit.subject))
        if manifest is None or not unit.made(manifest) or damage(manifest, self.root) is not None:
            return None
        return manifest

    def split(self, units: Sequence[Unit]) -> tuple[dict[str, UnitManifest], list[Unit]]:
        """Divide units into those that are done (subject -> manifest) and those still to do."""
        done = {unit.subject: manifest for unit in units if (manifest := self.finished(unit)) is not None}
        return done, [unit for unit in units if unit.subject not in done]

    def clear_leftovers(self, subject_id: str) -> None:
        """Remove what killed workers left half-written in a subject's folders; what another may still write stays."""
        for folder in (self.images / subject_id, self.prior / subject_id):
            remove_leftovers(folder.rglob(".*.part"))

    def clear_own_leftovers(self) -> None:
        """Remove what killed processes left half-written, on any machine; for who holds the lock and has not begun to write."""
        beside = list(self.root.glob(".*.part"))
        early = [path for path in beside if path.name.startswith(_BEFORE_LOCK)]
        remove_leftovers(early)
        remove_leftovers_under_lock(path for path in beside if path not in early)
        remove_leftovers_under_lock((self.root / "units").glob(".*.part"))
        for folder in (self.images, self.prior):
            remove_leftovers_under_lock(folder.rglob(".*.part"))


def first_difference(there: Mapping[str, Any], here: Mapping[str, Any]) -> str | None:
    """In words, the first thing in which two identities differ; None when they are equal."""
    for key in [*here, *(key for key in there if key not in here)]:
        if there.get(key) == here.get(key):
            continue
        old, new = there.get(key), here.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            inner = first_difference(old, new)
            return f"{key}: {inner}"
        return f"{key} is {_short(old)} there and {_short(new)} here"
    return None


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) == 64 and set(text) <= set("0123456789abcdef"):
        return text[:12]  # a hash
    return shortened(text, 60)


def _visible(folder: Path) -> bool:
    """Whether a folder holds anything but hidden files (a lock, the rest of a write that was killed)."""
    return any(not path.name.startswith(".") for path in folder.iterdir())
