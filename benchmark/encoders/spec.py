"""Which encoders a suite scores with: an architecture and where its weights are."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

MINI: Final = "mini"


class EncoderSpec(BaseModel):
    """One encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: str | None = Field(default=None, min_length=1)
    """timm's or open_clip's name. Left out for "mini" and for a folder of weights: there the folder's configuration says it."""
    weights: str = Field(min_length=1)
    """"mini" (packaged); "hub" (timm) or a tag (open_clip); a .safetensors, .pth or .pt file; or a folder in the library's
    local-dir layout."""


class EncodersSpec(BaseModel):
    """The two encoders of the benchmark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dino: EncoderSpec
    """timm; for the paper's DINO: architecture "vit_small_patch16_224.dino", weights "hub"."""
    clip: EncoderSpec
    """open_clip; for the de-facto CLIP: architecture "ViT-B-32-quickgelu", weights "openai"."""
