"""DINO through timm: a vision transformer's CLS token after the final norm."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmark.encoders.encoder import TransformedEncoder
from benchmark.encoders.spec import MINI, EncoderSpec
from benchmark.encoders.transforms import ImageTransform
from benchmark.encoders.weights import existing_file, is_file_name, packaged_folder, read_weights, reason
from dataset.errors import UserError

if TYPE_CHECKING:
    import torch

BATCH_SIZE: Final = 64
_HEADS: Final = ("head.", "fc.")  # classifiers and projection heads: not part of the embedding


class DinoEncoder(TransformedEncoder):
    """A timm vision transformer."""

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        tokens: torch.Tensor = self._network.forward_features(pixels)  # type: ignore[operator]  # timm's method, not torch's
        return tokens[:, 0]


def load_dino(spec: EncoderSpec, transform: ImageTransform, device: "torch.device") -> DinoEncoder:
    """Build the DINO encoder of a suite.

    Args:
        spec: "mini", a folder in timm's local-dir layout (config.json, model.safetensors), a file of weights for a timm
            architecture, or "hub".
        transform: the protocol's; "own" takes the mean and std of the model's configuration.
        device: where it runs.

    Raises:
        UserError: the architecture is unknown or has no CLS token, the weights are missing, broken or of another
            architecture, or the protocol's crop is not the size the network takes.
    """
    folder = packaged_folder("dino") if spec.weights == MINI else Path(spec.weights).expanduser()
    if folder.is_dir():
        network, arguments = _from_folder(folder, spec)
    elif spec.architecture is None:
        raise UserError(
            f"The DINO weights '{spec.weights}' are not a folder, so [encoders.dino] needs architecture = \"...\", "
            "by timm's name."
        )
    else:
        network, arguments = _from_name(spec.architecture, spec.weights), {}
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
        name=name, architecture=architecture, network=network, transform=resolved, device=device, batch_size=BATCH_SIZE
    )


def _from_folder(folder: Path, spec: EncoderSpec) -> tuple[Any, dict[str, Any]]:
    """The network of a local-dir folder, and the arguments that its config.json gives the architecture."""
    if spec.architecture is not None:
        raise UserError(f"{folder} names its own architecture in config.json; leave out architecture in [encoders.dino].")
    network = _create(f"local-dir:{folder}", pretrained=False)
    _load_into(network, folder / "model.safetensors")
    return network, json.loads((folder / "config.json").read_text()).get("model_args", {})


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
    return _create(architecture, pretrained=True)


def _create(name: str, *, pretrained: bool) -> Any:
    import timm

    try:
        # no classifier; global_pool="token" keeps the final norm inside forward_features
        return timm.create_model(name, pretrained=pretrained, num_classes=0, global_pool="token")
    except Exception as error:  # timm and the hub's client raise many kinds; each means the same to the user
        if pretrained:
            hint = 'without a network, give weights = "FILE.safetensors"'
        else:
            hint = "check [encoders.dino] in the suite; the name must be a vision transformer of timm"
        raise UserError(f"DINO '{name.removeprefix('local-dir:')}' cannot be built ({reason(error)}); {hint}.") from error


def _load_into(network: Any, path: Path) -> None:
    from timm.models.vision_transformer import checkpoint_filter_fn  # translates the names of official releases

    if not path.is_file():
        raise UserError(f"The weight file {path} does not exist; put the DINO weights there.")
    state = read_weights(path)
    try:
        translated = checkpoint_filter_fn(state, network)
        network.load_state_dict({key: value for key, value in translated.items() if not key.startswith(_HEADS)}, strict=True)
    except Exception as error:  # shape or name mismatches, from timm's translation or from torch
        detail = " ".join(str(error).split())
        raise UserError(
            f"The weight file {path} does not fit the architecture ({detail[:200]}); give weights of that architecture."
        ) from error
