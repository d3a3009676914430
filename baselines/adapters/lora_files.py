"""LoRA as one file, in the layouts of diffusers (old, new) and of kohya's scripts: from names and shapes to peft's config."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor, nn

from dreambench.baselines.adapters.config import build_config, peft_library
from dreambench.baselines.adapters.saving import METADATA, PREFIX
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import NotRead, parse_json

_LEAVES: Final = {
    "lora_A.weight": "lora_A.weight",
    "lora_B.weight": "lora_B.weight",
    "lora_down.weight": "lora_A.weight",
    "lora_up.weight": "lora_B.weight",
    "lora.down.weight": "lora_A.weight",
    "lora.up.weight": "lora_B.weight",
    "lora_linear_layer.down.weight": "lora_A.weight",
    "lora_linear_layer.up.weight": "lora_B.weight",
    "lora_magnitude_vector": "lora_magnitude_vector",
    "lora_magnitude_vector.weight": "lora_magnitude_vector",
    "dora_scale": "lora_magnitude_vector",
    "alpha": "alpha",
}
"""How a weight's name ends, in any of the layouts -> in peft's."""
_OLD: Final = re.compile(r"\.processor\.(to_q|to_k|to_v|to_out)_lora\.(down|up)\.weight$")
"""Attention in diffusers before it used peft."""
_KOHYA: Final = {"lora_unet": "unet", "lora_te": "text_encoder", "lora_te1": "text_encoder", "lora_te2": "text_encoder_2"}
"""How kohya's names begin -> the network's folder in diffusers' layout."""


def lora_configs(
    tensors: Mapping[str, Tensor], header: Mapping[str, str], networks: Mapping[str, nn.Module], *, denoiser: str
) -> dict[str, tuple[Any, dict[str, Tensor]]]:
    """The configs and weights, the latter by peft's names, for every network that the file has a LoRA of.

    Args:
        tensors: the file's.
        header: of the file; diffusers keeps the configs there.
        networks: the base model's, by their folders' names.
        denoiser: which of them a name means that says none.

    Raises:
        UserError: a name is none of a LoRA's, or of no layer of the networks. The end of a sentence.
    """
    if not tensors:
        raise UserError("the file is empty")
    flat = {
        f"{start}_{form.replace('.', '_')}": (part, name)
        for start, part in _KOHYA.items()
        if part in networks
        for name, _ in networks[part].named_modules()
        for form in (name, f"text_model.{name}")  # transformers' CLIP had this level until version 5.6
    }
    found: dict[str, dict[str, dict[str, Tensor]]] = {}
    for key, tensor in tensors.items():
        layer, leaf = _split(key)
        part, name = flat[layer] if layer in flat else _named(layer, networks, denoiser)
        found.setdefault(part, {}).setdefault(name, {})[leaf] = tensor
    metadata = _metadata(header)
    return {part: _config(part, layers, metadata) for part, layers in found.items()}


def _split(key: str) -> tuple[str, str]:
    """A weight's name as the layer's and what the weight is to peft."""
    old = _OLD.search(key)
    if old:
        layer = {"to_out": "to_out.0"}.get(old[1], old[1])
        return f"{key[: old.start()]}.{layer}", "lora_A.weight" if old[2] == "down" else "lora_B.weight"
    leaf = next((end for end in sorted(_LEAVES, key=len, reverse=True) if key.endswith(f".{end}")), None)
    if leaf is None:
        raise UserError(f"it is no LoRA: the weight {key} is none of one (folders of peft may hold other adapters)")
    return key.removesuffix(f".{leaf}"), _LEAVES[leaf]


def _named(layer: str, networks: Mapping[str, nn.Module], denoiser: str) -> tuple[str, str]:
    """The network and the layer in it that a dotted name means."""
    bare = layer.removeprefix(PREFIX)
    start, _, rest = bare.partition(".")
    part, name = (start, rest.removeprefix(PREFIX)) if start in networks else (denoiser, bare)
    layers = {name for name, _ in networks[part].named_modules()}
    for form in (name, name.removeprefix("text_model."), f"text_model.{name}"):
        if form in layers:
            return part, form
    raise UserError(f"it is for another base model: there is no layer {layer}")


def _metadata(header: Mapping[str, str]) -> dict[str, Any]:
    text = header.get(METADATA)
    try:
        read = parse_json(text) if text else {}
    except NotRead as error:
        raise UserError(f"the metadata in its header {error.clause}") from error
    return read if isinstance(read, dict) else {}


def _config(
    part: str, layers: Mapping[str, Mapping[str, Tensor]], metadata: Mapping[str, Any]
) -> tuple[Any, dict[str, Tensor]]:
    """One network's config, from the header or else from the shapes, and its weights."""
    incomplete = next(
        (name for name, leaves in layers.items() if not {"lora_A.weight", "lora_B.weight"} <= leaves.keys()), None
    )
    if incomplete is not None:
        raise UserError(f"the layer {part}.{incomplete} has but one half of its LoRA")
    kind = peft_library().LoraConfig
    values = {key.removeprefix(f"{part}."): value for key, value in metadata.items() if key.startswith(f"{part}.")}
    ranks = {name: leaves["lora_A.weight"].shape[0] for name, leaves in layers.items()}
    rank = Counter(ranks.values()).most_common(1)[0][0]
    others = {_whole(name): value for name, value in ranks.items() if value != rank}
    # With alpha = rank peft multiplies by 1; an alpha of the file is put into the weights.
    shapes = {
        "r": rank,
        "lora_alpha": rank,
        "rank_pattern": others,
        "alpha_pattern": others,
        "use_dora": any("lora_magnitude_vector" in leaves for leaves in layers.values()),
    }
    told = ("r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_dora", "use_rslora", "lora_bias")
    if "r" in values:
        shapes = {key: values[key] for key in told if values.get(key) is not None}
    weights = {}
    for name, leaves in layers.items():
        scale = float(leaves["alpha"]) / ranks[name] if "alpha" in leaves else 1.0
        weights[f"{PREFIX}{name}.lora_A.weight"] = leaves["lora_A.weight"]
        weights[f"{PREFIX}{name}.lora_B.weight"] = leaves["lora_B.weight"] * scale
        if "lora_magnitude_vector" in leaves:
            weights[f"{PREFIX}{name}.lora_magnitude_vector"] = leaves["lora_magnitude_vector"].flatten()
    whole = "|".join(re.escape(name) for name in layers)
    return build_config(kind, shapes | {"target_modules": whole}, called="lora"), weights


def _whole(name: str) -> str:
    """A layer's whole name as a pattern of peft, which are else of names' ends."""
    return f"^{re.escape(name)}"
