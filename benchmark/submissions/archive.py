"""The archive of images beside a submission: held against its hashes entry by entry, and never unpacked."""

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from dreambench.benchmark.submissions.model import Submission
from dreambench.dataset.declared import printable
from dreambench.dataset.words import shortened

IMAGES_ENDING: Final = ".images.zip"
#: What is shown of a method on a board: so many images, of as many subjects where it has them.
N_SAMPLES: Final = 4
_MAX_IMAGE_BYTES: Final = 50_000_000
_MAX_ARCHIVE_BYTES: Final = 20_000_000_000
#: Of its list of entries: some 80 bytes for each image.
_MAX_LIST_BYTES: Final = 64_000_000
#: Pictures are compressed by themselves; what grows more than so many times is made to grow.
_MAX_GROWTH: Final = 20
_SLACK: Final = _MAX_IMAGE_BYTES
#: Python's other ways of packing need memory that the archive chooses.
_PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED: Final = 0x1
#: Ends every archive: its mark, its length without a remark, and where in it the length of the list stands.
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_LENGTH_AT: Final = 12
_MAX_REMARK: Final = 0xFFFF
_BLOCK: Final = 1 << 20
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


class Refused(Exception):
    """A file is not taken; the message is a clause that says why."""


@dataclass(frozen=True)
class Sample:
    """An image that stands for a submission: its name in the archive, whose it is, the prompt's number, and its SHA-256."""

    name: str
    subject: str
    prompt: int
    digest: str


def open_regular(path: Path) -> int:
    """A descriptor of a regular file; no link is followed and no pipe waited for.

    Raises:
        Refused: it is none, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            raise Refused("it is a link, and links are not followed")
        descriptor = os.open(path, flags)
    except OSError as error:
        raise Refused(f"it cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused("it is no regular file")
    return descriptor


def archive_of(file: Path) -> Path:
    """Where a submission's images lie, if they do: "mine.images.zip" beside "mine.json"."""
    return file.with_name(f"{file.name.removesuffix('.json')}{IMAGES_ENDING}")


def images_agree(path: Path, submission: Submission) -> bool:
    """Whether there is an archive; it then holds exactly the images of a submission's hashes.

    Raises:
        Refused: it holds others, or cannot be read.
    """
    if not path.is_symlink() and not path.exists():
        return False
    with _opened(path) as archive:
        _check_archive(archive, submission)
    return True


def samples_of(submission: Submission) -> tuple[Sample, ...]:
    """The images that stand for a submission: for subjects and prompts spread over its own, the first image of each.

    They depend on subjects and prompts alone, so all methods of a board show the same ones.
    """
    names = sorted(submission.subjects)
    chosen = spread(names, N_SAMPLES)
    first: dict[tuple[str, int], str] = {}
    for name in sorted(submission.images, key=_index):
        of_subject, of_prompt, _ = name.split("/")
        first.setdefault((of_subject, int(of_prompt)), name)
    samples = []
    for index, subject in enumerate(chosen):
        prompts = submission.subjects[subject].prompts
        prompt = prompts[(2 * index + 1) * len(prompts) // (2 * len(chosen))]
        name = first[subject, prompt]
        samples.append(Sample(name, subject, prompt, submission.images[name]))
    return tuple(samples)


def spread(names: Sequence[str], count: int) -> list[str]:
    """So many of some names, from the whole list; all of them where there are fewer."""
    if len(names) <= count:
        return list(names)
    return [names[(2 * index + 1) * len(names) // (2 * count)] for index in range(count)]


def read_samples(path: Path, samples: Sequence[Sample]) -> Iterator[tuple[Sample, bytes]]:
    """Some images of an archive; one that is not there any more as it was hashed is left out.

    Raises:
        Refused: the archive cannot be read.
    """
    with _opened(path) as archive:
        for sample in samples:
            try:
                data = b"".join(_blocks(archive, archive.getinfo(sample.name)))
            except KeyError:
                continue
            if hashlib.sha256(data).hexdigest() == sample.digest:
                yield sample, data


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with os.fdopen(open_regular(path), "rb") as file:
        try:
            _refuse_long_list(file)
            with zipfile.ZipFile(file) as archive:
                yield archive
        except _BROKEN as error:
            raise Refused(f"its archive of images cannot be read ({type(error).__name__})") from None


def _refuse_long_list(file: BinaryIO) -> None:
    """Look at the archive's end before Python reads its whole list of entries into memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_BYTES - _MAX_REMARK))
    tail = file.read(_END_BYTES + _MAX_REMARK)
    at = tail.rfind(_END)
    if 0 <= at <= len(tail) - _END_BYTES:
        (length,) = struct.unpack_from("<L", tail, at + _LENGTH_AT)
        if length > _MAX_LIST_BYTES:
            raise Refused(f"its archive lists more than {_MAX_LIST_BYTES // 1_000_000} MB of entries")
    file.seek(0)


def _check_archive(archive: zipfile.ZipFile, submission: Submission) -> None:
    infos, hashes = archive.infolist(), submission.files
    there = Counter(info.filename for info in infos)
    for name, count in sorted(there.items()):
        if name not in hashes:
            raise Refused(f"its archive holds {shown(name)}, which it has no hash of")
        if count > 1:
            raise Refused(f"its archive holds {name} twice")
    lost = sorted(hashes.keys() - there.keys())
    if lost:
        raise Refused(f"its archive lacks {lost[0]}, which it has a hash of")
    whole = sum(info.file_size for info in infos)  # no more than this is ever inflated, whatever the entries hold
    if whole > _MAX_ARCHIVE_BYTES:
        raise Refused(f"its images are larger than {_MAX_ARCHIVE_BYTES // 1_000_000_000} GB")
    packed = sum(info.compress_size for info in infos)
    if whole > _MAX_GROWTH * min(packed, _size_of(archive)) + _SLACK:
        raise Refused(f"its archive grows to more than {_MAX_GROWTH} times its size")
    for info in infos:
        digest = hashlib.sha256()
        for block in _blocks(archive, info):
            digest.update(block)
        if digest.hexdigest() != hashes[info.filename]:
            raise Refused(f"its image {info.filename} is not the one that it has a hash of")


def _size_of(archive: zipfile.ZipFile) -> int:
    return archive.fp.seek(0, os.SEEK_END) if archive.fp is not None else 0


def _blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's content piece by piece.

    Raises:
        Refused: it is larger than an image, or packed in a way that is not read.
    """
    if info.compress_type not in _PACKINGS or info.flag_bits & _ENCRYPTED:
        raise Refused(f"its image {shown(info.filename)} is neither stored nor deflated; pack it with `zip` or `bench submit`")
    read = 0
    with archive.open(info) as image:
        while block := image.read(_BLOCK):
            read += len(block)
            if read > _MAX_IMAGE_BYTES:
                raise Refused(f"its image {info.filename} is larger than {_MAX_IMAGE_BYTES // 1_000_000} MB")
            yield block


def _index(name: str) -> tuple[int, str]:
    return int(name.rpartition("/")[2].partition(".")[0]), name


def shown(text: str) -> str:
    """A stranger's text as a short printable line."""
    return shortened(printable(text), 120)
