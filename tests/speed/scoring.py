"""Scoring: time an image, how much of it the encoders take, and what reusing the references' embeddings saves."""

import statistics
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from benchmark.encoders import ClipEncoder, Encoders, ImageEncoder, ImageTransform
from benchmark.references import embed_references
from benchmark.scoring import score

from .setting import Setting
from .timing import Figure, median_pair, seconds


def scoring(setting: Setting, *, repeats: int, subjects: int = 2, prompts: int = 25) -> list[Figure]:
    """Seconds a generated image to score `subjects` x `prompts` x the protocol's images per prompt.

    Reference images stand in for generated ones: at the same size they cost the same to read and to embed.
    """
    dataset, protocol = setting.dataset, setting.protocol
    images = _stand_ins(setting, subjects, prompts)
    chosen = dataset.subjects[:subjects]
    references = embed_references(dataset, chosen, protocol, setting.encoders)

    def score_anew() -> float:
        return seconds(lambda: score(images, None, dataset, protocol, setting.encoders), setting.device) / len(images)

    def score_with_references() -> float:
        def work() -> object:
            return score(images, None, dataset, protocol, setting.encoders, references=references)

        return seconds(work, setting.device) / len(images)

    reused, anew = median_pair(score_with_references, score_anew, repeats=repeats)
    share = statistics.median(_encoders_share(setting, images) for _ in range(repeats))
    return [
        Figure("scoring", f"{1 / anew:.0f} images a second", anew, "s/image"),
        Figure("scoring", "time in the encoders' passes", share, "share of all"),
        Figure("scoring", "references embedded before", reused, "s/image", "embedded anew", anew),
    ]


def _stand_ins(setting: Setting, subjects: int, prompts: int) -> pd.DataFrame:
    """The table of images that `score` takes."""
    rows = []
    for subject in setting.dataset.subjects[:subjects]:
        paths = setting.dataset.reference_paths(subject)
        for prompt in range(prompts):
            for index in range(setting.protocol.images_per_prompt):
                path = str(paths[(prompt + index) % len(paths)])
                rows.append({"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": path})
    return pd.DataFrame(rows)


def _encoders_share(setting: Setting, images: pd.DataFrame) -> float:
    """The part of a scoring, 0 to 1, that passes inside the encoders; the rest is reading, cropping and arithmetic."""
    dino, clip = _Timed(setting.encoders.dino), _TimedClip(setting.encoders.clip)
    encoders = Encoders(dino=dino, clip=clip)
    whole = seconds(lambda: score(images, None, setting.dataset, setting.protocol, encoders), setting.device)
    return (dino.seconds + clip.seconds) / whole


class _Timed:
    """An image encoder that adds up its time. Embeddings come back as numpy arrays, so a GPU's work is in it."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self._encoder = encoder
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
        start = time.perf_counter()
        rows = self._encoder.embed_images(images)
        self.seconds += time.perf_counter() - start
        return rows

    def embed_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        start = time.perf_counter()
        rows = self._encoder.embed_crops(crops)
        self.seconds += time.perf_counter() - start
        return rows


class _TimedClip(_Timed):
    """The same for CLIP, with its texts."""

    def __init__(self, encoder: ClipEncoder) -> None:
        super().__init__(encoder)
        self._clip = encoder

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        start = time.perf_counter()
        rows = self._clip.embed_texts(texts)
        self.seconds += time.perf_counter() - start
        return rows
