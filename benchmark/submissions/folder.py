"""A folder of submissions as strangers may have filled it: each file is read within bounds, and taken or refused by name."""

import hashlib
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.submissions.archive import Refused, Sample, archive_of, images_agree, open_regular, samples_of, shown
from dreambench.benchmark.submissions.checks import fault_of
from dreambench.benchmark.submissions.model import OLD_VERSION, Submission
from dreambench.benchmark.submissions.protocol_checks import can_be_checked, infos_of
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import NotRead, parse_json

#: The hashes of as many images as may be named fit in; a file that is larger is not looked into.
MAX_BYTES: Final = 32_000_000
MAX_FILES: Final = 5_000


@dataclass(frozen=True)
class Accepted:
    """A submission that is taken.

    Attributes:
        file: its name in the folder.
        digest: SHA-256 of the file.
        submission: without its images' hashes, which a folder of hundreds could not all hold.
        infos: its metrics, in the order of tables.
        n_hashed: images that it gave hashes of.
        n_prior: prior images that it gave hashes of.
        n_repeated: of its images, those that are the same file as an earlier one of its own.
        images_digest: SHA-256 over the images' hashes, whatever they are called: equal ones, the same images.
        archive: where all of them lie, each held against its hash; None where they do not lie beside it.
        samples: images of the archive that stand for it.
        protocol_checked: whether its metrics and its fingerprint were held against its protocol.
    """

    file: str
    digest: str
    submission: Submission
    infos: tuple[MetricInfo, ...]
    n_hashed: int
    n_prior: int
    n_repeated: int
    images_digest: str
    archive: Path | None
    samples: tuple[Sample, ...]
    protocol_checked: bool


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


def read_submissions(folder: Path, *, on_progress: Callable[[int, int], None] = lambda done, total: None) -> Reading:
    """Read every *.json of a folder, and the archives of images beside them. Follows no link, unpacks nothing.

    Of two submissions with one name on one board the first file, in alphabetical order, keeps it.

    Args:
        folder: that holds the files.
        on_progress: called with (done, total): files.

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
    for done, name in enumerate(names):
        on_progress(done, len(names))
        try:
            found = _read(folder / name)
            key = (_folded(found.submission.name), found.submission.protocol.fingerprint, found.submission.dataset.checksum)
            if key in taken:
                raise Refused(f"its name is that of {taken[key]} already")
            taken[key] = name
            accepted.append(found)
        except Refused as error:
            text = str(error)
            refused.append(Refusal(shown(name), f"{text[:1].upper()}{text[1:]}."))
    return Reading(tuple(accepted), tuple(refused))


def _read(file: Path) -> Accepted:
    data = _bytes(file)
    try:
        submission = Submission.model_validate(parse_json(data))
    except NotRead as error:
        raise Refused(f"it {error.clause}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        message = shown(first["msg"].removeprefix("Value error, "))
        if first["type"] == OLD_VERSION:
            raise Refused(first["msg"]) from None
        where = shown(".".join(str(part) for part in first["loc"]))
        raise Refused(f"it is not a submission ({f'{where}: ' if where else ''}{message})") from None
    fault = fault_of(submission)
    if fault is not None:
        raise Refused(fault)
    archive = archive_of(file)
    has_images = images_agree(archive, submission)
    return Accepted(
        file=shown(file.name),
        digest=hashlib.sha256(data).hexdigest(),
        submission=submission.model_copy(update={"images": {}, "prior_images": {}}),
        infos=infos_of(submission),
        n_hashed=len(submission.images),
        n_prior=len(submission.prior_images),
        n_repeated=len(submission.images) - len(set(submission.images.values())),
        images_digest=hashlib.sha256("\n".join(sorted(submission.images.values())).encode()).hexdigest(),
        archive=archive if has_images else None,
        samples=samples_of(submission) if has_images else (),
        protocol_checked=can_be_checked(submission),
    )


def _bytes(path: Path) -> bytes:
    """A regular file's content, never more than MAX_BYTES."""
    with os.fdopen(open_regular(path), "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    return data


def _folded(name: str) -> str:
    """A name as readers tell it from others: case, width and spaces aside."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
