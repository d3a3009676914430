"""IP-Adapter weights for a Stable Diffusion folder: the published layout and names, seeded random numbers."""

from pathlib import Path

import torch
from safetensors.torch import save_file

_TOKENS = 4
_WIDTH = 16


def make_ip_adapter(folder: Path, *, model: Path) -> Path:
    """Write models/ip_adapter.safetensors and models/image_encoder for the UNet of `model`."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    text = unet.config.cross_attention_dim
    state = {
        "image_proj.proj.weight": torch.randn(_TOKENS * text, _WIDTH),
        "image_proj.proj.bias": torch.zeros(_TOKENS * text),
        "image_proj.norm.weight": torch.ones(text),
        "image_proj.norm.bias": torch.zeros(text),
    }
    number = 1  # published files number all attentions, and hold every second: those over the text
    for name in unet.attn_processors:
        if "attn2" not in name:
            continue
        width = unet.get_submodule(name.removesuffix(".processor")).to_k.weight.shape[0]
        for part in ("to_k_ip", "to_v_ip"):
            state[f"ip_adapter.{number}.{part}.weight"] = torch.randn(width, text) / text**0.5
        number += 2
    (folder / "models").mkdir(parents=True)
    save_file(state, folder / "models" / "ip_adapter.safetensors")
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=32, projection_dim=_WIDTH, num_hidden_layers=2, num_attention_heads=2,
        image_size=32, patch_size=8,
    )  # fmt: skip
    CLIPVisionModelWithProjection(vision).save_pretrained(folder / "models" / "image_encoder")
    return folder
