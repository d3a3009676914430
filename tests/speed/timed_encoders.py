"""Encoders that add up the time they take, from whichever threads they are called."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import Encoders, ImageEncoder, TextEncoder

Clock = Callable[[], float]


class Timed:
    """An encoder that adds up its time. Embeddings come back as numpy arrays, so a GPU's work is in it.

    With `time.thread_time` for a clock it is processor time, which other programs on the machine do not lengthen.
    """

    def __init__(self, encoder: ImageEncoder, clock: Clock = time.perf_counter) -> None:
        self._encoder, self._clock = encoder, clock
        self._lock = threading.Lock()
        self.seconds = 0.0

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def transform(self) -> ImageTransform:
        return self._encoder.transform

    @property
    def embeds_text(self) -> bool:
        return self._encoder.embeds_text

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return self._timed(lambda: self._encoder.embed_images(images))

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._timed(lambda: self._encoder.embed_crops(crops))

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Only if the encoder embeds texts."""
        return self._timed(lambda: cast(TextEncoder, self._encoder).embed_texts(texts))

    def _timed(self, work: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        start = self._clock()
        rows = work()
        with self._lock:
            self.seconds += self._clock() - start
        return rows


def timed(encoders: Encoders, clock: Clock = time.perf_counter) -> tuple[Encoders, Callable[[], float]]:
    """The encoders with a clock on each that embeds pictures, and what reads the seconds that they have taken together."""
    clocked = {role: Timed(encoder, clock) for role, encoder in encoders.embedding.items()}
    return Encoders(clocked, encoders.distance), lambda: sum(each.seconds for each in clocked.values())
