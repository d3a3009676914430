"""What a method is: it prepares a subject (trains, if it must), then samples images for prompts."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import torch
from PIL import Image

from dreambench.baselines.description import first_line
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.baselines.work import Phase, Shared, Work
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import Subject

__all__ = [
    "JSON",
    "ImageRequest",
    "Method",
    "MethodContext",
    "MethodSettings",
    "Phase",
    "PreparedSubject",
    "Shared",
    "SubjectTask",
    "TrainingRecord",
    "Work",
    "image_seed",
]

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"
SettingsT = TypeVar("SettingsT", bound=MethodSettings)


@dataclass(frozen=True)
class ImageRequest:
    """One image to sample. `prompt` None asks for a prior image, "a [class noun]"; `image_index` counts from 0 in a prompt."""

    subject: Subject
    prompt: Prompt | None
    image_index: int


@dataclass(frozen=True)
class SubjectTask:
    """A subject to prepare, with the reference images that it may be known by: all of them, unless a run keeps some back."""

    subject: Subject
    references: tuple[Image.Image, ...]
    """RGB, of any size."""


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

    device: torch.device
    """Where it works, also without a base model: "cpu", "cuda" or one of several GPUs, "cuda:3"."""
    seed: int
    """The run's. Everything random is drawn from it: see `image_seed` and `dreambench.baselines.seeds`."""
    cache_dir: Path
    """Where class images and the like are kept between runs and shared between workers."""
    batch_size: int = 1
    """Images sampled at once; lower after `lower_batch_size`."""
    base: BaseModel | None = None
    """The resident model; None for a method that says it needs none."""
    sampler_settings: SamplerSettings | None = None
    """The suite's sampler; None for a method that says it does not use it."""
    train_autocast: torch.dtype | None = None
    """The type of training's forward passes; None: float32."""
    sample_autocast: torch.dtype | None = None
    """The type of sampling's forward passes; None: float32."""
    on_progress: Callable[[str, int, int], None] = _silent
    """Called with (phase, done, total). The phases `Phase.CLASS_IMAGES` and `Phase.TRAIN` move the progress bar by what `work`
    says of them; any other word is shown."""

    def lower_batch_size(self, size: int) -> None:
        """Sample no more than so many at once from now on, since more do not fit into memory. The unit's manifest says it.

        For a method that samples by itself: pass it to `dreambench.baselines.batches.in_batches`.
        """
        self.batch_size = min(self.batch_size, size)

    @property
    def model(self) -> BaseModel:
        """The resident model.

        Raises:
            ValueError: there is none.
        """
        if self.base is None:
            raise ValueError("this method uses the base model, but there is none; say needs_base_model = True in its class")
        return self.base

    @property
    def sampler(self) -> SamplerSettings:
        """The suite's sampler.

        Raises:
            ValueError: there is none.
        """
        if self.sampler_settings is None:
            raise ValueError("this method uses the sampler, but there is none; say uses_sampler = True in its class")
        return self.sampler_settings


@runtime_checkable
class PreparedSubject(Protocol):
    """A subject that images can be sampled of."""

    @property
    def subject(self) -> Subject:
        """The subject."""
        ...

    @property
    def record(self) -> TrainingRecord:
        """How it was prepared; `TrainingRecord()` where nothing was trained."""
        ...

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """The requested images in order: one RGB picture a request, made lazily, batched inside.

        All pictures of a run have one size: the sampler's resolution squared, if the method uses the sampler.
        """
        ...


class Method(ABC, Generic[SettingsT]):
    """A way to generate images of a subject. Derive from it, say what is not as here, and write `prepare`.

    A method is made often and for little (also where nothing is generated, to ask what it needs), so its constructor does
    nothing but keep the settings; what is heavy is loaded in `load`. The attributes that are class variables are asked of the
    class, before there are settings; the properties may depend on the settings. `dreambench.baselines.testing.check_method`
    checks a class against all this in seconds; docs/methods.md shows a whole one.
    """

    settings_type: ClassVar[type[MethodSettings]] = MethodSettings
    """The class of its settings: typed fields with docstrings."""
    needs_base_model: ClassVar[bool] = False
    """Whether it works on the suite's base model, which is then loaded once a worker; it is part of what names a result."""
    uses_sampler: ClassVar[bool] = False
    """Whether it reads `context.sampler` (solver, steps, guidance, resolution), which is then part of what names a result.
    Where a class does not say it, as `needs_base_model`."""
    has_prior: ClassVar[bool] = False
    """Whether it can sample prior images, "a [class noun]" without the subject (a request without a prompt), for PRES."""
    saves_memory: ClassVar[Mapping[str, JSON]] = {}
    """Settings that need less memory for the same result, the cheapest first: what `bench doctor` proposes where memory is
    short."""

    def __init__(self, settings: SettingsT) -> None:
        self.settings = settings

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        said = next((name for kind in cls.__mro__ for name in ("uses_sampler", "needs_base_model") if name in vars(kind)), "")
        cls.uses_sampler = getattr(cls, said)

    @classmethod
    def describe(cls) -> str:
        """One line for `bench methods`: the first of the class's docstring, or of its settings'."""
        own = first_line(cls.__doc__)
        return own or ("" if cls.settings_type is MethodSettings else first_line(cls.settings_type.__doc__))

    @property
    def group_size(self) -> int:
        """How many subjects are best prepared together."""
        return 1

    @property
    def memory_bytes(self) -> int | None:
        """Memory of a worker, libraries included; None: reckoned from the base model's size. Workers are counted by it."""
        return None

    @property
    def has_checkpoints(self) -> bool:
        """Whether it can be looked at while it trains: whether the class that has its `prepare`, or one derived from that, has
        `checkpoints`. One that cannot with some settings says so here."""
        made = next(kind for kind in type(self).__mro__ if {"checkpoints", "prepare"} & vars(kind).keys())
        return made is not Method and "checkpoints" in vars(made)

    def work(self) -> Work:
        """How much there is to do for a subject before its images are sampled, as far as the settings tell."""
        return Work()

    def shared(self, subject: Subject, sampler: SamplerSettings | None) -> Shared | None:
        """What is made once for this subject and others, such as the class images of a class noun; None: nothing.

        Engines with several workers have it made by `make_shared` before they begin these subjects, so that no worker waits
        for another's. It changes no result: `prepare` makes what it does not find in `context.cache_dir`.

        Args:
            subject: one of the run's.
            sampler: as `context.sampler_settings`.
        """
        return None

    def make_shared(self, subject: Subject, context: MethodContext, *, part: int | None) -> None:
        """Make what `shared` says of a subject, and keep it in `context.cache_dir`, where other workers find it.

        Nothing is done where it is there already. With a base model it begins with `context.model.restore()`.

        Args:
            subject: one of those that share it.
            context: as for `prepare`; progress is that of all of it, whatever the part.
            part: 0 to parts - 1: only this part. None: the whole, of the parts that are there.

        Raises:
            UserError: it cannot be made; the subjects that share it fail with this sentence.
        """
        raise NotImplementedError(f"{type(self).__name__} says what subjects share, so it must have make_shared")

    def load(self, context: MethodContext) -> None:  # most methods have nothing to load
        """Load what is heavy (networks, indices), once a worker, before the first `prepare`; by default nothing.

        Raises:
            UserError: something that a setting names is missing or broken. The run stops at once.
        """

    @abstractmethod
    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> Sequence[PreparedSubject]:
        """Prepare subjects: one result a task, in order, valid until the next `prepare`, since they may share a model.

        With a base model it begins with `context.model.restore()`, for another method's weights may be there, and goes on with
        `context.model.keep_weights()` if it is going to train those of the model.

        Args:
            tasks: at most `group_size` of them, one or more.
            context: as `load` got it, but for the progress, which goes to these subjects.
        """

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, Sequence[PreparedSubject]]]:
        """Prepare subjects and look at them on the way: after some of the steps of one training. Optional.

        What is yielded for a step equals what `prepare` returns with the setting `steps` at that number: the images pixel for
        pixel, the record but for its seconds. So the rate and all that is drawn must not depend on how long the training is.

        Args:
            tasks: as for `prepare`.
            context: as for `prepare`.
            at: numbers of steps, rising, from 0. The training ends with the last, whatever the setting `steps` says.

        Yields:
            (step, prepared subjects) for every number; these are valid until the next one is asked for.

        Raises:
            UserError: the method cannot be looked at while it trains.
        """
        raise UserError(
            f"The method {type(self).__name__} cannot be looked at while it trains; run it once for every number of steps."
        )


def image_seed(request: ImageRequest, *, seed: int) -> int:
    """The seed of an image's start noise: the same for every method, whatever the order, batch size or number of workers."""
    prompt = request.prompt
    where = "prior" if prompt is None else f"{prompt.kind}/{prompt.index:02d}"
    return derive_seed("image", seed, request.subject.id, where, request.image_index)
