"""FLUX.2 klein (Black Forest Labs, 2026): a flow-matching transformer, told of prompts by a language model's hidden states."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
import torch
from torch import Tensor

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.families.layout import Layout
from dreambench.baselines.model.families.registry import read_index
from dreambench.baselines.model.files.contents import SCHEDULER, read_config
from dreambench.baselines.model.files.parts import read_part
from dreambench.baselines.model.flow import FlowSchedule, FlowSolver
from dreambench.baselines.model.snapshot import SnapshotStore
from dreambench.baselines.settings import SamplerSettings
from dreambench.dataset.errors import UserError

_LAYERS: Final = (9, 18, 27)
"""The language model's hidden states that the transformer is told, side by side."""
_PATCH: Final = 2
"""Side of the patches of a VAE's latent that the transformer sees as one token."""


@dataclass(frozen=True)
class PatchCodec:
    """An AutoencoderKLFlux2: latents are the posterior's mode in 2 x 2 patches, normalised by the VAE's own statistics."""

    vae: Any

    def posterior(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `LatentCodec`; the standard deviation is 0, since the model is trained on modes."""
        mode = torch.pixel_unshuffle(self.vae.encode(pixels).latent_dist.mode(), _PATCH)
        mean, std = self._statistics(mode)
        latents = (mode - mean) / std
        return latents, torch.zeros_like(latents)

    def decode(self, latents: Tensor) -> Tensor:
        """See `LatentCodec`."""
        mean, std = self._statistics(latents)
        pictures: Tensor = self.vae.decode(torch.pixel_shuffle(latents * std + mean, _PATCH), return_dict=False)[0]
        return pictures

    def _statistics(self, like: Tensor) -> tuple[Tensor, Tensor]:
        normal = self.vae.bn
        mean, variance = (value.to(like).view(1, -1, 1, 1) for value in (normal.running_mean, normal.running_var))
        return mean, torch.sqrt(variance + self.vae.config.batch_norm_eps)


class Flux2Klein(BaseModel):
    """Checkpoints of diffusers' Flux2KleinPipeline, for pictures from text alone."""

    layout: ClassVar[Layout] = Layout(
        weights={
            "transformer": "diffusers:Flux2Transformer2DModel",
            "vae": "diffusers:AutoencoderKLFlux2",
            "text_encoder": "transformers:Qwen3ForCausalLM",
        },
        tokenizers={"tokenizer": "transformers:Qwen2Tokenizer"},
    )
    longest_text: ClassVar[int] = 512

    _scheduler_config: dict[str, Any]
    _is_distilled: bool

    @classmethod
    def read(cls, folder: Path, *, device: torch.device, weights_hash: str, snapshot: SnapshotStore | None) -> Self:
        """See `BaseModel`."""
        text_encoder = read_part(folder, "text_encoder")
        if text_encoder.config.num_hidden_layers < _LAYERS[-1]:
            raise UserError(
                f"The text encoder of the base model at {folder} has {text_encoder.config.num_hidden_layers} layers, FLUX.2 "
                f"klein reads its {_LAYERS[-1]}th; fetch or copy the model again."
            )
        model = cls(
            {"transformer": read_part(folder, "transformer"), "text_encoder": text_encoder},
            codec=PatchCodec(read_part(folder, "vae")),
            tokenizer=read_part(folder, "tokenizer"),
            towers=(),  # prompts go through a chat template and attention masks: no place for learned words
            device=device,
            weights_hash=weights_hash,
            snapshot=snapshot,
        )
        model._scheduler_config = read_config(folder / SCHEDULER)
        model._is_distilled = bool(read_index(folder).get("is_distilled", False))
        return model

    @property
    def text_length(self) -> int:
        """See `BaseModel`; the chat template's tokens are among them."""
        return min(self.longest_text, int(self.tokenizer.model_max_length))

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Token ids and attention mask, int64 [n, 2, text_length]; errors as `BaseModel` says."""
        rows = []
        for text in texts:
            message = [{"role": "user", "content": text}]
            asked = self.tokenizer.apply_chat_template(
                message, tokenize=False, add_generation_prompt=True, enable_thinking=False
            )
            read = self.tokenizer(asked, padding="max_length", max_length=self.text_length)
            length, most = len(read.input_ids), self.text_length
            if length > most:
                raise UserError(f'The prompt "{text}" has {length} tokens, the base model reads {most}; shorten it.')
            rows.append([read.input_ids, read.attention_mask])
        return torch.tensor(rows, device=self.device)

    def encode_tokens(self, token_ids: Tensor) -> Conditioning:
        """Three of the language model's hidden states side by side, for ids and mask [n, 2, text_length]."""
        ids, mask = token_ids.unbind(dim=1)
        body: Any = self.parts["text_encoder"].model  # without its head, whose answers nobody reads
        read = body(ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
        return Conditioning(torch.cat([read.hidden_states[layer] for layer in _LAYERS], dim=-1))

    def unconditional(self) -> Conditioning | None:
        """What guidance leads away from, the empty prompt; None for a distilled checkpoint, which is not guided."""
        return None if self._is_distilled else super().unconditional()

    def latent_shape(self, resolution: int) -> tuple[int, int, int]:
        """See `BaseModel`."""
        multiple = _PATCH * 2 ** (len(self.codec.vae.config.block_out_channels) - 1)
        if resolution % multiple:
            nearest = max(multiple, round(resolution / multiple) * multiple)
            raise UserError(
                f"sampler.resolution {resolution} does not fit the base model: use a multiple of {multiple}, such as {nearest}."
            )
        config: Any = self.denoiser.config
        return int(config.in_channels), resolution // multiple, resolution // multiple

    def training_schedule(self) -> FlowSchedule:
        """See `BaseModel`."""
        return FlowSchedule.from_config(self._scheduler_config, self.device)

    def solver(self, settings: SamplerSettings) -> FlowSolver:
        """See `BaseModel`. Euler's steps, shifted for the picture's size and the number of steps as the pipeline does it."""
        from diffusers import FlowMatchEulerDiscreteScheduler
        from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

        if settings.scheduler != "euler":
            raise UserError(f'sampler.scheduler "{settings.scheduler}" cannot draw from FLUX.2 klein; use "euler".')
        _, height, width = self.latent_shape(settings.resolution)
        scheduler = FlowMatchEulerDiscreteScheduler.from_config(self._scheduler_config)
        sigmas = np.linspace(1.0, 1 / settings.steps, settings.steps)
        scheduler.set_timesteps(sigmas=sigmas, mu=compute_empirical_mu(height * width, settings.steps))
        return FlowSolver(scheduler)

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """See `BaseModel`; timesteps are 1,000 times the share of noise."""
        rows, channels, height, width = noisy.shape
        words = conditioning.text.shape[1]
        answer: Tensor = self.denoiser(
            hidden_states=noisy.flatten(2).transpose(1, 2),
            timestep=timesteps.to(noisy).expand(rows) / 1000,
            guidance=None,
            encoder_hidden_states=conditioning.text,
            txt_ids=_positions(1, 1, words, noisy.device),
            img_ids=_positions(height, width, 1, noisy.device),
            return_dict=False,
        )[0]
        return answer.transpose(1, 2).reshape(rows, channels, height, width)

    @classmethod
    def trial_inputs(cls, denoiser: Any, *, rows: int, side: int, tokens: int) -> dict[str, Any]:
        """See `BaseModel`."""
        side //= _PATCH
        return {
            "hidden_states": torch.ones(rows, side * side, denoiser.config.in_channels),
            "timestep": torch.ones(rows),
            "guidance": None,
            "encoder_hidden_states": torch.ones(rows, tokens, denoiser.config.joint_attention_dim),
            "txt_ids": torch.ones(tokens, 4),
            "img_ids": torch.ones(side * side, 4),
        }


def _positions(height: int, width: int, words: int, device: torch.device) -> Tensor:
    """Where each token is: int64 [height * width * words, 4], of picture, row, column and word."""
    sides = [torch.arange(side, device=device) for side in (1, height, width, words)]
    return torch.cartesian_prod(*sides)
