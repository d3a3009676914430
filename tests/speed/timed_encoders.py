"""Encoders that add up the time they take, from whichever threads they are called."""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import ClipEncoder, Encoders, ImageEncoder

Clock = Callable[[], float]


class Timed:
    """An image encoder that adds up its time. Embeddings come back as numpy arrays, so a GPU's work is in it.

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

    def embed_images(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return self._timed(lambda: self._encoder.embed_images(images))

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self._timed(lambda: self._encoder.embed_crops(crops))

    def _timed(self, work: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        start = self._clock()
        rows = work()
        with self._lock:
            self.seconds += self._clock() - start
        return rows


class TimedClip(Timed):
    """The same for CLIP, with its texts."""

    def __init__(self, encoder: ClipEncoder, clock: Clock = time.perf_counter) -> None:
        super().__init__(encoder, clock)
        self._clip = encoder

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._timed(lambda: self._clip.embed_texts(texts))


def timed(encoders: Encoders, clock: Clock = time.perf_counter) -> tuple[Encoders, Callable[[], float]]:
    """The encoders with a clock on DINO and CLIP, and what reads the seconds that both have taken."""
    if encoders.dino is None:
        raise ValueError("these benchmarks are for protocols with DINO")
    dino, clip = Timed(encoders.dino, clock), TimedClip(encoders.clip, clock)
    return Encoders(dino=dino, clip=clip, lpips=encoders.lpips), lambda: dino.seconds + clip.seconds
