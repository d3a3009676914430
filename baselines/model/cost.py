"""What a model costs before anything is loaded: weights, operations and memory, counted on shapes without numbers.

The networks are built from their configs on torch's meta device, where tensors have shapes and no contents, so that counting a
billion weights takes seconds and no memory.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

from dreambench.baselines.model.families.registry import USUAL, family_class
from dreambench.baselines.work import Part

#: Bytes of a float32.
FLOAT: Final = 4
_NOT_SHAPE: Final = {"architectures", "torch_dtype", "dtype"}


@dataclass(frozen=True)
class ModelCost:
    """A latent diffusion model at a resolution. Operations count a multiplication and an addition as two."""

    unet_weights: int
    """Of the denoiser, whatever a family calls it."""
    text_encoder_weights: int
    """Of all text encoders."""
    vae_weights: int
    unet_flops: float
    """One sample through the UNet."""
    encode_flops: float
    """One picture through the VAE's encoder."""
    decode_flops: float
    """One latent through its decoder."""
    unet_activations: int
    """Numbers that one sample leaves for the backward pass."""
    unet_block_activations: int
    """The same with gradient checkpointing: the blocks' inputs and the largest block's inside."""
    decode_activations: int
    """Numbers in the decoder's largest few tensors, which bound its memory for one picture."""

    @property
    def weights(self) -> int:
        """All of them."""
        return self.unet_weights + self.text_encoder_weights + self.vae_weights

    def weights_of(self, parts: Iterable[Part]) -> int:
        """Those of some parts that a method trains."""
        sizes: dict[Part, int] = {"unet": self.unet_weights, "text_encoder": self.text_encoder_weights}
        return sum(sizes[part] for part in parts)


def model_cost(configs: Mapping[str, Mapping[str, Any]], resolution: int) -> ModelCost:
    """Count a model.

    Args:
        configs: config.json of every part with weights, by its folder's name in diffusers' layout, and "model_index", which
            names the family; without it, Stable Diffusion's.
        resolution: side of the pictures in pixels.
    """
    family = family_class(configs.get("model_index", {}).get("_class_name", USUAL))
    layout = family.layout
    with torch.device("meta"):
        unet = layout.kind(layout.denoiser).from_config(dict(configs[layout.denoiser]))
        vae = layout.kind("vae").from_config(dict(configs["vae"]))
        text_encoders = [_text_encoder(layout.kind(part), configs[part]) for part in layout.text_encoders]
        side = resolution // 2 ** (len(vae.config.block_out_channels) - 1)
        tokens = min(configs[layout.text_encoders[0]]["max_position_embeddings"], family.longest_text)
        inputs = family.trial_inputs(unet, rows=1, side=side, tokens=tokens)
        pixels = torch.empty(1, 3, resolution, resolution)
        seen = _Outputs(unet, _is_block)
        unet_flops = _flops(lambda: unet(**inputs, return_dict=False))
        decoded = _Outputs(vae.decoder, lambda _name: False)
        decode_flops = _flops(lambda: vae.decode(torch.empty(1, vae.config.latent_channels, side, side), return_dict=False))
        decode_activations = 4 * decoded.largest
        encode_flops = _flops(lambda: vae.encode(pixels, return_dict=False))
    return ModelCost(
        unet_weights=_count(unet),
        text_encoder_weights=sum(_count(network) for network in text_encoders),
        vae_weights=_count(vae),
        unet_flops=unet_flops,
        encode_flops=encode_flops,
        decode_flops=decode_flops,
        unet_activations=seen.total,
        unet_block_activations=seen.block_outputs + seen.largest_block,
        decode_activations=decode_activations,
    )


def _text_encoder(kind: Any, config: Mapping[str, Any]) -> Any:
    return kind(kind.config_class(**{key: value for key, value in config.items() if key not in _NOT_SHAPE}))


def _is_block(name: str) -> bool:
    """Whether diffusers checkpoints a module of that name: the residual and the transformer blocks."""
    return name.rpartition(".")[0].endswith(("resnets", "transformer_blocks"))


class _Outputs:
    """Counts the numbers that a network's innermost modules put out while it runs; those are what backward needs."""

    def __init__(self, network: torch.nn.Module, is_block: Callable[[str], bool]) -> None:
        self.total = 0
        self.largest = 0
        self.block_outputs = 0
        self._inside: dict[str, int] = {}
        blocks = [name for name, _ in network.named_modules() if is_block(name)]
        for name, module in network.named_modules():
            if name in blocks:
                module.register_forward_hook(self._note_block)
            elif not any(module.children()):
                block = next((outer for outer in blocks if name.startswith(f"{outer}.")), "")
                module.register_forward_hook(lambda _m, _i, out, block=block: self._note(out, block))

    @property
    def largest_block(self) -> int:
        """The numbers inside the largest block."""
        return max(self._inside.values(), default=0)

    def _note(self, out: Any, block: str) -> None:
        size = out.numel() if isinstance(out, torch.Tensor) else 0
        self.total += size
        self.largest = max(self.largest, size)
        if block:
            self._inside[block] = self._inside.get(block, 0) + size

    def _note_block(self, _module: Any, _inputs: Any, out: Any) -> None:
        self.block_outputs += out.numel() if isinstance(out, torch.Tensor) else 0


def _flops(work: Callable[[], Any]) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        work()
    return float(counter.get_total_flops())


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
