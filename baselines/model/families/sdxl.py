"""Stable Diffusion XL (Podell et al. 2023): two text encoders, a pooled embedding, and the picture's size told beside them."""

from pathlib import Path
from typing import Any, ClassVar, Final, Self

import torch
from torch import Tensor

from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.families.layout import Layout
from dreambench.baselines.model.families.registry import read_index
from dreambench.baselines.model.families.unet import UNetModel
from dreambench.baselines.model.files.contents import SCHEDULER, read_config
from dreambench.baselines.model.files.parts import read_part
from dreambench.baselines.model.snapshot import SnapshotStore
from dreambench.baselines.model.text_towers import TextTower
from dreambench.dataset.errors import UserError

POOLED: Final = "pooled"
"""What lies beside the text: the second encoder's projected embedding [n, width] of the whole prompt."""
_SIZES: Final = 6
"""Original height and width, top and left of the crop, target height and width."""


class StableDiffusionXL(UNetModel):
    """Checkpoints of diffusers' StableDiffusionXLPipeline, the base model alone, without the refiner and its watermark.

    The sizes that the UNet is told are those of the latents: pictures count as made in that size and not cropped, in training
    (where references are fitted to it) as in sampling (diffusers' default).
    """

    layout: ClassVar[Layout] = Layout(
        weights={
            "unet": "diffusers:UNet2DConditionModel",
            "vae": "diffusers:AutoencoderKL",
            "text_encoder": "transformers:CLIPTextModel",
            "text_encoder_2": "transformers:CLIPTextModelWithProjection",
        },
        tokenizers={"tokenizer": "transformers:CLIPTokenizer", "tokenizer_2": "transformers:CLIPTokenizer"},
    )

    _zeros_for_empty: bool

    @classmethod
    def read(cls, folder: Path, *, device: torch.device, weights_hash: str, snapshot: SnapshotStore | None) -> Self:
        """See `BaseModel`."""
        vae = read_part(folder, "vae")
        if getattr(vae.config, "latents_mean", None) is not None:
            raise UserError(
                f"The base model at {folder} normalises latents by means of its own (latents_mean in vae/config.json), which "
                "the family of Stable Diffusion XL does not; use another base model."
            )
        model = cls(
            unet=read_part(folder, "unet"),
            vae=vae,
            towers={
                "text_encoder": TextTower(read_part(folder, "tokenizer"), read_part(folder, "text_encoder")),
                "text_encoder_2": TextTower(read_part(folder, "tokenizer_2"), read_part(folder, "text_encoder_2")),
            },
            scheduler_config=read_config(folder / SCHEDULER),
            device=device,
            weights_hash=weights_hash,
            snapshot=snapshot,
        )
        model._zeros_for_empty = bool(read_index(folder).get("force_zeros_for_empty_prompt", True))
        return model

    def encode_tokens(self, token_ids: Tensor) -> Conditioning:
        """The last but one hidden states of both encoders side by side; beside them the second one's pooled embedding.

        Args:
            token_ids: [n, 2, text_length], each encoder's as its own tokenizer pads them.
        """
        first, second = (
            tower.encoder(ids, output_hidden_states=True)
            for tower, ids in zip(self.towers, token_ids.unbind(dim=1), strict=True)
        )
        text = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], dim=-1)
        return Conditioning(text, {POOLED: second.text_embeds})

    def unconditional(self) -> Conditioning:
        """What guidance leads away from: zeros, or the empty prompt where force_zeros_for_empty_prompt is false."""
        empty = self.encode_text([""])
        if not self._zeros_for_empty:
            return empty
        return Conditioning(torch.zeros_like(empty.text), {name: torch.zeros_like(row) for name, row in empty.beside.items()})

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """See `BaseModel`."""
        height, width = (side * self.vae_scale_factor for side in noisy.shape[-2:])
        sizes = torch.tensor([height, width, 0, 0, height, width], dtype=conditioning.text.dtype)
        answer: Tensor = self.unet(
            noisy,
            timesteps,
            encoder_hidden_states=conditioning.text,
            added_cond_kwargs={
                "text_embeds": conditioning.beside[POOLED],
                "time_ids": sizes.to(noisy.device, non_blocking=True).expand(len(noisy), _SIZES),
            },
            return_dict=False,
        )[0]
        return answer

    @classmethod
    def trial_inputs(cls, denoiser: Any, *, rows: int, side: int, tokens: int) -> dict[str, Any]:
        """See `BaseModel`."""
        config = denoiser.config
        pooled = config.projection_class_embeddings_input_dim - _SIZES * config.addition_time_embed_dim
        beside = {"text_embeds": torch.ones(rows, pooled), "time_ids": torch.ones(rows, _SIZES)}
        return super().trial_inputs(denoiser, rows=rows, side=side, tokens=tokens) | {"added_cond_kwargs": beside}
