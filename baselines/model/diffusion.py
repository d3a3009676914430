"""The diffusion objective: noise schedule, noisy latents, target and loss, after Ho et al. 2020 and Salimans & Ho 2022."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import torch
from torch import Tensor

from dreambench.baselines.model.latents import Moments
from dreambench.dataset.errors import UserError

PredictionType = Literal["epsilon", "v_prediction"]


class TrainingSchedule(Protocol):
    """How a family of models mixes noise in while training, and what its denoiser should answer."""

    @property
    def timesteps(self) -> int:
        """Number of training timesteps; they are drawn uniformly."""
        ...

    def told(self, timesteps: Tensor) -> Tensor:
        """What `BaseModel.predict` is told of integer timesteps [b]."""
        ...

    def noisy(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """x_t [b, c, h, w] at integer timesteps [b]."""
        ...

    def target(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """What the denoiser should answer at x_t, [b, c, h, w]."""
        ...


@dataclass(frozen=True)
class NoiseSchedule:
    """x_t = alpha_t x_0 + sigma_t eps, with alpha_t^2 + sigma_t^2 = 1; both float32 [timesteps]."""

    alpha: Tensor
    sigma: Tensor
    prediction_type: PredictionType

    @property
    def timesteps(self) -> int:
        """Number of training timesteps."""
        return self.alpha.shape[0]

    @classmethod
    def from_config(cls, config: dict[str, Any], device: torch.device) -> "NoiseSchedule":
        """The schedule of a model's own scheduler config.

        Raises:
            UserError: the model predicts something else than the noise or the velocity.
        """
        from diffusers import DDPMScheduler

        prediction_type = config.get("prediction_type", "epsilon")
        if prediction_type not in {"epsilon", "v_prediction"}:
            raise UserError(
                f'The base model\'s prediction_type "{prediction_type}" cannot be trained; use epsilon or v_prediction.'
            )
        keys = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "rescale_betas_zero_snr")
        cumulative = DDPMScheduler(**{key: config[key] for key in keys if key in config}).alphas_cumprod.double()
        return cls(cumulative.sqrt().float().to(device), (1 - cumulative).sqrt().float().to(device), prediction_type)

    def told(self, timesteps: Tensor) -> Tensor:
        """The timesteps themselves."""
        return timesteps

    def noisy(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """x_t [b, c, h, w] at integer timesteps [b]."""
        alpha, sigma = self._at(latents, timesteps)
        return alpha * latents + sigma * noise

    def target(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """What the UNet should answer at x_t: eps, or the velocity v = alpha_t eps - sigma_t x_0."""
        if self.prediction_type == "epsilon":
            return noise
        alpha, sigma = self._at(latents, timesteps)
        return alpha * noise - sigma * latents

    def _at(self, latents: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        shape = (-1, 1, 1, 1)
        return self.alpha[timesteps].to(latents.dtype).view(shape), self.sigma[timesteps].to(latents.dtype).view(shape)


class TrainingBatch(NamedTuple):
    """What one step shows the UNet for one set of images."""

    noisy: Tensor
    """x_t [b, c, h, w]."""
    timesteps: Tensor
    """[b], as the model is told them: int64 or float32."""
    target: Tensor
    """[b, c, h, w]."""


def draw_indices(n: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` indices below n, int64; none is repeated before every other was drawn. Uniform in every position."""
    rounds = -(-count // n)
    return torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])[:count]


def draw_batch(moments: Moments, indices: Tensor, schedule: TrainingSchedule, generator: torch.Generator) -> TrainingBatch:
    """Fresh latents, timesteps and noise for the images at `indices`, all drawn on the CPU from the generator."""
    count, shape = len(indices), moments.mean.shape[1:]
    timesteps = torch.randint(schedule.timesteps, (count,), generator=generator)
    noise = torch.randn((2, count, *shape), generator=generator)
    device = moments.mean.device
    indices, timesteps = indices.to(device, non_blocking=True), timesteps.to(device, non_blocking=True)
    posterior_noise, noise = noise.to(moments.mean, non_blocking=True).unbind()
    latents = moments.draw(indices, posterior_noise)
    noisy, target = schedule.noisy(latents, noise, timesteps), schedule.target(latents, noise, timesteps)
    return TrainingBatch(noisy, schedule.told(timesteps), target)


def autocast(device: torch.device, dtype: torch.dtype | None) -> AbstractContextManager[Any]:
    """Mixed precision around a forward pass; None: none at all."""
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)
