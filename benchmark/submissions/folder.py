"""A folder of submissions as strangers may have filled it: each file is read within bounds, and taken or refused by name."""

import hashlib
import os
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from dreambench.benchmark.submissions.checks import fault_of
from dreambench.benchmark.submissions.model import Submission
from dreambench.dataset.errors import UserError

IMAGES_ENDING: Final = ".images.zip"
#: The hashes of as many images as may be named fit in; a file that is larger is not looked into.
MAX_BYTES: Final = 32_000_000
MAX_FILES: Final = 5_000
_MAX_IMAGE_BYTES: Final = 50_000_000
_MAX_ARCHIVE_BYTES: Final = 20_000_000_000
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Accepted:
    """A submission that is taken.

    Attributes:
        file: its name in the folder.
        digest: SHA-256 of the file.
        submission: without its images' hashes, which a folder of hundreds could not all hold.
        n_hashed: images that it gave hashes of.
        n_prior: prior images that it gave hashes of.
        verified: whether all of them lie beside it and are those of the hashes; None where they do not lie there.
    """

    file: str
    digest: str
    submission: Submission
    n_hashed: int
    n_prior: int
    verified: bool | None


@dataclass(frozen=True)
class Refusal:
    """A file that is not taken, and why, as a sentence."""

    file: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """A folder's submissions in alphabetical order of their files, and what was refused."""

    accepted: tuple[Accepted, ...]
    refused: tuple[Refusal, ...]


class _Refused(Exception):
    pass


def read_submissions(folder: Path) -> Reading:
    """Read every *.json of a folder, and the archives of images beside them. Follows no link, unpacks nothing.

    Of two submissions with one name on one board the first file, in alphabetical order, keeps it.

    Raises:
        UserError: there is no such folder, it has no submission, or too many.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; give the folder that holds the submissions.")
    names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(".json") and entry.name[0] != ".")
    if not names:
        raise UserError(f"{folder} has no submission; make one with `bench submit RUN --name NAME --authors WHO`.")
    if len(names) > MAX_FILES:
        raise UserError(f"{folder} has {len(names):,} files, more than {MAX_FILES:,}; give fewer submissions.")
    accepted: list[Accepted] = []
    refused: list[Refusal] = []
    taken: dict[tuple[str, ...], str] = {}
    for name in names:
        try:
            found = _read(folder, name)
            key = (_folded(found.submission.name), found.submission.protocol.fingerprint, found.submission.dataset.checksum)
            if key in taken:
                raise _Refused(f"its name is that of {taken[key]} already")
            taken[key] = name
            accepted.append(found)
        except _Refused as error:
            text = str(error)
            refused.append(Refusal(_shown(name), f"{text[:1].upper()}{text[1:]}."))
    return Reading(tuple(accepted), tuple(refused))


def _read(folder: Path, name: str) -> Accepted:
    data = _bytes(folder / name)
    try:
        submission = Submission.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        place = _shown(".".join(str(part) for part in first["loc"]))
        message = _shown(first["msg"].removeprefix("Value error, "))
        raise _Refused(f"it is not a submission ({f'{place}: ' if place else ''}{message})") from None
    fault = fault_of(submission)
    if fault is not None:
        raise _Refused(fault)
    verified = _images_agree(folder / f"{name.removesuffix('.json')}{IMAGES_ENDING}", submission)
    bare = submission.model_copy(update={"images": {}, "prior_images": {}})
    digest, counts = hashlib.sha256(data).hexdigest(), (len(submission.images), len(submission.prior_images))
    return Accepted(_shown(name), digest, bare, *counts, verified)


def _bytes(path: Path) -> bytes:
    """A regular file's content, never more than MAX_BYTES; no link is followed and no pipe waited for."""
    descriptor = _open(path)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _Refused(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def _open(path: Path) -> int:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if path.is_symlink():
            raise _Refused("it is a link, and links are not followed")
        descriptor = os.open(path, flags)
    except OSError as error:
        raise _Refused(f"it cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _Refused("it is no regular file")
    return descriptor


def _images_agree(path: Path, submission: Submission) -> bool | None:
    """Whether an archive holds exactly the images of the hashes. None without one.

    Entries are found by names that the submission has been checked for, and hashed as they are read: nothing is unpacked.
    """
    if not path.is_symlink() and not path.exists():
        return None
    with os.fdopen(_open(path), "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _check_archive(archive, submission)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
            raise _Refused(f"its archive of images cannot be read ({type(error).__name__})") from None


def _check_archive(archive: zipfile.ZipFile, submission: Submission) -> bool:
    infos, hashes = archive.infolist(), submission.files
    there = Counter(info.filename for info in infos)
    for name, count in sorted(there.items()):
        if name not in hashes:
            raise _Refused(f"its archive holds {_shown(name)}, which it has no hash of")
        if count > 1:
            raise _Refused(f"its archive holds {name} twice")
    lost = sorted(hashes.keys() - there.keys())
    if lost:
        raise _Refused(f"its archive lacks {lost[0]}, which it has a hash of")
    if sum(info.file_size for info in infos) > _MAX_ARCHIVE_BYTES:
        raise _Refused(f"its images are larger than {_MAX_ARCHIVE_BYTES // 1_000_000_000} GB")
    for info in infos:
        digest = hashlib.sha256()
        for block in _blocks(archive, info):
            digest.update(block)
        if digest.hexdigest() != hashes[info.filename]:
            raise _Refused(f"its image {info.filename} is not the one that it has a hash of")
    return True


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    read = 0
    with archive.open(info) as image:
        while block := image.read(_BLOCK):
            read += len(block)
            if read > _MAX_IMAGE_BYTES:
                raise _Refused(f"its image {info.filename} is larger than {_MAX_IMAGE_BYTES // 1_000_000} MB")
            yield block


def _folded(name: str) -> str:
    """A name as readers tell it from others: case, width and spaces aside."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _shown(text: str) -> str:
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return line if len(line) <= 120 else f"{line[:117]}..."
