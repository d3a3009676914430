"""Which encoders a suite scores with: an architecture and where its weights are."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

MINI: Final = "mini"
Activation = Literal["gelu", "quick_gelu"]
LpipsNet = Literal["alex", "vgg", "squeeze"]


class EncoderSpec(BaseModel):
    """One encoder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    architecture: str | None = Field(default=None, min_length=1)
    """timm's or open_clip's name. Left out for "mini" and for a folder of weights: there the folder's configuration says it."""
    weights: str = Field(min_length=1)
    """"mini" (packaged); "hub" (timm) or a tag (open_clip); a .safetensors, .pth, .pt or .bin file; or a folder in the
    library's local-dir layout or in Hugging Face transformers' (config.json, model.safetensors or its shards)."""
    activation: Activation | None = None
    """CLIP only: what the weights were trained with, for a file that does not say it. It is checked against the
    architecture and changes nothing by itself."""


class LpipsSpec(BaseModel):
    """The network of LPIPS; its linear heads come with torchmetrics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    net: LpipsNet = "alex"
    weights: str = Field(default="torchvision", min_length=1)
    """"torchvision" (its ImageNet weights, from torch's cache or the hub), or a file of them."""


class EncodersSpec(BaseModel):
    """The encoders of the benchmark."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dino: EncoderSpec
    """timm; for the paper's DINO: architecture "vit_small_patch16_224.dino", weights "hub"."""
    clip: EncoderSpec
    """open_clip; for the de-facto CLIP: architecture "ViT-B-32-quickgelu", weights "openai"."""
    lpips: LpipsSpec | None = None
    """Loaded only for a protocol whose DIV is LPIPS; left out, it is AlexNet with torchvision's weights."""
