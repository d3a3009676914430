"""Networks of timm as encoders: what stands for a picture, which crop they take, and what is done to a picture first."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.network import NetworkEncoder
from dreambench.benchmark.encoders.own_transform import own_transform, triple
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.weights import reason
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

#: "cls": the CLS token after the final norm; "pooled": what the model's own head pools to, before any classifier.
Taken = Literal["cls", "pooled"]
#: What timm's evaluation takes where a model's configuration says nothing.
_CROP_SHARE: Final = 0.875
_ASPECTS: Final = {"center": "keep", "squash": "square"}


class TimmEncoder(NetworkEncoder):
    """A network of timm."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        network: "torch.nn.Module",
        output: Taken,
        transform: ImageTransform,
        device: "torch.device",
    ) -> None:
        super().__init__(name=name, architecture=architecture, network=network, transform=transform, device=device)
        self._output = output

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        network: Any = self._network  # timm's methods, not torch's
        features: torch.Tensor = network.forward_features(pixels)
        if self._output == "cls":
            return features[:, 0]
        pooled: torch.Tensor = network.forward_head(features, pre_logits=True)
        if pooled.ndim != 2:
            raise UserError(f"{self.name} does not pool a picture to one vector; it cannot be an encoder.")
        return pooled


def create(model: str, *, request: EncoderRequest, is_fetched: bool, pool: str | None) -> Any:
    """A network of timm without a classifier, in its own size.

    Args:
        model: timm's name, or "local-dir:FOLDER".
        request: what is asked for, for messages.
        is_fetched: whether timm fetches its weights too; otherwise they are random.
        pool: timm's `global_pool`; None for the model's own.

    Raises:
        UserError: timm cannot build it, or its weights cannot be fetched.
    """
    import timm

    options = {} if pool is None else {"global_pool": pool}
    try:
        return timm.create_model(model, pretrained=is_fetched, num_classes=0, **options)
    except Exception as error:  # timm and the hub's client raise many kinds; each means the same to the user
        if model.startswith("local-dir:"):
            config = Path(model.removeprefix("local-dir:")) / "config.json"
            raise UserError(f"{config} describes no network of timm's ({reason(error)}); fetch the folder again.") from error
        hint = "name another architecture"
        if is_fetched:
            hint = 'without a network, give weights = "FILE.safetensors" or a folder'
        raise UserError(f"'{model}' of timm cannot be built ({reason(error)}); {hint} in [{request.table}].") from error


def take_output(network: Any, model: str, *, request: EncoderRequest, is_fetched: bool) -> tuple[Any, Taken]:
    """Settle what stands for a picture: "own" is the CLS token where the model pools by it, and else what it pools to.

    Returns:
        The network, or another with the same arguments that keeps the final norm before the CLS token; and what is taken.

    Raises:
        UserError: the protocol wants the CLS token of a network without one.
    """
    has_cls = getattr(network, "cls_token", None) is not None
    by_cls = has_cls and getattr(network, "global_pool", None) == "token"
    wanted = request.wanted.output
    if wanted == "cls" and not has_cls:
        raise UserError(
            f"'{model.removeprefix('local-dir:')}', the encoder '{request.role}', has no CLS token, which the protocol wants; "
            'name a vision transformer that has one, or give the protocol output = "pooled".'
        )
    if wanted == "pooled" or not (by_cls or wanted == "cls"):
        return network, "pooled"
    if not by_cls:  # made for averaging, its final norm comes after the pooling
        network = create(model, request=request, is_fetched=is_fetched, pool="token")
    return network, "cls"


def own_timm_transform(config: Mapping[str, Any], request: EncoderRequest) -> ImageTransform:
    """The protocol's transform with the model's own values in place of "own".

    As timm's evaluation does: resize to the input's side over the share that is cropped, rounded down; cut the centre.

    Args:
        config: timm's `pretrained_cfg`.
        request: whose `wanted.transform` it is.

    Raises:
        UserError: the model's own preprocessing is none that a protocol can say.
    """
    mean, std = config["mean"], config["std"]
    if request.wanted.transform != "own":
        return request.wanted.transform.resolve(mean=triple(mean), std=triple(std))
    _, height, width = config["input_size"]
    return own_transform(
        request,
        resize=math.floor(height / (config.get("crop_pct") or _CROP_SHARE)),
        crop=(height, width),
        interpolation=config.get("interpolation") or "bicubic",
        aspect=_ASPECTS.get(config.get("crop_mode") or "center"),
        mean=mean,
        std=std,
    )


def fit_positions(network: Any, crop: int, *, name: str, request: EncoderRequest) -> bool:
    """Make the network take crops of a size, by resampling its position embeddings if the protocol says so.

    Returns:
        Whether anything was resampled.

    Raises:
        UserError: the network takes another size, and is not to be or cannot be changed.
    """
    size = _size(network)
    if size is None or size == (crop, crop):
        return False
    if request.wanted.positions == "fixed":
        raise UserError(
            f"The protocol crops to {crop} pixels for [{request.table}], but {name} takes {size[0]}; choose a protocol made "
            'for this encoder, or give the protocol positions = "resampled".'
        )
    patch = getattr(getattr(network, "patch_embed", None), "patch_size", (1, 1))
    if not hasattr(network, "set_input_size") or crop % patch[0] or crop % patch[1]:
        raise UserError(
            f"The protocol crops to {crop} pixels for [{request.table}], but {name} takes {size[0]} and cannot be resampled to "
            f"that; give the protocol a crop of {size[0]}, or a multiple of the patch of {patch[0]} pixels."
        )
    try:
        network.set_input_size(img_size=(crop, crop))
    except Exception as error:  # windows and strides that do not divide
        raise UserError(
            f"{name}, the encoder '{request.role}', cannot be resampled to the protocol's {crop} pixels ({reason(error)}); "
            f"give the protocol a crop of {size[0]}."
        ) from error
    return True


def _size(network: Any) -> tuple[int, ...] | None:
    """The height and width that a network takes; None for one that takes any."""
    embedded = getattr(getattr(network, "patch_embed", None), "img_size", None)
    if embedded:
        return tuple(embedded)
    config = network.pretrained_cfg
    return tuple(config["input_size"][1:]) if config.get("fixed_input_size") else None
