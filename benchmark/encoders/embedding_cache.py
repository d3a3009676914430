"""Embeddings that were made before, by the content of the file and the fingerprint of the encoder.

One small file an embedding, below the cache folder: embeddings/<encoder>/<first two digits>/<content>.vec. It is written
aside and renamed and carries a digest of itself, so that any number of processes can share the folder without a lock, and
an entry that is cut off, changed or not ours is made again. A cache is a help: where it cannot be read or written, the work
is done without it.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

import numpy as np
import PIL
from numpy.typing import NDArray

from dreambench.dataset.hashing import FileHashes, sha256_json
from dreambench.dataset.images import Reading, require_file
from dreambench.dataset.leftovers import aside_name, remove_leftovers

#: Entries that are kept: forty times a whole benchmark under two encoders, about 1 GB on disk.
MAX_ENTRIES: Final = 250_000
#: To be raised when `open_image` or `ImageTransform.cropped` change what a file looks like to an encoder. 2: profiles count in
#: every mode, 16 bits are rounded.
READING: Final = 2
_DIGEST: Final = 16
_LARGEST: Final = 65_536
_KEPT_AFTER_TRIM: Final = 0.8


class EmbeddingCache:
    """A folder of vectors. Safe for threads and processes side by side.

    Attributes:
        hashes: of the files that were asked for, which others may use too.
    """

    def __init__(self, folder: Path, *, max_entries: int = MAX_ENTRIES) -> None:
        """Use the folder `embeddings` in a cache folder; it is created when first written to.

        Args:
            folder: the cache folder, such as `dreambench.benchmark.machine.cache.cache_folder()`.
            max_entries: what `trim` keeps to.
        """
        self.hashes = FileHashes()
        self._root = folder / "embeddings"
        self._max_entries = max_entries
        self._written = 0
        self._given_up = False

    def content_of(self, path: Path) -> str:
        """SHA-256 of a file's bytes: 64 hex digits. A file that has not changed is read once.

        Raises:
            UserError: there is no such file, it is too large for a picture, or it is no regular file; the message names it.
        """
        require_file(path)
        return self.hashes.of(path)

    def read(self, space: str, content: str) -> NDArray[np.float32] | None:
        """The vector [d] of a content in a space (see `image_space`), or None where there is none that is whole."""
        path = self._path(space, content)
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST)
            os.utime(path)  # what is used stays
        except OSError:
            return None
        payload = data[_DIGEST:]
        if len(payload) % 4 or not payload or _digest(space, content, payload) != data[:_DIGEST]:
            return None
        return np.frombuffer(payload, dtype="<f4").astype(np.float32)

    def write(self, space: str, content: str, vector: NDArray[np.float32]) -> None:
        """Keep a vector [d]. Where the disk is full or the folder cannot be written, nothing is kept from then on."""
        if self._given_up:
            return
        payload = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        path = self._path(space, content)
        aside = path.with_name(aside_name(path.name[:8]))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                aside.write_bytes(_digest(space, content, payload) + payload)  # not flushed: the digest tells a torn one
                aside.replace(path)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
        except OSError:
            self._given_up = True
            return
        self._written += 1

    def trim(self) -> None:
        """Delete the entries that were used longest ago, if there are too many; to be called after a lot was written."""
        if not self._written:
            return
        self._written = 0
        entries = list(self._root.glob("*/*/*"))
        remove_leftovers(path for path in entries if path.suffix == ".part")
        if len(entries) <= self._max_entries:
            return
        used: list[tuple[float, Path]] = []
        for path in entries:
            with contextlib.suppress(OSError):  # another process trims too
                used.append((path.stat().st_mtime, path))
        complete = sorted(entry for entry in used if entry[1].suffix == ".vec")
        surplus = [path for _, path in complete[: max(0, len(complete) - int(_KEPT_AFTER_TRIM * self._max_entries))]]
        for path in surplus:
            with contextlib.suppress(OSError):
                path.unlink()

    def _path(self, space: str, content: str) -> Path:
        return self._root / space[:32] / content[:2] / f"{content}.vec"


def image_space(encoder_fingerprint: str, reading: Reading = "careful") -> str:
    """The space of an encoder's image embeddings: its fingerprint, and what decides how a file becomes a picture."""
    return sha256_json({"image": encoder_fingerprint} | _as_read(reading))


def pictures_space(network_fingerprint: str, reading: Reading = "careful") -> str:
    """The space of what a network makes of several whole pictures together, such as LPIPS."""
    return sha256_json({"pictures": network_fingerprint} | _as_read(reading))


def look_space(version: int, reading: Reading = "careful") -> str:
    """The space of what was seen when a picture was opened, before any encoder saw it."""
    return sha256_json({"look": version} | _as_read(reading))


def text_space(encoder_fingerprint: str) -> str:
    """The space of an encoder's text embeddings."""
    return sha256_json({"text": encoder_fingerprint})


def _as_read(reading: Reading) -> dict[str, object]:
    """What decides how a file becomes a picture; the reading that is usual is not named."""
    named: dict[str, object] = {} if reading == "careful" else {"as": reading}
    return {"reading": READING, "pillow": PIL.__version__} | named


def _digest(space: str, content: str, payload: bytes) -> bytes:
    return hashlib.blake2b(f"{space} {content} ".encode() + payload, digest_size=_DIGEST).digest()
