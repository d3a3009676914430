"""How much work a method is: what it says of itself to the progress bar and to `bench doctor`. No torch in here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


class Phase(StrEnum):
    """The kinds of work in a run, in the order in which they come."""

    CLASS_IMAGES = "class images"
    """Sampling images of a class noun from the base model."""
    TRAIN = "train"
    """Training steps."""
    SAMPLE = "sample"
    """Sampling the images of a subject."""
    SCORE = "score"
    """Scoring them; no part of a method."""


UNIT_PHASES: Final = (Phase.CLASS_IMAGES, Phase.TRAIN, Phase.SAMPLE)
"""What a subject goes through, in this order."""

Part = Literal["unet", "text_encoder"]
"""The parts of the base model that methods train."""

FULL_TRAINING: Final = 3.0
"""A forward and a backward pass with gradients for every weight, in forward passes. From the counts 2.41 TFLOP against .803
of a forward pass (Stable Diffusion 1.5, 512 pixels)."""
FROZEN_TRAINING: Final = 2.08
"""The same with gradients for the inputs alone: 1.67 TFLOP."""


@dataclass(frozen=True)
class Work:
    """What a method does for a subject before it samples. The defaults are those of a method that trains nothing.

    It changes no result: a method that says nothing of it gets a progress bar that counts its images alone.
    """

    class_images: int = 0
    """Samples of "a [class noun]" from the base model; all subjects of a class noun share them."""
    steps: int = 0
    """Training steps of a subject. The subjects of a group (`Method.group_size`) take them together."""
    rows: int = 1
    """Samples of one subject that a step sends through the UNet; class images beside them count too."""
    passes: float = FULL_TRAINING
    """What a step's forward and backward pass cost, in forward passes of the UNet; recomputed activations not counted."""
    trains: tuple[Part, ...] = ()
    """The parts of the base model whose weights the optimiser updates; empty where something small is learned, or nothing."""
    recomputes: bool = False
    """Whether the backward pass computes activations again instead of keeping them (gradient checkpointing)."""
    class_guidance_scale: float | None = None
    """That class images are sampled with; None for the sampler's own."""


@dataclass(frozen=True)
class Shared:
    """What several subjects need and what is made once for all of them, before they are prepared.

    Attributes:
        name: what it is, for people: "the class images of dog". Subjects with the same name share it.
        parts: of equal work, that workers may make side by side before the whole is made of them; 1: it is made in one piece.
    """

    name: str
    parts: int = 1
