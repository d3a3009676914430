"""Encoders as they are declared: a role in a protocol says what is asked of it, and in a suite where its weights are."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from dreambench.benchmark.declarations.transform import ImageTransform

MINI: Final = "mini"
Activation = Literal["gelu", "quick_gelu"]
#: What stands for a picture: the CLS token, the network's pooled output, or whichever of the two the network is used with.
Output = Literal["own", "cls", "pooled"]
RoleName = str


class EncoderRole(BaseModel):
    """An encoder of a protocol, [encoders.ROLE]: which one the metrics are defined for, and what it sees."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    library: str | None = Field(default=None, min_length=1)
    """Which library's network it is: "timm", "open_clip", "transformers", "lpips" or a plug-in's. Left out, the suite's
    weights and the architecture's name tell."""
    architecture: str | None = Field(default=None, min_length=1)
    """The library's name of the network that the protocol is defined for; left out, any goes. With timm's tag
    ("vit_small_patch16_224.dino") weights that are known to be another tag's are refused too."""
    weights: str | None = Field(default=None, min_length=1)
    """Where the weights come from if the suite says nothing of this role, as in a suite: "hub", a tag, a file or a folder."""
    revision: str | None = Field(default=None, min_length=1)
    """Of the hub's repository, beside those weights."""
    transform: ImageTransform | Literal["own"] = "own"
    """What is done to a picture; "own" is the preprocessing in the model's configuration."""
    output: Output = "own"
    """"cls": the CLS token after the final norm. "pooled": what the network pools its tokens to. "own": as the network is
    used by its makers."""
    positions: Literal["fixed", "resampled"] = "fixed"
    """"resampled": position embeddings are interpolated where the crop is not the size that the network was made for, as
    DINOv2's makers do; "fixed" refuses another size."""


class EncoderSpec(BaseModel):
    """An encoder of a suite, [encoders.ROLE]: an architecture and where its weights are."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    library: str | None = Field(default=None, min_length=1)
    """As in the protocol; left out, the protocol's, or what weights and architecture tell."""
    architecture: str | None = Field(default=None, min_length=1)
    """The library's name of the network: timm's, open_clip's, or a repository on the hub for transformers. Left out, the
    protocol's. A folder of timm's or open_clip's says it itself, and so does "mini"."""
    weights: str = Field(min_length=1)
    """"mini" (packaged); "hub" (timm, transformers) or a tag (open_clip); a .safetensors, .pth, .pt or .bin file; or a folder
    in the library's local-dir layout or in Hugging Face transformers' (config.json, model.safetensors or its shards)."""
    revision: str | None = Field(default=None, min_length=1)
    """transformers only: commit or tag of the hub's repository; pin it, or the weights may change under the same name."""
    activation: Activation | None = None
    """CLIP only: what the weights were trained with, for a file that does not say it. It is checked against the
    architecture and changes nothing by itself."""


EncoderSpecs = dict[RoleName, EncoderSpec]


def spec_for(role: str, declared: EncoderRole, specs: EncoderSpecs) -> EncoderSpec | None:
    """Where a protocol's encoder comes from in a suite: the suite's word, filled in from the protocol's.

    Args:
        role: its name.
        declared: the protocol's declaration.
        specs: the suite's encoders.

    Returns:
        None where neither says where the weights are.
    """
    spec = specs.get(role)
    if spec is None:
        if declared.weights is None:
            return None
        return EncoderSpec(
            library=declared.library,
            architecture=declared.architecture,
            weights=declared.weights,
            revision=declared.revision,
        )
    if spec.library is None and declared.library is not None:
        return spec.model_copy(update={"library": declared.library})
    return spec
