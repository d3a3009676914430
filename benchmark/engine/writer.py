"""PNG files written from a thread, so that the model never waits for the disk."""

import io
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from PIL import Image

from dreambench.dataset.files import put_bytes, sync_folder
from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.os_errors import writing

#: Pictures that may wait for the disk; more would only fill the memory.
QUEUE_LENGTH: Final = 32


def png_bytes(image: Image.Image) -> bytes:
    """A picture as an RGB PNG without metadata, so equal pixels are equal bytes."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="PNG")
    return buffer.getvalue()


class ImageWriter:
    """Writes pictures in the background, each whole or not at all. Use it in a `with` block.

    A write that fails (a full disk) is raised by the next `write`, or by `finish`.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="png")
        self._room = threading.Semaphore(QUEUE_LENGTH)
        self._writes: dict[Path, Future[str]] = {}
        self._failure: BaseException | None = None

    def write(self, path: Path, image: Image.Image) -> None:
        """Queue one picture; waits while the queue is full."""
        self._raise_failure()
        self._room.acquire()
        self._writes[path] = self._pool.submit(self._write, path, image)

    def finish(self) -> dict[Path, str]:
        """Wait for all writes, and have their names on the disk: path -> SHA-256 of its bytes, in the order of the calls."""
        hashes = {path: future.result() for path, future in self._writes.items()}
        for folder in {path.parent for path in hashes}:
            with writing(folder):
                sync_folder(folder)
        self._writes = {}
        return hashes

    def _write(self, path: Path, image: Image.Image) -> str:
        try:
            data = png_bytes(image)
            put_bytes(path, data)
            return sha256_bytes(data)
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._room.release()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=kind is not None)
