"""Stable Diffusion 1 and 2 (Rombach et al. 2022): a UNet told of prompts by one text encoder's last hidden states."""

from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.families.layout import Layout
from dreambench.baselines.model.families.unet import UNetModel
from dreambench.baselines.model.files.contents import SCHEDULER, read_config
from dreambench.baselines.model.files.parts import read_part
from dreambench.baselines.model.snapshot import SnapshotStore
from dreambench.baselines.model.text_towers import TextTower


class StableDiffusion(UNetModel):
    """Checkpoints of diffusers' StableDiffusionPipeline."""

    layout: ClassVar[Layout] = Layout(
        weights={
            "unet": "diffusers:UNet2DConditionModel",
            "vae": "diffusers:AutoencoderKL",
            "text_encoder": "transformers:CLIPTextModel",
        },
        tokenizers={"tokenizer": "transformers:CLIPTokenizer"},
        index_counts=False,  # results are named by the other files' hash, from before there were families
    )

    @classmethod
    def read(cls, folder: Path, *, device: torch.device, weights_hash: str, snapshot: SnapshotStore | None) -> Self:
        """See `BaseModel`."""
        return cls(
            unet=read_part(folder, "unet"),
            vae=read_part(folder, "vae"),
            towers={"text_encoder": TextTower(read_part(folder, "tokenizer"), read_part(folder, "text_encoder"))},
            scheduler_config=read_config(folder / SCHEDULER),
            device=device,
            weights_hash=weights_hash,
            snapshot=snapshot,
        )

    @property
    def text_encoder(self) -> Any:
        """CLIPTextModel."""
        return self.towers[0].encoder

    def encode_tokens(self, token_ids: Tensor) -> Conditioning:
        """See `BaseModel`. Without an attention mask, as Stable Diffusion is trained."""
        embeddings: Tensor = self.text_encoder(token_ids)[0]
        return Conditioning(embeddings)

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """See `BaseModel`."""
        answer: Tensor = self.unet(noisy, timesteps, encoder_hidden_states=conditioning.text, return_dict=False)[0]
        return answer
