"""DINO through timm: a vision transformer's CLS token after the final norm."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.encoder import TransformedEncoder
from dreambench.benchmark.encoders.hub import refuse_without_hub, timm_address
from dreambench.benchmark.encoders.layouts import to_timm
from dreambench.benchmark.encoders.weights import (
    existing_file,
    is_file_name,
    load_exactly,
    no_fit,
    packaged_folder,
    read_weights,
    reason,
    refuse_absent_path,
)
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

BATCH_SIZE: Final = 64
#: Facebook's releases: timm's name by (model type, width, layers, heads, patch size), as transformers' configuration has them.
_BY_SHAPE: Final = {
    ("vit", 384, 12, 6, 16): "vit_small_patch16_224.dino",
    ("vit", 384, 12, 6, 8): "vit_small_patch8_224.dino",
    ("vit", 768, 12, 12, 16): "vit_base_patch16_224.dino",
    ("vit", 768, 12, 12, 8): "vit_base_patch8_224.dino",
    ("dinov2", 384, 12, 6, 14): "vit_small_patch14_dinov2.lvd142m",
    ("dinov2", 768, 12, 12, 14): "vit_base_patch14_dinov2.lvd142m",
    ("dinov2", 1024, 24, 16, 14): "vit_large_patch14_dinov2.lvd142m",
}


class DinoEncoder(TransformedEncoder):
    """A timm vision transformer."""

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        tokens: torch.Tensor = self._network.forward_features(pixels)  # type: ignore[operator]  # timm's method, not torch's
        return tokens[:, 0]


def load_dino(spec: EncoderSpec, transform: ImageTransform, device: "torch.device") -> DinoEncoder:
    """Build the DINO encoder of a suite.

    Args:
        spec: "mini"; a folder in timm's local-dir layout or in that of transformers' ViTModel (config.json,
            model.safetensors); a file of weights for a timm architecture, in timm's, Facebook's or transformers' names;
            or "hub".
        transform: the protocol's; "own" takes the mean and std of the model's configuration.
        device: where it runs.

    Raises:
        UserError: the architecture is unknown or has no CLS token, the weights are missing, broken or of another
            architecture, or the protocol's crop is not the size the network takes.
    """
    if spec.activation is not None:
        raise UserError("[encoders.dino] takes no activation: every DINO computes with GELU; leave it out.")
    folder = packaged_folder("dino") if spec.weights == MINI else Path(spec.weights).expanduser()
    arguments: dict[str, Any] = {}
    if folder.is_dir() and hugging_face.model_type(folder) is not None:
        network = _from_hugging_face(folder, spec)
    elif folder.is_dir():
        network, arguments = _from_folder(folder, spec)
    elif spec.architecture is None:
        refuse_absent_path(spec.weights, table="encoders.dino")
        raise UserError(
            f"The DINO weights '{spec.weights}' are not a folder, so [encoders.dino] needs architecture = \"...\", "
            "by timm's name."
        )
    else:
        network = _from_name(spec.architecture, spec.weights)
    config = network.pretrained_cfg
    name = spec.architecture or f"{config['architecture']} in {folder.name}"
    if getattr(network, "cls_token", None) is None:
        raise UserError(f"{name} has no CLS token; DINO needs a vision transformer such as vit_small_patch16_224.dino.")
    resolved = transform.resolve(mean=tuple(config["mean"]), std=tuple(config["std"]))
    size = tuple(network.patch_embed.img_size or ())
    if size and size != (resolved.crop, resolved.crop):
        raise UserError(
            f"The protocol crops to {resolved.crop} pixels, but {name} takes {size[0]}; "
            "choose a protocol made for this encoder."
        )
    architecture = {"library": "timm", "name": config["architecture"], "arguments": arguments}
    return DinoEncoder(
        name=name,
        architecture=architecture,
        architecture_name=None if arguments else config["architecture"],  # with arguments it is one of the folder's own
        network=network,
        transform=resolved,
        device=device,
        batch_size=BATCH_SIZE,
    )


def _from_folder(folder: Path, spec: EncoderSpec) -> tuple[Any, dict[str, Any]]:
    """The network of a local-dir folder, and the arguments that its config.json gives the architecture."""
    if spec.architecture is not None:
        raise UserError(f"{folder} names its own architecture in config.json; leave out architecture in [encoders.dino].")
    if not (folder / "config.json").is_file():
        raise UserError(f"{folder} has no config.json; give a folder in timm's or transformers' layout, or a file of weights.")
    network = _create(f"local-dir:{folder}", pretrained=False)
    _load_into(network, folder / "model.safetensors")
    return network, json.loads((folder / "config.json").read_text()).get("model_args", {})


def _from_hugging_face(folder: Path, spec: EncoderSpec) -> Any:
    """The network of a folder of transformers', of the architecture that its configuration describes."""
    config = hugging_face.read_vit_config(folder)
    shape = (config.hidden_size, config.num_hidden_layers, config.num_attention_heads, config.patch_size)
    architecture = _BY_SHAPE.get((config.model_type, *shape))
    if architecture is None or config.hidden_act != "gelu":
        raise UserError(
            f"{folder / 'config.json'} describes no DINO that Facebook released (width, layers, heads, patch {shape}, "
            f"{config.hidden_act}); give a folder in timm's layout."
        )
    if spec.architecture is not None and spec.architecture != architecture:
        raise UserError(f"{folder} holds {architecture}, not {spec.architecture}; leave out architecture in [encoders.dino].")
    network = _create(architecture, pretrained=False)
    _load_into(network, hugging_face.weight_file(folder))
    return network


def _from_name(architecture: str, weights: str) -> Any:
    if is_file_name(weights):
        path = existing_file(weights)
        network = _create(architecture, pretrained=False)
        _load_into(network, path)
        return network
    if weights != "hub":
        raise UserError(
            f'There are no DINO weights \'{weights}\'; give "mini", "hub", a folder, or a .safetensors or .pth file.'
        )
    if "dino" not in architecture.lower():
        raise UserError(
            f"The hub's weights for {architecture} are not DINO's; write architecture = \"vit_small_patch16_224.dino\" in "
            "[encoders.dino]."
        )
    refuse_without_hub(f"DINO '{architecture}'", timm_address(architecture)[0], table="encoders.dino")
    return _create(architecture, pretrained=True)


def _create(name: str, *, pretrained: bool) -> Any:
    import timm

    try:
        # no classifier; global_pool="token" keeps the final norm inside forward_features
        return timm.create_model(name, pretrained=pretrained, num_classes=0, global_pool="token")
    except Exception as error:  # timm and the hub's client raise many kinds; each means the same to the user
        if pretrained:
            hint = 'without a network, give weights = "FILE.safetensors" or a folder'
        else:
            hint = "name a vision transformer of timm in [encoders.dino] of the suite"
        if name.startswith("local-dir:"):
            config = Path(name.removeprefix("local-dir:")) / "config.json"
            raise UserError(f"{config} describes no network of timm's ({reason(error)}); fetch the folder again.") from error
        raise UserError(f"DINO '{name}' cannot be built ({reason(error)}); {hint}.") from error


def _load_into(network: Any, path: Path) -> None:
    if not path.is_file():
        raise UserError(f"The weight file {path} does not exist; put the DINO weights there.")
    state = read_weights(path)
    try:
        translated = to_timm(state)
    except ValueError as error:
        raise no_fit(path, str(error)) from error
    load_exactly(network, translated, path)  # timm's own reader would resize other patches and sizes to fit
