"""What a method is: it prepares a subject (trains, if it must), then samples images for prompts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import torch
from PIL import Image

from dreambench.baselines.base_model import BaseModel
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import Subject

__all__ = [
    "JSON",
    "ImageRequest",
    "Method",
    "MethodContext",
    "MethodSettings",
    "PreparedSubject",
    "SubjectTask",
    "TrainingRecord",
    "image_seed",
]

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"


@dataclass(frozen=True)
class ImageRequest:
    """One image to sample. `prompt` None asks for a prior image, "a [class noun]"; `image_index` counts from 0 in a prompt."""

    subject: Subject
    prompt: Prompt | None
    image_index: int


@dataclass(frozen=True)
class SubjectTask:
    """A subject to prepare, with all its reference images."""

    subject: Subject
    references: tuple[Image.Image, ...]


@dataclass(frozen=True)
class TrainingRecord:
    """What preparing a subject took and chose."""

    losses: tuple[float, ...] = ()
    """One a step; empty where nothing is trained."""
    steps: int = 0
    seconds: float = 0.0
    """Wall-clock; a stack's time is shared out evenly over its subjects."""
    details: Mapping[str, JSON] = field(default_factory=dict)
    """Identifier, token ids, initializer: what a reader of the run needs to know."""


def _silent(_phase: str, _done: int, _total: int) -> None:
    """No progress wanted."""


@dataclass
class MethodContext:
    """What a method works with."""

    base: BaseModel | None
    """The resident model; None only for methods that need none."""
    sampler: SamplerSettings
    seed: int
    cache_dir: Path
    """Where class images are kept between runs and shared between workers."""
    batch_size: int
    """Images sampled at once."""
    train_autocast: torch.dtype | None = None
    """The type of training's forward passes; None: float32."""
    sample_autocast: torch.dtype | None = None
    """The type of sampling's forward passes; None: float32."""
    on_progress: Callable[[str, int, int], None] = _silent
    """Called with (phase, done, total); phases are "class images" and "train"."""

    @property
    def model(self) -> BaseModel:
        """The resident model.

        Raises:
            ValueError: the caller did not load one.
        """
        if self.base is None:
            raise ValueError("this method needs a base model, but the context has none")
        return self.base


class PreparedSubject(Protocol):
    """A subject that images can be sampled of."""

    @property
    def subject(self) -> Subject:
        """The subject."""
        ...

    @property
    def record(self) -> TrainingRecord:
        """How it was prepared."""
        ...

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """The requested images in order, made lazily, batched inside."""
        ...


class Method(Protocol):
    """A way to generate images of a subject. A class takes its settings as only argument and names them in `settings_type`."""

    @property
    def name(self) -> str:
        """What the command line calls it."""
        ...

    @property
    def settings(self) -> MethodSettings:
        """What it was built with."""
        ...

    @property
    def needs_base_model(self) -> bool:
        """Whether the context must hold a base model."""
        ...

    @property
    def has_prior(self) -> bool:
        """Whether there is a model to draw prior images from; False: PRES is undefined."""
        ...

    @property
    def group_size(self) -> int:
        """How many subjects are best prepared together."""
        ...

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Sequence[PreparedSubject]:
        """Prepare subjects, in order. They stay valid until the next `prepare`, since they may share the resident model.

        It begins with `context.model.restore()`, for another method's weights may be there, and goes on with
        `context.model.keep_weights()` if it is going to train those of the model.
        """
        ...


def image_seed(request: ImageRequest, *, seed: int) -> int:
    """The seed of an image's start noise: the same for every method, whatever the order, batch size or number of workers."""
    prompt = request.prompt
    place = "prior" if prompt is None else f"{prompt.kind}/{prompt.index:02d}"
    return derive_seed("image", seed, request.subject.id, place, request.image_index)
