"""Ratings that others published, as the manifest that ships with the package pins them; the ratings do not ship."""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from dreambench.dataset.downloading import RETRIES, Download, Listener
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.hashing import sha256_bytes, sha256_file
from dreambench.dataset.local_folders import OFFLINE_VARIABLE, cache_root
from dreambench.dataset.reading import parse_json

_INSTEAD: Final = "or give a file of ratings with --ratings"


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Declared):
    """A repository at a commit; a file's path is appended to the address `files`."""

    repository: str
    commit: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    files: str


class SourceFile(_Declared):
    """One file: which source, its path there, its size in bytes and its SHA-256."""

    source: str
    path: Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.(tsv|json)$")]
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class RatingSources(_Declared):
    """Where published ratings and the scores of the same images come from.

    Attributes:
        description: what they are.
        licence: of all files.
        citation: whom to cite.
        sources: repositories by name.
        methods: whose images were rated.
        raters: one table a rater: a row a sample, a column a method, a cell "[consistency, quality]".
        similarities: a file a method, in the order of `methods`: DINO and CLIP-I by sample.
        answers: a file a method likewise: GPT-4o's two answers by sample.
    """

    description: str
    licence: str
    citation: str
    sources: dict[str, Source]
    methods: tuple[str, ...]
    raters: tuple[SourceFile, ...]
    similarities: tuple[SourceFile, ...]
    answers: tuple[SourceFile, ...]

    @property
    def everything(self) -> tuple[SourceFile, ...]:
        """All files."""
        return (*self.raters, *self.similarities, *self.answers)


@cache
def published_sources() -> RatingSources:
    """Read the shipped manifest."""
    return RatingSources.model_validate(
        parse_json(files("dreambench.benchmark").joinpath("data", "human_ratings.json").read_bytes())
    )


def ratings_cache(sources: RatingSources) -> Path:
    """The folder in the cache that the files are fetched into; another manifest has another one. May not exist."""
    pinned = json.dumps([file.sha256 for file in sources.everything])
    return cache_root() / f"human-ratings-{sha256_bytes(pinned.encode())[:12]}"


def local_file(file: SourceFile, folder: Path) -> Path:
    """Where a file lies once it is fetched."""
    return folder / file.source / file.path


def fetch_sources(sources: RatingSources, folder: Path, *, offline: bool, listener: Listener | None = None) -> int:
    """Fetch the files that are missing, each checked by its SHA-256; what is there is not fetched again.

    Args:
        sources: what and from where.
        folder: created where it is not there.
        offline: the network is forbidden; say what is missing instead.
        listener: told how it goes.

    Returns:
        How many files came.

    Raises:
        UserError: files are missing and the network is forbidden, or the folder cannot be written.
        IncompleteRun: a file could not be fetched, or is another one; those that came stay.
    """
    told = listener or Listener()
    lacking = [file for file in sources.everything if not _is_there(file, folder)]
    if not lacking:
        return 0
    if offline:
        raise UserError(
            f"{len(lacking)} of {len(sources.everything)} files of published ratings are missing in {folder}, and the network "
            f"is off ({OFFLINE_VARIABLE}); allow it once, {_INSTEAD}."
        )
    told.expect(len(lacking), sum(file.bytes for file in lacking))
    _fetch_all(lacking, sources, folder, told)
    return len(lacking)


def _fetch_all(lacking: Sequence[SourceFile], sources: RatingSources, folder: Path, listener: Listener) -> None:
    import pooch  # type: ignore[import-untyped]
    from requests import RequestException

    pooch.get_logger().setLevel("ERROR")
    urls = {f"{file.source}/{file.path}": sources.sources[file.source].files + file.path for file in lacking}
    registry = {f"{file.source}/{file.path}": f"sha256:{file.sha256}" for file in lacking}
    store = pooch.create(path=folder, base_url="", registry=registry, urls=urls, retry_if_failed=RETRIES)
    never = threading.Event()
    for name, file in zip(urls, lacking, strict=True):
        local_file(file, folder).unlink(missing_ok=True)  # with other content; the cache is ours to mend
        try:
            local_file(file, folder).parent.mkdir(parents=True, exist_ok=True)
            store.fetch(name, downloader=Download(file, listener, never))
        except RequestException as error:
            raise IncompleteRun(
                f"{urls[name]} cannot be fetched ({type(error).__name__}); check the network and give the same command again, "
                f"{_INSTEAD}."
            ) from error
        except ValueError as error:
            raise IncompleteRun(
                f"What {urls[name]} sends is not the pinned file (other SHA-256 or size); try another network, {_INSTEAD}."
            ) from error
        except OSError as error:
            raise UserError(f"The folder {folder} cannot be written ({error.strerror}); set DREAMBENCH_CACHE.") from error


def _is_there(file: SourceFile, folder: Path) -> bool:
    path = local_file(file, folder)
    with suppress(OSError):
        return path.stat().st_size == file.bytes and sha256_file(path) == file.sha256
    return False
