"""One subject's features as a metric gets them, from vectors that can be checked by hand."""

import math

import numpy as np
from hypothesis import strategies as st

from dreambench.benchmark.metrics import Features, Metric, declare_metric, gallery_of

ROLE = "eye"
X, Y = np.float32([1, 0]), np.float32([0, 1])
DIAGONAL = np.float32([math.sqrt(0.5), math.sqrt(0.5)])


def metric(formula: str, **parameters) -> Metric:
    """A declared metric with the encoder that `features_of` fills in."""
    return declare_metric("mine", {"formula": formula, "encoder": ROLE, **parameters})


def features_of(images, references=None, *, compared=None, texts=None, priors=None, gallery=None, prompts=None, **more):
    """A subject "dog" whose images [n, d], references [m, d], texts [n, d] and prior images [p, d] one encoder embeds."""
    references = np.zeros((0, 2), np.float32) if references is None else references
    return Features(
        subject="dog",
        images={ROLE: images},
        references={ROLE: references},
        compared=np.arange(len(references)) if compared is None else np.asarray(compared),
        texts={} if texts is None else {ROLE: texts},
        priors={} if priors is None else {ROLE: priors},
        galleries={} if gallery is None else {ROLE: gallery_of(gallery)},
        prompts=np.zeros(len(images), dtype=np.int64) if prompts is None else np.asarray(prompts),
        **more,
    )


def at(*degrees):
    """Unit vectors in the plane at these angles: the cosine of two is the cosine of the angle between them."""
    turns = np.radians(np.array(degrees, dtype=np.float64))
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def cosine(degrees):
    """Of an angle in degrees."""
    return math.cos(math.radians(degrees))


def unit_vectors(rows, width=5):
    """A strategy: [rows, width] of length 1."""

    def draw(seed):
        numbers = np.random.default_rng(seed).normal(size=(rows, width))
        return (numbers / np.linalg.norm(numbers, axis=1, keepdims=True)).astype(np.float32)

    return st.integers(0, 2**32 - 1).map(draw)
