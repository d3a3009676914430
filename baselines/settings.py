"""What a user may set: the sampler's and each method's settings, as frozen models that refuse unknown keys.

No torch in here, so that a suite file can be checked and printed without loading it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import pydantic
from pydantic import ConfigDict, Field, field_validator

Scheduler = Literal["dpmsolver++", "ddim", "pndm", "euler"]
Precision = Literal["float32", "bfloat16"]
PromptForm = Literal["placeholder", "placeholder_and_class_noun"]

Steps = Annotated[int, Field(ge=0, le=1_000_000)]
LearningRate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
BatchSize = Annotated[int, Field(ge=1, le=1024)]
WeightDecay = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
GradientNorm = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NoiseShare = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
WarmupSteps = Annotated[int, Field(ge=0, le=1_000_000)]


def refuse_bad_template(template: str) -> None:
    """See that a prompt has one place for the subject's name.

    Raises:
        ValueError: it has none, several, or other braces.
    """
    if template.count("{}") != 1 or template.replace("{}", "").count("{") + template.replace("{}", "").count("}"):
        raise ValueError(f'template "{template}" needs "{{}}" exactly once and no other braces')


class SamplerSettings(pydantic.BaseModel):
    """How images are drawn from a model; part of a run's identity."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    scheduler: Scheduler = "dpmsolver++"
    """The solver: DPM-Solver++ 2M, DDIM (eta 0), PNDM without its Runge-Kutta start (makes one call more than `steps`), Euler.
    Betas and prediction type always come from the model's own config."""
    steps: int = Field(ge=1, le=1000)
    """Solver steps; one UNet call each, on twice the batch when guided."""
    guidance_scale: float = Field(ge=1, le=100, allow_inf_nan=False)
    """Classifier-free guidance: unconditional + scale * (conditional - unconditional). 1 = none, at half the cost."""
    guidance_interval: tuple[NoiseShare, NoiseShare] = (0.0, 1.0)
    """Where guidance acts, as shares of the training timesteps: 0 is the clean image, 1 pure noise. A step outside takes the
    conditional answer, at half the cost (Kynkäänniemi et al. 2024, arXiv 2404.07724)."""
    resolution: int = Field(ge=8, le=4096)
    """Height and width of the images in pixels."""
    precision: Precision = "float32"
    """Arithmetic of the sampling passes: bfloat16 is autocast over float32 weights, and float32 where a CPU lacks it."""
    precision_required: bool = False
    """Whether a CPU that lacks it is refused, and finished subjects that were sampled otherwise are made anew."""

    def identity(self) -> dict[str, Any]:
        """The settings that an image depends on, as JSON values: what is demanded of the machine moves none.

        An interval that is the whole schedule is left out: it came after results were recorded, and changes none.
        """
        whole = {"guidance_interval"} if self.guidance_interval == (0.0, 1.0) else set()
        return self.model_dump(mode="json", exclude={"precision_required"} | whole)

    @property
    def passes(self) -> float:
        """Forward passes of the denoiser for one image; a guided step takes two. Steps are taken as evenly spread."""
        low, high = self.guidance_interval
        return self.steps * (1.0 if self.guidance_scale == 1 else 1.0 + high - low)

    @field_validator("guidance_interval")
    @classmethod
    def _interval_is_ordered(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            raise ValueError("guidance_interval must name a lower share first and a higher one second, such as [0.1, 0.8].")
        return value


class MethodSettings(pydantic.BaseModel):
    """The base of every method's settings: frozen, unknown keys refused.

    The docstring below a field is what `bench methods show` says of it. A field without a default must be set, in a suite or
    with --set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    run_time_knobs: ClassVar[frozenset[str]] = frozenset()
    """Fields that change the speed but, up to rounding, not the result; left out of a unit's hash."""
    later_settings: ClassVar[frozenset[str]] = frozenset()
    """Fields that came after results were recorded: at their defaults they are left out of a unit's hash, which so stays."""
    is_yardstick: ClassVar[bool] = False
    """Whether the method is there to be compared with, not to win: a leaderboard gives it no rank."""

    @classmethod
    def other_keys(cls, values: Mapping[str, Any]) -> frozenset[str]:
        """Keys that may be set beside the fields, where that depends on other values; none unless a class says otherwise."""
        return frozenset()

    @classmethod
    def merged(cls, suite: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
        """What is given: the suite's values, over them the user's. A class whose values hang together may leave some out."""
        return {**suite, **user}

    def subject_identity(self, subject: str) -> str | None:
        """What a subject's images depend on of files that a setting names, as a hash; None where there are no such files."""
        return None

    def identity(self) -> dict[str, Any]:
        """The settings that a result depends on, as JSON values: everything but the run-time knobs, and what came later and is
        not used."""
        fields = type(self).model_fields
        unused = {name for name in self.later_settings if getattr(self, name) == fields[name].default}
        return self.model_dump(mode="json", exclude=set(self.run_time_knobs) | unused)


class DreamBoothSettings(MethodSettings):
    """Fine-tunes the model on the subject, holding the class with its own samples (Ruiz et al. 2023).

    The defaults are the paper's recipe for Stable Diffusion, with diffusers' number of class images.
    """

    run_time_knobs: ClassVar[frozenset[str]] = frozenset({"gradient_checkpointing"})
    later_settings: ClassVar[frozenset[str]] = frozenset({"class_noun"})

    steps: Steps = 1000
    """Optimiser steps."""
    learning_rate: LearningRate = 5e-6
    """AdamW's rate, for the UNet and, if it trains, the text encoder."""
    prior_loss_weight: float = Field(default=1.0, ge=0, le=1000, allow_inf_nan=False)
    """Lambda of the prior-preservation loss. 0: no class images are made or used."""
    class_images: int = Field(default=200, ge=1, le=100_000)
    """Samples of "a [class noun]" from the base model, made once per class noun."""
    class_guidance_scale: float = Field(default=2.0, ge=1, le=100, allow_inf_nan=False)
    """Guidance for the class images. Low: strongly guided samples, learned back, over-saturate the class prior."""
    train_text_encoder: bool = True
    """Whether the text encoder is fine-tuned beside the UNet, as the paper does with the text conditioning."""
    batch_size: BatchSize = 1
    """Reference images per step; as many class images come beside them."""
    identifier: str | None = Field(default=None, min_length=1)
    """The text of [V]. None: rare tokens of the tokenizer in use, by the paper's rule."""
    identifier_tokens: int = Field(default=1, ge=1, le=3)
    """How many rare tokens make the identifier, when it is found by rule."""
    class_noun: str | None = Field(default=None, max_length=100)
    """The noun of the prompts and class images, in training and sampling, in place of the subject's own; scores still ask for
    the subject's. Empty: no noun ("a [V]"), and no prior-preservation loss, which has no class then."""
    weight_decay: WeightDecay = 0.01
    """AdamW's decoupled weight decay."""
    lr_warmup_steps: WarmupSteps = 0
    """Steps over which the rate rises linearly from 0; constant afterwards."""
    max_grad_norm: GradientNorm = 1.0
    """The gradient's 2-norm, over all trained weights together, is clipped to this."""
    gradient_checkpointing: bool = False
    """Whether the backward pass computes the UNet's activations again instead of keeping them: the same gradients in about a
    third of their memory, at a third more time."""


class TextualInversionSettings(MethodSettings):
    """Learns a word for the subject, with the model frozen (Gal et al. 2022).

    The defaults are diffusers' example (3000 steps of 4, effective rate 2e-3).
    """

    run_time_knobs: ClassVar[frozenset[str]] = frozenset({"group_size", "gradient_checkpointing"})

    steps: Steps = 3000
    """Optimiser steps."""
    learning_rate: LearningRate = 2e-3
    """AdamW's rate for the learned vectors."""
    n_vectors: int = Field(default=1, ge=1, le=16)
    """Token embeddings learned for the subject."""
    initializer: str | None = Field(default=None, min_length=1)
    """Text whose token embeddings the vectors start from; None: the class noun. With more tokens than vectors, the last ones
    are taken, since in English the head noun comes last ("stuffed animal" starts one vector from "animal"); with fewer, they
    repeat."""
    initializers: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """Initializers by class noun, before `initializer`: for nouns of more than one token, where a rule would choose for you."""
    batch_size: BatchSize = 4
    """Reference images per step and subject."""
    templates: tuple[str, ...] = ("a {}",)
    """Training prompts, one drawn per image and step; "{}" is where the placeholder goes."""
    prompt_form: PromptForm = "placeholder"
    """Whether prompts, in training and sampling, name the placeholder alone or followed by the class noun."""
    flip_augmentation: bool = True
    """Whether half of the drawn images are mirrored, by encoding the mirrored image too; turn off for lettering."""
    group_size: BatchSize = 4
    """Subjects trained in one stacked batch; each is trained exactly as if alone."""
    weight_decay: WeightDecay = 0.01
    """AdamW's decoupled weight decay."""
    lr_warmup_steps: WarmupSteps = 0
    """Steps over which the rate rises linearly from 0; constant afterwards."""
    max_grad_norm: GradientNorm = 1.0
    """The gradient's 2-norm, over one subject's vectors, is clipped to this."""
    gradient_checkpointing: bool = False
    """Whether the backward pass computes the UNet's activations again instead of keeping them: the same gradients in less
    memory, at more time."""

    @field_validator("templates")
    @classmethod
    def _each_has_one_slot(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        if not templates:
            raise ValueError('templates needs at least one prompt, such as "a {}"')
        for template in templates:
            refuse_bad_template(template)
        return templates


class PretrainedSettings(MethodSettings):
    """The floor: the base model without training, prompted with the class noun."""

    is_yardstick: ClassVar[bool] = True


class CopyReferenceSettings(MethodSettings):
    """The cheat: returns the reference images, whatever the prompt."""

    is_yardstick: ClassVar[bool] = True
