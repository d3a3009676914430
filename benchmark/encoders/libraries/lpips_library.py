"""LPIPS through torchmetrics: how far apart two pictures are in the layers of an ImageNet classifier.

Source: Zhang et al., arXiv 1801.03924. The linear heads are the published ones, which torchmetrics brings along.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.network import state_hash, true_float32
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource, torch_cache_file
from dreambench.benchmark.encoders.weights import load_exactly, read_weights, reason
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json

if TYPE_CHECKING:
    import torch

#: Below this the deepest layers have nothing left to see; torchvision's AlexNet asks for 63.
MIN_SIDE: Final = 64
_EPS: Final = 1e-8  # as in the published code: a position without any response does not divide by 0
_PREFIX: Final = "features."  # of torchvision's classifiers; the rest is the classifier's head
_TORCHVISION: Final = "torchvision"
_NET: Final = "alex"
_BACKBONES: Final = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


class Lpips:
    """A distance between pictures of one size: 0 for the same picture, about .7 for unrelated ones.

    A layer's share is the mean over positions of a weighted sum of squared differences. The weights are not negative, so
    with their roots and the mean taken into the features, LPIPS is the squared distance of two long vectors: each picture
    goes through the network once, however many pairs it is in.
    """

    def __init__(self, net: str, network: "torch.nn.Module", device: "torch.device") -> None:
        self._device = device
        self._network: Any = network.eval().requires_grad_(False).float().to(device)
        self._fingerprint = sha256_json({"library": "torchmetrics", "net": net, "weights": state_hash(self._network)})
        self._name = f"LPIPS ({_BACKBONES[net]})"

    @property
    def name(self) -> str:
        """LPIPS and its backbone."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """64 hex digits over the network and its weights, heads included."""
        return self._fingerprint

    def pair_distances(self, images: Sequence[Image.Image]) -> NDArray[np.float64]:
        """LPIPS of every unordered pair of RGB pictures: [k (k - 1) / 2], pair (0, 1) first, then (0, 2).

        Raises:
            ValueError: the pictures differ in size, or a side is shorter than `MIN_SIDE`.
        """
        import torch

        if len(images) < 2:
            return np.zeros(0)
        if len({image.size for image in images}) > 1 or min(images[0].size) < MIN_SIDE:
            raise ValueError(f"LPIPS needs pictures of one size, {MIN_SIDE} pixels or more on a side")
        with torch.inference_mode(), true_float32():
            features = self._features(torch.from_numpy(np.stack([np.asarray(image, dtype=np.uint8) for image in images])))
            first, second = np.triu_indices(len(images), k=1)
            distances = [
                float((features[one] - features[other]).square().sum(dtype=torch.float64))
                for one, other in zip(first.tolist(), second.tolist(), strict=True)
            ]
        if not np.isfinite(distances).all():
            raise UserError(f"{self._name} returns numbers that are not finite; its weights are damaged, fetch them again.")
        return np.asarray(distances)

    def _features(self, pictures: "torch.Tensor") -> "torch.Tensor":
        """The pictures [k, h, w, 3] (0..255) as vectors [k, n] whose squared distances are LPIPS."""
        import torch

        pixels = pictures.to(self._device).permute(0, 3, 1, 2).float().div(127.5).sub(1.0)
        parts: list[torch.Tensor] = []
        for layer, head in zip(self._network.net(self._network.scaling_layer(pixels)), self._network.lins, strict=True):
            unit = layer / (layer.square().sum(dim=1, keepdim=True) + _EPS).sqrt()
            roots = head.model[-1].weight.view(1, -1, 1, 1).sqrt()
            parts.append((unit * roots).flatten(1) / (layer.shape[2] * layer.shape[3]) ** 0.5)
        return torch.cat(parts, dim=1)


class LpipsLibrary(EncoderLibrary):
    """LPIPS on one of three backbones, "alex", "vgg" or "squeeze", of which the first is meant where none is named.

    Weights are "torchvision", which fetches its ImageNet classifier, or a file of that by torchvision's names. There are never
    random ones.
    """

    name: ClassVar[str] = "lpips"
    usual_weights: ClassVar[str | None] = _TORCHVISION
    distributions: ClassVar[tuple[str, ...]] = ("torchmetrics", "torchvision")

    def recognises(self, request: EncoderRequest) -> bool:
        """By the name of its backbone."""
        return request.architecture in _BACKBONES

    def architecture(self, request: EncoderRequest) -> str | None:
        """The backbone, by LPIPS's name of it."""
        return request.architecture or _NET

    def locate(self, request: EncoderRequest) -> WeightSource:
        """A file, or torchvision's address."""
        net = request.architecture or _NET
        if net not in _BACKBONES:
            raise UserError(
                f"There is no LPIPS '{net}'; give [{request.table}] architecture as one of {', '.join(_BACKBONES)}."
            )
        what = f"LPIPS's {_BACKBONES[net]}"
        file = request.file()
        if file is not None:
            return WeightSource(what=what, path=file)
        if request.spec.weights != _TORCHVISION:
            raise UserError(
                f"There are no LPIPS weights '{request.spec.weights}'; give [{request.table}] weights = \"torchvision\", or a "
                ".pth or .safetensors file."
            )
        import torchvision

        address = str(torchvision.models.get_model_weights(_BACKBONES[net]).DEFAULT.url)
        return WeightSource(what=what, address=address, kept_at=torch_cache_file(address), instead='"FILE.pth"')

    def load(self, request: EncoderRequest, source: WeightSource, device: "torch.device") -> Lpips:
        """The published heads on the backbone's weights."""
        import torch
        from torchmetrics.functional.image.lpips import _LPIPS

        net = request.architecture or _NET
        network = _LPIPS(pretrained=True, net=net, pnet_rand=True)
        if any(bool((head.model[-1].weight < 0).any()) for head in network.lins):
            raise ValueError("torchmetrics' LPIPS heads have negative weights; the published ones have none")
        if source.path is not None:
            state = read_weights(source.path)
        else:
            source.refuse_out_of_reach(table=request.table)
            state = _from_torchvision(_BACKBONES[net], table=request.table)
        features = {key: value for key, value in state.items() if key.startswith(_PREFIX)}
        backbone = torch.nn.ModuleDict({"features": _backbone(network)})
        load_exactly(backbone, features, source.path or Path(_BACKBONES[net]))
        return Lpips(net, network, device)


def _backbone(network: Any) -> "torch.nn.Module":
    """The layers of the backbone under torchvision's numbers; torchmetrics keeps them in slices."""
    import torch

    backbone = torch.nn.Module()
    for part in getattr(network.net, "slices", None) or network.net.children():
        for number, layer in part.named_children():
            backbone.add_module(number, layer)
    return backbone


def _from_torchvision(backbone: str, *, table: str) -> "dict[str, torch.Tensor]":
    import torchvision

    weights = torchvision.models.get_model_weights(backbone).DEFAULT
    try:
        state = weights.get_state_dict(progress=False, check_hash=True)
    except Exception as error:  # the network's, the disk's and the hash's errors
        raise UserError(
            f"The weights of {backbone} for LPIPS cannot be fetched ({reason(error)}); without a network, give "
            f'[{table}] weights = "FILE.pth", or leave out the metrics that need them.'
        ) from error
    return dict(state)
