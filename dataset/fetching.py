"""Fetching the released photos from the pinned commit: only what is missing, each file checked, interruptible anywhere."""

import os
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from dreambench.dataset.downloading import RETRIES, Download, Listener, Stopped, why_not
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.local_folders import DATA_VARIABLE, OFFLINE_VARIABLE
from dreambench.dataset.release import LOCK_FILE, ReleasedFile, images_root, load_release, local_path

CONNECTIONS: Final = 4
#: What pooch calls a file while it arrives; a killed process leaves it behind.
_ARRIVING: Final = re.compile(r"tmp[a-z0-9_]{8}")


@dataclass(frozen=True)
class Fetched:
    """What a fetch did: the folder, how many files came, in how many bytes, and how many were there before."""

    folder: Path
    files: int
    bytes: int
    already: int


def fetch_release(
    folder: Path,
    *,
    changed: Literal["replace", "refuse"],
    network: Literal["use", "forbid"] = "use",
    mirror: str | None = None,
    listener: Listener | None = None,
) -> Fetched:
    """Make a folder a whole copy of the released dataset. What is there with the right SHA-256 is not fetched again.

    Args:
        folder: created where it is not there.
        changed: what to do about a file that is there with other content: the cache is ours to mend, a person's copy is not.
        network: "forbid" says what is missing instead of fetching it.
        mirror: an http(s) address with the same files below it, in place of the repository's.
        listener: told how it goes.

    Raises:
        UserError: the folder or the mirror is wrong, a file would have to be replaced, or the network is forbidden.
        IncompleteRun: a file could not be fetched; the others stay, and the next fetch goes on.
    """
    listener = listener or Listener()
    release = load_release()
    address = _checked(mirror) if mirror is not None else release.files
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder for the dataset.")
    lacking, differing = _survey(folder, release.everything)
    if differing and changed == "refuse":
        names = ", ".join(file.path for file in differing[:3]) + (", ..." if len(differing) > 3 else "")
        one = len(differing) == 1
        raise UserError(
            f"{_files(len(differing))} in {folder} {'differs' if one else 'differ'} from the release ({names}); a copy of your "
            f"own is not written over: move {'it' if one else 'them'} away and fetch again."
        )
    if not (lacking or differing):
        return Fetched(folder, 0, 0, len(release.everything))
    if network == "forbid":
        raise UserError(
            f"{_files(len(lacking) + len(differing))} of {len(release.everything)} are missing in {folder}, and the network is "
            f"off (--offline or {OFFLINE_VARIABLE}); allow it, or set {DATA_VARIABLE} to a copy of the dataset."
        )
    with _alone(folder, listener):
        lacking, differing = _survey(folder, release.everything)  # another process may have fetched them meanwhile
        wanted = (*lacking, *differing) if changed == "replace" else lacking
        _sweep(folder)
        total = sum(file.bytes for file in wanted)
        listener.expect(len(wanted), total)
        _fetch_all(wanted, folder, address, listener)
    return Fetched(folder, len(wanted), total, len(release.everything) - len(wanted))


def _survey(folder: Path, files: Sequence[ReleasedFile]) -> tuple[tuple[ReleasedFile, ...], tuple[ReleasedFile, ...]]:
    """The files that are not there, and those that are there with other content."""
    lacking, differing = [], []
    for file in files:
        target = local_path(file, folder)
        if not target.exists():
            lacking.append(file)
        elif not target.is_file():
            raise UserError(f"{target} is a folder, but the release has a file of that name; move it away.")
        elif target.stat().st_size != file.bytes or sha256_file(target) != file.sha256:
            differing.append(file)
    return tuple(lacking), tuple(differing)


def _fetch_all(wanted: Sequence[ReleasedFile], folder: Path, address: str, listener: Listener) -> None:
    import pooch  # type: ignore[import-untyped]

    pooch.get_logger().setLevel("ERROR")  # it would announce every file; the listener is told instead
    targets = {local_path(file, folder).relative_to(folder).as_posix(): file for file in wanted}
    store = pooch.create(
        path=folder,
        base_url=address,
        registry={name: f"sha256:{file.sha256}" for name, file in targets.items()},
        urls={name: address + file.path for name, file in targets.items()},
        retry_if_failed=RETRIES,
    )
    for name in targets:  # pooch would make them too, but not from several threads at once
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    mode = _usual_mode()
    stop = threading.Event()

    def fetch(name: str) -> None:
        store.fetch(name, downloader=Download(targets[name], listener, stop))
        (folder / name).chmod(mode)  # pooch leaves it to its owner alone

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        futures = {pool.submit(fetch, name): file for name, file in targets.items()}
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:  # also when a person interrupts: what arrives is given up, what has arrived stays
            stop.set()
            pool.shutdown(cancel_futures=True)
    errors = {file: Stopped() if future.cancelled() else future.exception() for future, file in futures.items()}
    left = sum(error is not None for error in errors.values())
    for file, error in errors.items():
        if error is not None and not isinstance(error, Stopped):
            sentence = why_not(error, address + file.path, still=_files(left))
            raise error if sentence is None else IncompleteRun(sentence) from error


def _checked(mirror: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\S*", mirror):
        raise UserError(f"--mirror cannot be '{mirror}'; give an address that begins with https:// or http://.")
    return mirror.rstrip("/") + "/"


@contextmanager
def _alone(folder: Path, listener: Listener) -> Iterator[None]:
    """Hold the folder's lock: a second fetch waits, then finds everything there."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {folder} cannot be made ({error.strerror}); name another one with --data.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"The folder {folder} cannot be written; name another one with --data.")
    lock = FileLock(folder / LOCK_FILE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        listener.note(f"another process is fetching into {folder}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove what killed fetches left half done. The lock is held: nothing of the kind is in use."""
    folders = {folder, *(local_path(file, folder).parent for file in load_release().everything), images_root(folder)}
    for inside in folders:
        for path in inside.iterdir() if inside.is_dir() and inside.is_relative_to(folder) else []:
            if _ARRIVING.fullmatch(path.name) and path.is_file():
                path.unlink()


def _usual_mode() -> int:
    """The permissions that files made by this process have."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
