"""What a run asks of the machine: memory, disk, and how much work it is. Pure arithmetic on a model's counted cost."""

from dataclasses import dataclass
from typing import Final

from dreambench.baselines.cost import FLOAT, FROZEN_TRAINING, FULL_TRAINING, ModelCost
from dreambench.baselines.settings import DreamBoothSettings, MethodSettings, SamplerSettings, TextualInversionSettings

#: The interpreter, the libraries, a GPU's context.
LIBRARIES: Final = 800_000_000
#: Activations are counted at modules' outputs; sums, skip connections and norms' float32 copies come on top.
_BESIDE_OUTPUTS: Final = 1.5
#: Bytes of a PNG a pixel, of photos.
_PNG: Final = 1.7


@dataclass(frozen=True)
class Work:
    """How much a run has to do.

    Attributes:
        class_images: to draw and encode, all class nouns together.
        train_steps: optimiser steps, those of a stack counted once.
        train_rows: samples through the UNet in one step.
        images: to draw and score, prior images included.
        passes: the backward pass and the forward pass of a training step, in forward passes.
        trained_weights: that the optimiser updates.
    """

    class_images: int = 0
    train_steps: int = 0
    train_rows: int = 0
    images: int = 0
    passes: float = 1.0
    trained_weights: int = 0


def work_of(settings: MethodSettings, cost: ModelCost, *, subjects: int, class_nouns: int, images: int) -> Work:
    """The work of a method on so many subjects. Of a plug-in only the images are known."""
    if isinstance(settings, DreamBoothSettings):
        prior = settings.prior_loss_weight > 0 and settings.steps > 0
        return Work(
            class_images=class_nouns * settings.class_images if prior else 0,
            train_steps=subjects * settings.steps,
            train_rows=settings.batch_size * (2 if prior else 1),
            images=images,
            passes=FULL_TRAINING + (1.0 if settings.gradient_checkpointing else 0.0),
            trained_weights=cost.unet_weights + (cost.text_encoder_weights if settings.train_text_encoder else 0),
        )
    if isinstance(settings, TextualInversionSettings):
        stack = min(settings.group_size, subjects)
        return Work(
            train_steps=-(-subjects // stack) * settings.steps,
            train_rows=settings.batch_size * stack,
            images=images,
            passes=FROZEN_TRAINING + (1.0 if settings.gradient_checkpointing else 0.0),
        )
    return Work(images=images)


def memory_needed(
    cost: ModelCost,
    work: Work,
    *,
    checkpointed: bool,
    half: bool,
    batch_size: int,
    pictures_at_once: int,
) -> int:
    """Bytes that a worker needs, within a quarter or so; without the snapshot, which goes where there is room.

    Args:
        cost: the model at the run's resolution.
        work: what is trained, and how many samples a step holds.
        checkpointed: gradient checkpointing is on.
        half: the forward passes run under bfloat16 autocast.
        batch_size: images sampled at once.
        pictures_at_once: latents decoded at once.
    """
    number = FLOAT // 2 if half else FLOAT
    resident = LIBRARIES + FLOAT * cost.weights + 2 * FLOAT * work.trained_weights  # AdamW keeps two numbers a weight
    converted = number * cost.unet_weights if half else 0
    kept = cost.unet_block_activations if checkpointed else cost.unet_activations
    training = 0
    if work.train_steps:
        gradients = FLOAT * work.trained_weights
        training = gradients + converted + int(_BESIDE_OUTPUTS * work.train_rows * kept * number)
    # Without gradients a layer's output goes as soon as the next has read it: about a twentieth lives at once.
    sampling = converted + int(2 * batch_size * cost.unet_activations * number / 20)
    decoding = min(batch_size, pictures_at_once) * cost.decode_activations * FLOAT
    return resident + max(training, sampling, decoding)


def disk_needed(sampler: SamplerSettings, *, images: int) -> int:
    """Bytes that a run's images take."""
    return int(images * sampler.resolution**2 * _PNG)
