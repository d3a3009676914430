"""A DreamBooth step whose latents come from cached VAE moments, against one that encodes its images again."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from dreambench.baselines.method import MethodContext, SubjectTask
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.model.diffusion import NoiseSchedule, TrainingBatch
from dreambench.baselines.model.latents import LatentCodec, Moments, encode_moments
from dreambench.baselines.model.pictures import fit_square
from dreambench.baselines.settings import DreamBoothSettings
from dreambench.benchmark.declarations.suite import method_settings
from dreambench.dataset.images import list_images, open_image

from .equal_work import require_same_losses
from .setting import Setting
from .timing import Figure, median_pair

_STORED_CLASS_IMAGES = 16
"""The package keeps so many as pictures; a step costs the same, however many there are to choose from."""


def dreambooth_step(setting: Setting, *, repeats: int, steps: int = 20) -> list[Figure]:
    """Seconds a training step, the optimiser's part included.

    Raises:
        RuntimeError: the two ways do not train the same, so that their times cannot be compared.
    """
    [task] = setting.tasks(1)
    context = setting.context()
    settings = method_settings(setting.suite, "dreambooth")
    assert isinstance(settings, DreamBoothSettings)
    class_images = min(settings.class_images, _STORED_CLASS_IMAGES)
    settings = settings.model_copy(update={"steps": steps, "class_images": class_images})

    cached = DreamBooth(settings)
    losses = cached.prepare([task], context)[0].record.losses  # makes the class images that the other way reads
    encoding = _EncodingDreamBooth(settings, task, context)
    require_same_losses([losses], [encoding.prepare([task], context)[0].record.losses])
    ours, plain = median_pair(
        lambda: cached.prepare([task], context)[0].record.seconds / steps,
        lambda: encoding.prepare([task], context)[0].record.seconds / steps,
        repeats=repeats,
    )
    return [Figure("DreamBooth step", "cached VAE moments", ours, "s/step", "images encoded every step", plain)]


@dataclass(frozen=True)
class _EncodedWhenDrawn(Moments):
    """Moments that know nothing beforehand: each draw encodes the pictures it is for."""

    codec: LatentCodec
    pictures: tuple[Image.Image, ...]

    def draw(self, indices: Tensor, noise: Tensor) -> Tensor:
        chosen = [self.pictures[index] for index in indices.tolist()]
        return encode_moments(self.codec, chosen, noise.device).draw(torch.arange(len(chosen), device=noise.device), noise)


class _EncodingDreamBooth(DreamBooth):
    """DreamBooth as the usual training scripts do it, for one subject; the same draws, so the same losses."""

    def __init__(self, settings: DreamBoothSettings, task: SubjectTask, context: MethodContext) -> None:
        super().__init__(settings)
        resolution = context.sampler.resolution
        self._codec = context.model.codec
        self._references = tuple(fit_square(image, resolution) for image in task.references)
        self._pictures_of_class = _stored_class_images(context.cache_dir)

    def _draw(
        self, references: Moments, prior: Moments | None, schedule: NoiseSchedule, generator: torch.Generator
    ) -> TrainingBatch:
        slow_prior = None if prior is None else self._undo(prior, self._pictures_of_class)
        return super()._draw(self._undo(references, self._references), slow_prior, schedule, generator)

    def _undo(self, moments: Moments, pictures: tuple[Image.Image, ...]) -> Moments:
        return _EncodedWhenDrawn(moments.mean, moments.std, self._codec, pictures)


def _stored_class_images(cache_dir: Path) -> tuple[Image.Image, ...]:
    """The pictures of the only set of class images in the cache."""
    [folder] = [path for path in (cache_dir / "class_images").iterdir() if path.is_dir()]
    return tuple(open_image(path) for path in list_images(folder))
