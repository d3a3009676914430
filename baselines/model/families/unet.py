"""What the families with a UNet and CLIP's text encoders have in common."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.diffusion import NoiseSchedule
from dreambench.baselines.model.latents import ScaledCodec
from dreambench.baselines.model.snapshot import SnapshotStore
from dreambench.baselines.model.solvers import build_scheduler
from dreambench.baselines.model.text_towers import TextTower, join_towers
from dreambench.baselines.settings import SamplerSettings
from dreambench.dataset.errors import UserError


class UNetModel(BaseModel):
    """A UNet that predicts noise or velocity on the model's own betas, told of prompts by one or more of CLIP's encoders."""

    unet: Any
    """UNet2DConditionModel."""
    vae: Any
    """AutoencoderKL."""
    scheduler_config: dict[str, Any]
    """The model's own betas and prediction type."""

    def __init__(
        self,
        *,
        unet: Any,
        vae: Any,
        towers: dict[str, TextTower],
        scheduler_config: dict[str, Any],
        device: torch.device,
        weights_hash: str,
        snapshot: SnapshotStore | None = None,
    ) -> None:
        """Take the parts; `towers` by the folders of their encoders. The rest as for `BaseModel`."""
        super().__init__(
            {"unet": unet} | {name: tower.encoder for name, tower in towers.items()},
            codec=ScaledCodec(vae),
            tokenizer=next(iter(towers.values())).tokenizer,
            towers=tuple(towers.values()),
            device=device,
            weights_hash=weights_hash,
            snapshot=snapshot,
        )
        self.unet, self.vae, self.scheduler_config = unet, vae, scheduler_config
        self.vae_scale_factor: int = 2 ** (len(vae.config.block_out_channels) - 1)
        sample_size = unet.config.sample_size
        self.native_resolution: int = (
            sample_size if isinstance(sample_size, int) else max(sample_size)
        ) * self.vae_scale_factor

    @property
    def text_length(self) -> int:
        """Tokens that every text encoder reads."""
        return min(tower.length for tower in self.towers)

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Token ids int64 [n, text_length] of one text encoder, [n, encoders, text_length] of more; see `BaseModel`."""
        return join_towers([tower.token_ids(texts) for tower in self.towers]).to(self.device)

    def latent_shape(self, resolution: int) -> tuple[int, int, int]:
        """See `BaseModel`."""
        multiple = self.vae_scale_factor * 2 ** (len(self.unet.config.block_out_channels) - 1)
        if resolution % multiple:
            nearest = max(multiple, round(resolution / multiple) * multiple)
            raise UserError(
                f"sampler.resolution {resolution} does not fit the base model: use a multiple of {multiple}, such as {nearest}."
            )
        side = resolution // self.vae_scale_factor
        return int(self.unet.config.in_channels), side, side

    def training_schedule(self) -> NoiseSchedule:
        """See `BaseModel`."""
        return NoiseSchedule.from_config(self.scheduler_config, self.device)

    def solver(self, settings: SamplerSettings) -> Any:
        """See `BaseModel`."""
        solver = build_scheduler(settings, self.scheduler_config)
        # The timesteps stay on the CPU: solvers read them in Python, and every look at a GPU's numbers would wait for it.
        solver.set_timesteps(settings.steps)
        return solver

    @classmethod
    def trial_inputs(cls, denoiser: Any, *, rows: int, side: int, tokens: int) -> dict[str, Any]:
        """See `BaseModel`."""
        return {
            "sample": torch.ones(rows, denoiser.config.in_channels, side, side),
            "timestep": torch.ones(rows, dtype=torch.long),
            "encoder_hidden_states": torch.ones(rows, tokens, denoiser.config.cross_attention_dim),
        }
