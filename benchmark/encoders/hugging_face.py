"""Folders in Hugging Face transformers' layout: what their config.json says of the network, in timm's and open_clip's words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dreambench.benchmark.declarations.transform import Triple
from dreambench.benchmark.encoders.weights import INDEX_SUFFIX
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import read_json

_WEIGHT_FILES: Final = ("model.safetensors", f"model{INDEX_SUFFIX}", "pytorch_model.bin")
#: Facebook's releases: timm's name by (model type, width, layers, heads, patch size), as transformers' configuration has them.
_RELEASED: Final = {
    ("vit", 384, 12, 6, 16): "vit_small_patch16_224.dino",
    ("vit", 384, 12, 6, 8): "vit_small_patch8_224.dino",
    ("vit", 768, 12, 12, 16): "vit_base_patch16_224.dino",
    ("vit", 768, 12, 12, 8): "vit_base_patch8_224.dino",
    ("dinov2", 384, 12, 6, 14): "vit_small_patch14_dinov2.lvd142m",
    ("dinov2", 768, 12, 12, 14): "vit_base_patch14_dinov2.lvd142m",
    ("dinov2", 1024, 24, 16, 14): "vit_large_patch14_dinov2.lvd142m",
}
Config = TypeVar("Config", "VitConfig", "ClipConfig")


class VitConfig(BaseModel):
    """ViTModel or Dinov2Model. The defaults are transformers' own: its files may leave out what equals them."""

    model_config = ConfigDict(frozen=True)

    model_type: str
    hidden_size: int = Field(default=768, ge=1)
    num_hidden_layers: int = Field(default=12, ge=1)
    num_attention_heads: int = Field(default=12, ge=1)
    patch_size: int = Field(default=16, ge=1)
    image_size: int = Field(default=224, ge=1)
    hidden_act: str = "gelu"


class _ClipTower(BaseModel):
    model_config = ConfigDict(frozen=True)

    num_attention_heads: int = Field(ge=1)
    hidden_size: int = Field(ge=1)
    num_hidden_layers: int = Field(default=12, ge=1)
    hidden_act: str = "quick_gelu"


class _ClipVision(_ClipTower):
    hidden_size: int = Field(default=768, ge=1)
    num_attention_heads: int = Field(default=12, ge=1)
    patch_size: int = Field(default=32, ge=1)
    image_size: int = Field(default=224, ge=1)


class _ClipText(_ClipTower):
    hidden_size: int = Field(default=512, ge=1)
    num_attention_heads: int = Field(default=8, ge=1)
    vocab_size: int = Field(default=49408, ge=1)
    max_position_embeddings: int = Field(default=77, ge=1)


class ClipConfig(BaseModel):
    """CLIPModel."""

    model_config = ConfigDict(frozen=True)

    model_type: str
    projection_dim: int = Field(default=512, ge=1)
    vision_config: _ClipVision = _ClipVision()
    text_config: _ClipText = _ClipText()

    @property
    def activations(self) -> frozenset[str]:
        """Of the two towers, by transformers' names."""
        return frozenset({self.vision_config.hidden_act, self.text_config.hidden_act})

    def describes(self, config: Mapping[str, Any]) -> bool:
        """Whether an open_clip configuration is this network, the activation apart."""
        vision, text = config["vision_cfg"], config["text_cfg"]
        if not {"width", "layers", "patch_size", "image_size"} <= set(vision) or not {"width", "heads"} <= set(text):
            return False  # towers of timm's or of transformers', not CLIP's own
        theirs, words = self.vision_config, self.text_config
        return bool(
            config["embed_dim"] == self.projection_dim
            and vision["width"] == theirs.hidden_size
            and vision["layers"] == theirs.num_hidden_layers
            and vision["width"] // vision.get("head_width", 64) == theirs.num_attention_heads
            and vision["patch_size"] == theirs.patch_size
            and vision["image_size"] == theirs.image_size
            and text["width"] == words.hidden_size
            and text["heads"] == words.num_attention_heads
            and text["layers"] == words.num_hidden_layers
            and text["vocab_size"] == words.vocab_size
            and text["context_length"] == words.max_position_embeddings
        )


def model_type(folder: Path) -> str | None:
    """What transformers calls the network of a folder ("vit", "clip", ...); None where it is not in its layout.

    Raises:
        UserError: config.json is broken.
    """
    kind = (read_config(folder) or {}).get("model_type")
    return kind if isinstance(kind, str) else None


def read_config(folder: Path) -> dict[str, Any] | None:
    """What a folder's config.json holds; None where it has none.

    Raises:
        UserError: it is broken.
    """
    path = folder / "config.json"
    return _read(path) if path.is_file() else None


def released_dino(folder: Path) -> str | None:
    """timm's name of the DINO or DINOv2 that a folder's configuration describes; None if it is none that Facebook released.

    Raises:
        UserError: the configuration is broken.
    """
    if model_type(folder) not in ("vit", "dinov2"):
        return None
    config = _declared(VitConfig, folder / "config.json", ("vit", "dinov2"))
    shape = (config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.patch_size)
    return _RELEASED.get((config.model_type, *shape)) if config.hidden_act == "gelu" else None


def read_clip_config(folder: Path) -> ClipConfig:
    """The configuration of a CLIPModel's folder.

    Raises:
        UserError: it is broken, or not of such a model.
    """
    return _declared(ClipConfig, folder / "config.json", ("clip",))


def weight_file(folder: Path) -> Path:
    """The file of weights in a folder of transformers', or the index of its safetensors shards.

    Raises:
        UserError: there is none, or it is in several parts of another kind.
    """
    for name in _WEIGHT_FILES:
        if (folder / name).is_file():
            return folder / name
    if list(folder.glob("*.index.json")):
        raise UserError(
            f"The weights in {folder} are in several parts that are no safetensors; save them again as {_WEIGHT_FILES[0]}."
        )
    raise UserError(f"The weight file {folder / _WEIGHT_FILES[0]} does not exist; put the encoder's weights there.")


def normalisation(folder: Path) -> tuple[Triple, Triple] | None:
    """The mean and std that the folder's image processor uses; None where it has no preprocessor_config.json.

    Raises:
        UserError: the file is broken.
    """
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        return None
    values = _read(path)
    try:
        mean, std = (_triple(values[key]) for key in ("image_mean", "image_std"))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} does not give image_mean and image_std as three numbers each; fetch it again.") from error
    return mean, std


def _triple(values: Any) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _declared(kind: type[Config], path: Path, types: tuple[str, ...]) -> Config:
    try:
        config = kind.model_validate(_read(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = dotted(first["loc"])
        raise UserError(f"{path} is not a model's configuration ({key}: {first['msg']}); fetch it again.") from error
    if config.model_type not in types:
        raise UserError(f"{path} is of the model type '{config.model_type}'; this encoder takes {' or '.join(types)}.")
    return config


def _read(path: Path) -> dict[str, Any]:
    values = read_json(path, mend="fetch it again.")
    if not isinstance(values, dict):
        raise UserError(f"{path} does not hold a table of values; fetch it again.")
    return values
