"""The shapes of models that suites name, to count what they cost before they are here."""

from collections.abc import Mapping
from typing import Any, Final

_STABLE_DIFFUSION_1: Final[Mapping[str, Mapping[str, Any]]] = {
    "unet": {
        "sample_size": 64,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (320, 640, 1280, 1280),
        "layers_per_block": 2,
        "attention_head_dim": 8,
        "cross_attention_dim": 768,
        "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    },
    "vae": {
        "sample_size": 512,
        "latent_channels": 4,
        "block_out_channels": (128, 256, 512, 512),
        "layers_per_block": 2,
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
    },
    "text_encoder": {
        "vocab_size": 49408,
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "max_position_embeddings": 77,
    },
}

_CLIP_G: Final[Mapping[str, Any]] = {
    "vocab_size": 49408,
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
    "max_position_embeddings": 77,
    "projection_dim": 1280,
}
_STABLE_DIFFUSION_XL: Final[Mapping[str, Mapping[str, Any]]] = {
    "model_index": {"_class_name": "StableDiffusionXLPipeline"},
    "unet": {
        "sample_size": 128,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (320, 640, 1280),
        "layers_per_block": 2,
        "attention_head_dim": (5, 10, 20),
        "transformer_layers_per_block": (1, 2, 10),
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    },
    "vae": _STABLE_DIFFUSION_1["vae"],
    "text_encoder": _STABLE_DIFFUSION_1["text_encoder"],
    "text_encoder_2": _CLIP_G,
}
_FLUX2_KLEIN_4B: Final[Mapping[str, Mapping[str, Any]]] = {
    "model_index": {"_class_name": "Flux2KleinPipeline"},
    "transformer": {
        "in_channels": 128,
        "num_layers": 5,
        "num_single_layers": 20,
        "attention_head_dim": 128,
        "num_attention_heads": 24,
        "joint_attention_dim": 7680,
        "guidance_embeds": False,
    },
    "vae": {"latent_channels": 32, "block_out_channels": (128, 256, 512, 512)},
    "text_encoder": {
        "vocab_size": 151936,
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 40960,
        "tie_word_embeddings": True,
    },
}

KNOWN_MODELS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "stable-diffusion-v1-5/stable-diffusion-v1-5": _STABLE_DIFFUSION_1,
    "CompVis/stable-diffusion-v1-4": _STABLE_DIFFUSION_1,
    "black-forest-labs/FLUX.2-klein-base-4B": _FLUX2_KLEIN_4B,
    "stabilityai/stable-diffusion-xl-base-1.0": _STABLE_DIFFUSION_XL,
}
"""Configs by hub id, in diffusers' words; what is not said here is the libraries' default."""
