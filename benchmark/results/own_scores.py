"""Which scores this user made on this machine: by the content of their summary.json, and where their images lay then.

A summary may say that its images lie anywhere. That is followed where the person at the keyboard made the summary, which is
what is kept here, and else only if a command names the folder. The content holds the hashes of both tables, and these those of
the images: whoever hands out the very same summary can have nothing shown but pictures that were scored here.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.benchmark.results.summary import SUMMARY_FILE
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.files import write_json
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.leftovers import remove_leftovers
from dreambench.dataset.local_folders import cache_root
from dreambench.dataset.reading import read_json

_FOLDER: Final = "scored-here"


@dataclass(frozen=True)
class OwnScores:
    """What is kept of scores that were made here.

    Attributes:
        images: the folder of the images; None for a run, whose images lie in its own.
        prior: the folder of the prior images; None for a run's own, and without any.
    """

    images: Path | None
    prior: Path | None


def remember(folder: Path, *, images: Path | None = None, prior: Path | None = None) -> None:
    """Keep that the summary in a folder was made here. Without a cache, later commands have to be told where images lie."""
    with contextlib.suppress(OSError, UserError, IncompleteRun):
        remove_leftovers((cache_root() / _FOLDER).glob(".*.part"))  # of writers of other entries, which were killed
        entry = {"images": images and str(images.resolve()), "prior": prior and str(prior.resolve())}
        write_json(_file(folder), entry)


def recall(folder: Path) -> OwnScores | None:
    """What is kept of the summary in a folder; None for one that was not made here, or before that was kept."""
    try:
        entry = read_json(_file(folder), mend="delete it.")
        images, prior = entry["images"], entry["prior"]
    except (OSError, UserError, KeyError, TypeError):
        return None
    return OwnScores(
        images=Path(images) if isinstance(images, str) else None, prior=Path(prior) if isinstance(prior, str) else None
    )


def _file(folder: Path) -> Path:
    return cache_root() / _FOLDER / f"{sha256_file(folder / SUMMARY_FILE)}.json"
