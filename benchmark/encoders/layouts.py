"""Translating checkpoints: the names that other releases give the same weights, into timm's and open_clip's."""

import re
from collections.abc import Container, Iterable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import torch

    State = Mapping[str, torch.Tensor]

#: What an image model's checkpoint carries beside the encoder: classifiers, projection heads, masked-image tokens.
_BESIDE: Final = ("head.", "fc.", "classifier.", "pooler.", "mask_token", "embeddings.mask_token")
#: What OpenAI's archives carry beside the weights; no other release does.
_OPENAI_NUMBERS: Final = frozenset({"input_resolution", "context_length", "vocab_size"})
_VIT_NAMES: Final = {
    "embeddings.cls_token": "cls_token",
    "embeddings.position_embeddings": "pos_embed",
    "embeddings.patch_embeddings.projection": "patch_embed.proj",
    "layernorm": "norm",
    "layernorm_before": "norm1",
    "layernorm_after": "norm2",
    "attention.output.dense": "attn.proj",
    "intermediate.dense": "mlp.fc1",
    "output.dense": "mlp.fc2",
    "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
}
_CLIP_NAMES: Final = {
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding": "visual.conv1",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm": "visual.ln_pre",  # transformers' own spelling
    "vision_model.post_layernorm": "visual.ln_post",
    "text_model.embeddings.token_embedding": "token_embedding",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm": "ln_final",
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_TRANSPOSED: Final = {"visual_projection.weight": "visual.proj", "text_projection.weight": "text_projection"}
_CLIP_TOWERS: Final = {"vision_model": "visual.transformer", "text_model": "transformer"}


def is_hugging_face_clip(names: Iterable[str]) -> bool:
    """Whether a checkpoint's names are those of transformers' CLIPModel."""
    return "vision_model.embeddings.class_embedding" in names


def is_openai_archive(names: Iterable[str]) -> bool:
    """Whether a checkpoint comes from OpenAI's own release, which keeps its input sizes among the weights."""
    return set(names) >= _OPENAI_NUMBERS


def to_timm(state: "State", *, known: Container[str] = ()) -> "dict[str, torch.Tensor]":
    """An image model's weights by timm's names.

    Args:
        state: by timm's names; by Facebook's, which are the same for DINO and DINOv2; or by those of transformers'
            ViTModel or Dinov2Model. Classifiers, projection heads and mask tokens are left out.
        known: names that the network has, and that are no classifier's then: some keep a norm in their head.

    Raises:
        ValueError: a layer has some of query, key and value, but not all.
    """
    state = {key.removeprefix("vit.").removeprefix("dinov2."): value for key, value in state.items()}
    state = {key: value for key, value in state.items() if key in known or not key.startswith(_BESIDE)}
    if "embeddings.cls_token" not in state:
        return dict(state)
    layer, part = r"encoder\.layer\.(\d+)\.", r"attention\.attention\.(query|key|value)\.(weight|bias)"
    state = _joined(state, re.compile(layer + part), ("query", "key", "value"), "blocks.{0}.attn.qkv.{1}")
    return {_renamed(key, _VIT_NAMES, re.compile(layer), "blocks.{0}."): value for key, value in state.items()}


def to_open_clip(state: "State") -> "dict[str, torch.Tensor]":
    """A CLIP's weights by open_clip's names.

    Args:
        state: by open_clip's names; by OpenAI's, which are the same and three numbers more; or by those of
            transformers' CLIPModel.

    Raises:
        ValueError: a layer has some of query, key and value, but not all.
    """
    if not is_hugging_face_clip(state):
        return {key: value for key, value in state.items() if key not in _OPENAI_NUMBERS}
    state = {key: value for key, value in state.items() if not key.endswith(".position_ids")}  # old files keep 0, 1, 2...
    for tower, ours in _CLIP_TOWERS.items():
        layer = rf"{tower}\.encoder\.layers\.(\d+)\."
        part = re.compile(layer + r"self_attn\.(q|k|v)_proj\.(weight|bias)")
        state = _joined(state, part, ("q", "k", "v"), ours + ".resblocks.{0}.attn.in_proj_{1}")
        state = {_renamed(key, _CLIP_NAMES, re.compile(layer), ours + ".resblocks.{0}."): value for key, value in state.items()}
    turned = {ours: state[theirs].T.contiguous() for theirs, ours in _TRANSPOSED.items() if theirs in state}
    return {key: value for key, value in state.items() if key not in _TRANSPOSED} | turned


def _joined(state: "State", part: re.Pattern[str], order: tuple[str, str, str], target: str) -> "dict[str, torch.Tensor]":
    """The same with each layer's query, key and value, three tensors, as the one that the fused projection has."""
    import torch

    joined: dict[str, torch.Tensor] = {}
    threes: dict[str, dict[str, torch.Tensor]] = {}
    for key, value in state.items():
        if found := part.fullmatch(key):
            number, which, kind = found.groups()
            threes.setdefault(target.format(number, kind), {})[which] = value
        else:
            joined[key] = value
    for key, three in threes.items():
        if len(three) != len(order):
            raise ValueError(f"{key} has only {', '.join(three)}")
        joined[key] = torch.cat([three[which] for which in order])
    return joined


def _renamed(key: str, names: Mapping[str, str], layer: re.Pattern[str], target: str) -> str:
    """A key by its new name; `layer` is a layer's prefix, and `target` what it becomes."""
    prefix, rest = "", key
    if found := layer.match(key):
        prefix, rest = target.format(found[1]), key[found.end() :]
    if rest in names:
        return prefix + names[rest]
    stem, dot, kind = rest.rpartition(".")
    return f"{prefix}{names.get(stem, stem)}{dot}{kind}"
