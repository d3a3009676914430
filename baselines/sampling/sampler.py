"""Drawing images: the model's own noise schedule, classifier-free guidance, start noise from each image's own generator."""

from collections.abc import Callable, Iterator, Sequence

import torch
from PIL import Image
from torch import Tensor

from dreambench.baselines.batches import in_batches
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.diffusion import autocast as mixed_precision
from dreambench.baselines.model.latents import images_at_once
from dreambench.baselines.model.pictures import to_grey_levels
from dreambench.baselines.settings import SamplerSettings
from dreambench.dataset.errors import UserError

__all__ = ["SamplerSettings", "sample_images", "start_noise"]


def start_noise(shape: tuple[int, int, int], seeds: Sequence[int]) -> Tensor:
    """Standard normal float32 [n, channels, height, width], each image's from its own CPU generator."""
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def sample_images(
    model: BaseModel,
    prompts: Conditioning,
    rows: Sequence[int],
    seeds: Sequence[int],
    settings: SamplerSettings,
    *,
    batch_size: int,
    autocast: torch.dtype | None,
    on_halved: Callable[[int], None] | None = None,
) -> Iterator[Image.Image]:
    """Draw images from the model's present weights, lazily, one batch at a time, in the order asked.

    Args:
        model: the resident model; the empty prompt of the guidance is encoded with its present text encoder, once.
        prompts: encoded, each prompt only once.
        rows: for each image the row of `prompts` that it is drawn for.
        seeds: for each image the seed of its start noise; nothing else is random.
        settings: scheduler, steps, guidance, resolution.
        batch_size: images at once; up to rounding it changes only speed and memory.
        autocast: the type of the UNet's forward passes; None: that of the weights. The VAE always decodes in the weights' own.
        on_halved: told the new size where a batch does not fit into memory and is drawn again in halves; None: it is an error.

    Yields:
        RGB images of `settings.resolution` pixels square.

    Raises:
        UserError: the resolution does not fit the model, or an image comes out black or not finite.
    """
    shape = model.latent_shape(settings.resolution)
    empty = model.unconditional() if settings.guidance_scale != 1 else None

    def draw(part: slice) -> list[Image.Image]:
        chosen = torch.tensor(rows[part], device=prompts.text.device)
        noise = start_noise(shape, seeds[part])
        return _sample_batch(model, prompts.take(chosen), empty, noise, settings, autocast)

    yield from in_batches(len(rows), draw, batch_size=batch_size, on_halved=on_halved)


@torch.no_grad()
def _sample_batch(
    model: BaseModel,
    prompts: Conditioning,
    empty: Conditioning | None,
    noise: Tensor,
    settings: SamplerSettings,
    dtype: torch.dtype | None,
) -> list[Image.Image]:
    """One batch: n prompts, noise [n, channels, height, width] on the CPU."""
    weight = next(model.denoiser.parameters())
    scheduler = model.solver(settings)
    latents = noise.to(weight) * scheduler.init_noise_sigma
    guided = prompts if empty is None else Conditioning.join([empty.expand(len(prompts)), prompts])
    low, high = (settings.guidance_interval[i] * scheduler.config.num_train_timesteps for i in (0, 1))
    with mixed_precision(model.device, dtype):
        for timestep in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, timestep)
            if empty is None or not low <= float(timestep) <= high:
                answer = model.predict(scaled, timestep, prompts).to(latents.dtype)
            else:
                doubled = torch.cat([scaled, scaled])
                both = model.predict(doubled, timestep, guided).to(latents.dtype)
                unconditional, conditional = both.chunk(2)
                answer = torch.lerp(unconditional, conditional, settings.guidance_scale)
            latents = scheduler.step(answer, timestep, latents, return_dict=False)[0]
    # Outside mixed precision: bf16 would cost the picture several grey levels, depending on the batch, and save little.
    return _decode(model, latents, images_at_once(settings.resolution))


def _decode(model: BaseModel, latents: Tensor, chunk: int) -> list[Image.Image]:
    """Pictures of latents, decoded a chunk at a time; a broken one is an error, never a silent zero score."""
    images: list[Image.Image] = []
    for part in torch.split(latents, chunk):
        decoded = model.codec.decode(part)
        if not bool(torch.isfinite(decoded).all()):
            raise UserError("The sampler made an image that is not finite; the weights have diverged, so lower learning_rate.")
        levels = to_grey_levels(decoded)
        if (levels.reshape(len(levels), -1).max(axis=1) == 0).any():
            raise UserError("The sampler made a black image; check the base model, or lower learning_rate if it was trained.")
        images += [Image.fromarray(picture) for picture in levels]
    return images
