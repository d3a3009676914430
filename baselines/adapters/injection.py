"""Putting an adapter into a network of the resident model, and taking it out so that nothing of it is left."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn

from dreambench.baselines.adapters.config import peft_library, refusal

_CONTAINERS: Final = (dict, OrderedDict, set)
"""Of modules' attributes, those whose contents change: children, parameters, hooks. A network's frozen config is another."""


@dataclass(frozen=True, eq=False)
class Adapter:
    """An adapter in a network.

    Attributes:
        part: the network's name, "unet" or another of `BaseModel.parts`.
        model: peft's wrapper; the network itself is changed in place, and is called as ever.
        config: the adapter's.
        weights: what is trained.
    """

    part: str
    model: Any
    config: Any
    weights: tuple[Tensor, ...]

    def tensors(self) -> dict[str, Tensor]:
        """The adapter's weights by peft's names, on the CPU."""
        found = peft_library().get_peft_model_state_dict(self.model, save_embedding_layers=False)
        return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in found.items()}


def put_in(network: nn.Module, config: Any, *, part: str, seed: int) -> tuple[Adapter, Callable[[], None]]:
    """Put a new adapter into a network.

    Every tuner of the library is treated alike: the network's modules are remembered as they are, and put back as they were.

    Args:
        network: one of the resident model's.
        config: of peft.
        part: the network's name.
        seed: of the adapter's first weights; the global random state is left as it was.

    Returns:
        The adapter, in evaluation mode, and what takes it out.

    Raises:
        UserError: the adapter does not fit the network.
    """
    take_out = remembered(network)
    devices = [weight.device for weight in network.parameters() if weight.device.type == "cuda"][:1]
    try:
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            model = peft_library().get_peft_model(network, config)
    except Exception as error:  # each tuner has its own kinds of refusal; all mean that it does not fit
        take_out()
        raise refusal(error, config) from error
    config.base_model_name_or_path = None  # a folder of this machine
    model.eval()
    return Adapter(part, model, config, tuple(weight for weight in model.parameters() if weight.requires_grad)), take_out


def remembered(network: nn.Module) -> Callable[[], None]:
    """What puts a network's modules back as they are now: their children, parameters, buffers, hooks and attributes.

    The numbers in the weights are not remembered: see `BaseModel.keep_weights`.
    """
    # Containers are copied and later filled again in place, since handles of hooks point to them.
    state = [
        (
            module,
            {key: (value, value.copy() if type(value) in _CONTAINERS else None) for key, value in vars(module).items()},
        )
        for module in network.modules()
    ]

    def put_back() -> None:
        for module, attributes in state:
            for value, contents in attributes.values():
                if contents is not None:
                    value.clear()
                    value.update(contents)
            module.__dict__.clear()
            module.__dict__.update({key: value for key, (value, _) in attributes.items()})
        state.clear()

    return put_back


@torch.no_grad()
def bits(network: nn.Module) -> list[int]:
    """A sum over the bits of every weight of a network without adapters; another one for almost any change."""
    return [int(weight.view(torch.int32).sum(dtype=torch.int64)) for weight in network.parameters()]
