"""The settings of `--method custom_diffusion`. No torch in here."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from dreambench.baselines.settings import (
    BatchSize,
    GradientNorm,
    LearningRate,
    MethodSettings,
    Steps,
    WarmupSteps,
    WeightDecay,
    refuse_bad_template,
)
from dreambench.baselines.training.given_files import adapter_identity
from dreambench.dataset.local_folders import expanded


class CustomDiffusionSettings(MethodSettings):
    """Trains keys and values of the cross attention, and a word (Kumari et al. 2023).

    The defaults are the paper's recipe for Stable Diffusion, but for three things: the class images are the base model's
    samples, as in DreamBooth, where the paper has 200 photos with captions; the references are not resized at random; and the
    word starts from a rare token by DreamBooth's rule, where the authors' code has "ktn".
    """

    run_time_knobs: ClassVar[frozenset[str]] = frozenset({"gradient_checkpointing", "save"})

    steps: Steps = 250
    """Optimiser steps."""
    learning_rate: LearningRate = 8e-5
    """AdamW's rate, for keys, values and the word: 1e-5 for every image of a step, class images too."""
    prior_loss_weight: float = Field(default=1.0, ge=0, le=1000, allow_inf_nan=False)
    """Weight of the class images' loss. 0: none are made or used."""
    class_images: int = Field(default=200, ge=1, le=100_000)
    """Samples of "a [class noun]" from the base model, made once per class noun, the same ones as DreamBooth's."""
    class_guidance_scale: float = Field(default=2.0, ge=1, le=100, allow_inf_nan=False)
    """Guidance for the class images."""
    batch_size: BatchSize = 4
    """Reference images per step; as many class images come beside them."""
    template: str = "photo of a {}"
    """The training prompt; "{}" is where the word and the class noun go."""
    initializer: str | None = Field(default=None, min_length=1)
    """Text whose last token the word starts from. None: a rare token of the tokenizer in use, by DreamBooth's rule."""
    weight_decay: WeightDecay = 0.01
    """AdamW's decoupled weight decay."""
    lr_warmup_steps: WarmupSteps = 0
    """Steps over which the rate rises linearly from 0; constant afterwards."""
    max_grad_norm: GradientNorm = 1.0
    """The gradient's 2-norm, over all trained weights together, is clipped to this."""
    gradient_checkpointing: bool = False
    """Whether the backward pass computes the UNet's activations again instead of keeping them: the same gradients in less
    memory, at more time."""
    weights: Path | None = None
    """A folder of what was trained elsewhere, SUBJECT.safetensors as `save` writes it. Nothing is trained then."""
    save: Path | None = None
    """A folder for what is trained, as SUBJECT.safetensors. Subjects that were finished before are not trained again, and so
    not saved."""

    @field_validator("template")
    @classmethod
    def _has_one_slot(cls, template: str) -> str:
        refuse_bad_template(template)
        return template

    def subject_identity(self, subject: str) -> str | None:
        """What the images depend on of a subject alone: its file, if it was trained elsewhere."""
        return None if self.weights is None else adapter_identity(expanded(self.weights), subject)
