"""One file over the network, through pooch: counted byte by byte, bounded, given up when told, and explained when it fails."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from dreambench.dataset.declared import printable
from dreambench.dataset.local_folders import DATA_VARIABLE

#: Tries after the first; pooch waits 1, 2, 3 seconds in between.
RETRIES: Final = 3
TIMEOUT_SECONDS: Final = 30
_CHUNK_BYTES: Final = 1 << 16


class Listener:
    """Told how a fetch goes; the methods do nothing until overridden, and may be called from several threads."""

    def expect(self, files: int, total_bytes: int) -> None:
        """So much is missing and will be fetched."""

    def receive(self, n_bytes: int) -> None:
        """So many more bytes have arrived; negative where a file has to begin anew."""

    def note(self, text: str) -> None:
        """Something worth a line: another try, a wait."""


class Pinned(Protocol):
    """A file whose content is known before it is fetched."""

    @property
    def path(self) -> str:
        """What it is called where it comes from."""

    @property
    def bytes(self) -> int:
        """Its size."""


class Stopped(Exception):
    """Another file has failed or a person has interrupted. Not one of the errors that pooch tries again."""


class Download:
    """What pooch calls to get one file, again for every try."""

    def __init__(self, file: Pinned, listener: Listener, stop: threading.Event) -> None:
        self._file, self._listener, self._stop = file, listener, stop
        self._tries = 0
        self._received = 0

    def __call__(self, url: str, output_file: str, store: Any) -> None:
        """Get the file at `url` into `output_file`; pooch then looks at its SHA-256."""
        import pooch  # type: ignore[import-untyped]

        if self._stop.is_set():
            raise Stopped
        self._tries += 1
        if self._tries > 1:
            self._listener.note(f"{self._file.path}: try {self._tries} of {1 + RETRIES}")
            self._listener.receive(-self._received)
            self._received = 0
        gauge = _Gauge(lambda: self._count(Path(output_file).stat().st_size))
        pooch.HTTPDownloader(progressbar=gauge, chunk_size=_CHUNK_BYTES, timeout=TIMEOUT_SECONDS)(url, output_file, store)

    def _count(self, arrived: int) -> None:
        if self._stop.is_set():
            raise Stopped
        self._listener.receive(arrived - self._received)
        self._received = arrived
        if arrived > self._file.bytes:
            raise ValueError(f"more than the {self._file.bytes} bytes of the pinned file arrive")


class _Gauge:
    """The progress bar that pooch's downloader wants. It is told of whole chunks, so the true size is asked for instead."""

    def __init__(self, on_chunk: Callable[[], None]) -> None:
        self.total = 0
        self.update: Callable[[int], None] = lambda _: on_chunk()

    def reset(self) -> None:
        """Called at the end, to show the bar full."""

    def close(self) -> None:
        """Called last."""


def why_not(error: BaseException, url: str, *, still: str) -> str | None:
    """What to tell about a file that would not come, with `still` missing; None where it is no matter of the network."""
    from requests import RequestException
    from requests.exceptions import HTTPError

    go_on = f"`bench dataset fetch` goes on with the {still} still missing"
    if isinstance(error, HTTPError) and error.response is not None:
        what = f"answers {error.response.status_code} ({printable(error.response.reason)})"
        return f"{url} {what}; try again later, or give another --mirror: {go_on}."
    if isinstance(error, RequestException):
        what = f"cannot be fetched ({type(error).__name__})"
        return f"{url} {what}; check the network, or set {DATA_VARIABLE} to a copy of the dataset: {go_on}."
    if isinstance(error, ValueError):
        what = "is not the released file (its SHA-256 or its size differs)"
        return f"What {url} sends {what}; try another network or --mirror: {go_on}."
    return None
