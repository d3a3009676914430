"""Flow matching (Lipman et al. 2023) in a straight line between picture and noise: what is trained on, and a solver."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class FlowSchedule:
    """x = (1 - sigma) x_0 + sigma eps; the denoiser answers the direction eps - x_0. `sigma` is float32 [timesteps]."""

    sigma: Tensor

    @property
    def timesteps(self) -> int:
        """Number of training timesteps; they are drawn uniformly."""
        return self.sigma.shape[0]

    @classmethod
    def from_config(cls, config: dict[str, Any], device: torch.device) -> "FlowSchedule":
        """The shares of noise of a model's own FlowMatchEulerDiscreteScheduler config, as it has them before any is chosen."""
        from diffusers import FlowMatchEulerDiscreteScheduler

        scheduler = FlowMatchEulerDiscreteScheduler.from_config(config)
        return cls(scheduler.sigmas[: len(scheduler.timesteps)].float().to(device))

    def told(self, timesteps: Tensor) -> Tensor:
        """What the denoiser is told of the timesteps [b]: 1,000 times the share of noise."""
        return 1000 * self.sigma[timesteps]

    def noisy(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """See `TrainingSchedule`."""
        sigma = self.sigma[timesteps].to(latents.dtype).view(-1, 1, 1, 1)
        return (1 - sigma) * latents + sigma * noise

    def target(self, latents: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """The same for all timesteps."""
        return noise - latents


class FlowSolver:
    """A flow-matching scheduler of diffusers' with what the sampler asks of the others."""

    init_noise_sigma = 1.0

    def __init__(self, scheduler: Any) -> None:
        """Take a scheduler whose timesteps are set."""
        scheduler.set_begin_index(0)
        self._scheduler = scheduler

    @property
    def config(self) -> Any:
        """The scheduler's own; its `num_train_timesteps` is what a timestep of pure noise is told as."""
        return self._scheduler.config

    @property
    def timesteps(self) -> Tensor:
        """1,000 times the shares of noise, falling, [steps]."""
        timesteps: Tensor = self._scheduler.timesteps
        return timesteps

    def scale_model_input(self, latents: Tensor, _timestep: Tensor) -> Tensor:
        """The latents as they are."""
        return latents

    def step(self, answer: Tensor, timestep: Tensor, latents: Tensor, *, return_dict: bool) -> Any:
        """One step along the answer."""
        return self._scheduler.step(answer, timestep, latents, return_dict=return_dict)
