"""What a run asks of the machine: memory, disk, and how much work it is. Pure arithmetic on a model's counted cost."""

from dataclasses import dataclass
from typing import Any, Final

from dreambench.baselines.method import Method
from dreambench.baselines.model.cost import FLOAT, ModelCost

#: The interpreter, the libraries, a GPU's context.
LIBRARIES: Final = 800_000_000
#: Activations are counted at modules' outputs; sums, skip connections and norms' float32 copies come on top.
_BESIDE_OUTPUTS: Final = 1.5
#: Bytes of a PNG a pixel, of photos.
_PNG: Final = 1.7


@dataclass(frozen=True)
class Extent:
    """How far a run goes.

    Attributes:
        subjects: that are prepared.
        class_nouns: different ones among them.
        images: to draw and score, prior images included.
    """

    subjects: int
    class_nouns: int
    images: int


@dataclass(frozen=True)
class RunWork:
    """How much a run has to do.

    Attributes:
        class_images: to draw and encode, all class nouns together.
        train_steps: optimiser steps, those of a group counted once.
        train_rows: samples through the UNet in one step.
        images: to draw and score, prior images included.
        passes: the backward pass and the forward pass of a training step, in forward passes.
        trained_weights: that the optimiser updates.
        recomputes: activations are computed again in the backward pass instead of being kept.
    """

    class_images: int = 0
    train_steps: int = 0
    train_rows: int = 0
    images: int = 0
    passes: float = 1.0
    trained_weights: int = 0
    recomputes: bool = False


def run_work(method: Method[Any], cost: ModelCost, extent: Extent) -> RunWork:
    """What a method says of its work on a subject, for a whole run."""
    work = method.work()
    class_images = extent.class_nouns * work.class_images
    if not work.steps:
        return RunWork(class_images=class_images, images=extent.images)
    group = max(1, min(method.group_size, extent.subjects))
    return RunWork(
        class_images=class_images,
        train_steps=-(-extent.subjects // group) * work.steps,
        train_rows=work.rows * group,
        images=extent.images,
        passes=work.passes + (1.0 if work.recomputes else 0.0),
        trained_weights=cost.weights_of(work.trains),
        recomputes=work.recomputes,
    )


def memory_needed(
    cost: ModelCost,
    work: RunWork,
    *,
    half: bool,
    batch_size: int,
    pictures_at_once: int,
) -> int:
    """Bytes that a worker needs, within a quarter or so; without the snapshot, which goes where there is room.

    Args:
        cost: the model at the run's resolution.
        work: what is trained, and how many samples a step holds.
        half: the forward passes run under bfloat16 autocast.
        batch_size: images sampled at once.
        pictures_at_once: latents decoded at once.
    """
    number = FLOAT // 2 if half else FLOAT
    resident = LIBRARIES + FLOAT * cost.weights + 2 * FLOAT * work.trained_weights  # AdamW keeps two numbers a weight
    converted = number * cost.unet_weights if half else 0
    kept = cost.unet_block_activations if work.recomputes else cost.unet_activations
    training = 0
    if work.train_steps:
        gradients = FLOAT * work.trained_weights
        training = gradients + converted + int(_BESIDE_OUTPUTS * work.train_rows * kept * number)
    # Without gradients a layer's output goes as soon as the next has read it: about a twentieth lives at once.
    sampling = converted + int(2 * batch_size * cost.unet_activations * number / 20)
    decoding = min(batch_size, pictures_at_once) * cost.decode_activations * FLOAT
    return resident + max(training, sampling, decoding)


def disk_needed(resolution: int, *, images: int) -> int:
    """Bytes that a run's images take, of so many pixels a side."""
    return int(images * resolution**2 * _PNG)
