"""A tiny checkpoint in the layout of stable-diffusion-xl-base-1.0, with seeded random weights, written by diffusers itself."""

import json
from pathlib import Path

import torch

from .stable_diffusion import write_clip_tokenizer

_BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def make_stable_diffusion_xl(folder: Path, *, zeros_for_empty: bool = True, seed: int = 0) -> Path:
    """Write the folder: two encoders of different widths, CLIP's vocabulary, and a second tokenizer that pads with "!"."""
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(seed)
    write_clip_tokenizer(folder / "tokenizer")
    write_clip_tokenizer(folder / "tokenizer_2")
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        path = folder / "tokenizer_2" / name
        path.write_text(json.dumps(json.loads(path.read_text()) | {"pad_token": "!"}))

    def encoder(kind: type, width: int, activation: str) -> torch.nn.Module:
        config = CLIPTextConfig(
            vocab_size=49408,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=3,
            num_attention_heads=2,
            max_position_embeddings=77,
            hidden_act=activation,
            projection_dim=24,
            bos_token_id=49406,
            eos_token_id=49407,
            pad_token_id=1,
        )
        network: torch.nn.Module = kind(config)
        with torch.no_grad():  # so that different prompts give clearly different embeddings
            network.get_input_embeddings().weight.normal_()
        return network

    pipeline = StableDiffusionXLPipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 16, 16),
            down_block_types=("DownEncoderBlock2D",) * 3,
            up_block_types=("UpDecoderBlock2D",) * 3,
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            sample_size=32,
            scaling_factor=0.13025,
        ),
        text_encoder=encoder(CLIPTextModel, 32, "quick_gelu"),
        text_encoder_2=encoder(CLIPTextModelWithProjection, 48, "gelu"),
        tokenizer=CLIPTokenizer.from_pretrained(folder / "tokenizer"),
        tokenizer_2=CLIPTokenizer.from_pretrained(folder / "tokenizer_2"),
        unet=UNet2DConditionModel(
            sample_size=8,
            block_out_channels=(32, 64),
            layers_per_block=1,
            cross_attention_dim=80,
            attention_head_dim=(2, 4),
            transformer_layers_per_block=(1, 2),
            norm_num_groups=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + 24,
        ),
        scheduler=EulerDiscreteScheduler(**_BETAS),
        force_zeros_for_empty_prompt=zeros_for_empty,
        add_watermarker=False,
    )
    pipeline.save_pretrained(folder)
    return folder
