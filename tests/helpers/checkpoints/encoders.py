"""The encoders' official checkpoints: the architectures at full size, the layouts that are published, seeded random weights.

Names and shapes are written down here from the releases (facebookresearch/dino, openai/CLIP, the hub's config.json files)
and not taken from the libraries that are to read them.
"""

import json
from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file

State = dict[str, torch.Tensor]
DinoLayout = Literal["timm", "timm folder", "facebook", "facebook training", "hugging face"]
ClipLayout = Literal["open_clip", "openai", "hugging face"]


@dataclass(frozen=True)
class Tower:
    """A transformer's sizes; `patch` and `image` are 0 for text."""

    width: int
    depth: int
    heads: int
    patch: int = 0
    image: int = 224

    @property
    def tokens(self) -> int:
        return (self.image // self.patch) ** 2 + 1


@dataclass(frozen=True)
class ClipSize:
    """A CLIP's sizes."""

    vision: Tower
    text: Tower
    joint: int
    vocabulary: int = 49408
    context: int = 77


DINO_SIZES = {
    "S/16": Tower(384, 12, 6, 16),
    "S/8": Tower(384, 12, 6, 8),
    "B/16": Tower(768, 12, 12, 16),
    "B/8": Tower(768, 12, 12, 8),
}
CLIP_SIZES = {
    "B/32": ClipSize(Tower(768, 12, 12, 32), Tower(512, 12, 8), 512),
    "L/14": ClipSize(Tower(1024, 24, 16, 14), Tower(768, 12, 12), 768),
    "H/14": ClipSize(Tower(1280, 32, 16, 14), Tower(1024, 24, 16), 1024),
    "tiny": ClipSize(Tower(64, 2, 1, 16, 32), Tower(64, 2, 1), 32),  # heads of 64, as in all of CLIP's
}


def dino_state(size: str, *, seed: int = 0, device: str = "cpu") -> State:
    """DINO's weights by Facebook's names, which timm kept."""
    shape = DINO_SIZES[size]
    width = shape.width
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, shape.tokens, width),
        "patch_embed.proj.weight": (width, 3, shape.patch, shape.patch),
        "patch_embed.proj.bias": (width,),
    }
    for number in range(shape.depth):
        block = f"blocks.{number}."
        shapes |= _norm(block + "norm1", width) | _linear(block + "attn.qkv", width, 3 * width)
        shapes |= _linear(block + "attn.proj", width, width) | _norm(block + "norm2", width)
        shapes |= _linear(block + "mlp.fc1", width, 4 * width) | _linear(block + "mlp.fc2", 4 * width, width)
    return _random(shapes | _norm("norm", width), seed, device)


def clip_state(size: str | ClipSize, *, seed: int = 0, device: str = "cpu") -> State:
    """CLIP's weights by OpenAI's names, which open_clip kept."""
    sizes = CLIP_SIZES[size] if isinstance(size, str) else size
    vision, text = sizes.vision, sizes.text
    shapes: dict[str, tuple[int, ...]] = {
        "positional_embedding": (sizes.context, text.width),
        "text_projection": (text.width, sizes.joint),
        "logit_scale": (),
        "visual.class_embedding": (vision.width,),
        "visual.positional_embedding": (vision.tokens, vision.width),
        "visual.proj": (vision.width, sizes.joint),
        "visual.conv1.weight": (vision.width, 3, vision.patch, vision.patch),
        "token_embedding.weight": (sizes.vocabulary, text.width),
    }
    for prefix, tower in (("visual.transformer", vision), ("transformer", text)):
        width = tower.width
        for number in range(tower.depth):
            block = f"{prefix}.resblocks.{number}."
            shapes |= {block + "attn.in_proj_weight": (3 * width, width), block + "attn.in_proj_bias": (3 * width,)}
            shapes |= _linear(block + "attn.out_proj", width, width)
            shapes |= _norm(block + "ln_1", width) | _norm(block + "ln_2", width)
            shapes |= _linear(block + "mlp.c_fc", width, 4 * width) | _linear(block + "mlp.c_proj", 4 * width, width)
    shapes |= _norm("visual.ln_pre", vision.width) | _norm("visual.ln_post", vision.width) | _norm("ln_final", text.width)
    return _random(shapes, seed, device)


def write_dino(folder: Path, layout: DinoLayout, *, size: str = "S/16", seed: int = 0) -> Path:
    """Write a checkpoint; returns the file or folder to name in a suite."""
    folder.mkdir(parents=True, exist_ok=True)
    state = dino_state(size, seed=seed)
    if layout == "timm":
        return _safetensors(state, folder / "model.safetensors")
    if layout == "timm folder":
        name = f"vit_{'small' if size.startswith('S') else 'base'}_patch{size[2:]}_224"
        cfg = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "num_classes": 0, "input_size": [3, 224, 224]}
        cfg |= {"first_conv": "patch_embed.proj", "classifier": "head", "tag": "dino"}
        _json(folder / "config.json", {"architecture": name, "num_classes": 0, "pretrained_cfg": cfg})
        _safetensors(state, folder / "model.safetensors")
        return folder
    if layout == "facebook":  # dino_deitsmall16_pretrain.pth
        torch.save(state, folder / "dino_pretrain.pth")
        return folder / "dino_pretrain.pth"
    if layout == "facebook training":  # dino_deitsmall16_pretrain_full_checkpoint.pth
        head = {"module.head.mlp.0.weight": torch.zeros(8, 4), "module.head.last_layer.weight_g": torch.ones(8, 1)}
        both = {f"module.backbone.{key}": value for key, value in state.items()} | head
        other = {key: value + 1 for key, value in both.items()}
        record = {
            "student": other,
            "teacher": both,
            "optimizer": {"state": {}},
            "epoch": 800,
            "args": Namespace(arch="vit_small"),
        }
        torch.save(record, folder / "dino_full_checkpoint.pth")
        return folder / "dino_full_checkpoint.pth"
    shape = DINO_SIZES[size]
    config = {"architectures": ["ViTModel"], "model_type": "vit", "hidden_act": "gelu", "layer_norm_eps": 1e-12}
    config |= {"hidden_size": shape.width, "num_hidden_layers": shape.depth, "num_attention_heads": shape.heads}
    config |= {"intermediate_size": 4 * shape.width, "patch_size": shape.patch, "image_size": 224, "qkv_bias": True}
    _json(folder / "config.json", config)
    _safetensors(vit_names(state, shape), folder / "model.safetensors")
    return folder


def write_clip(
    folder: Path,
    layout: ClipLayout,
    *,
    size: str | ClipSize = "B/32",
    seed: int = 0,
    activation: str = "quick_gelu",
    dtype: torch.dtype = torch.float32,
) -> Path:
    """Write a checkpoint; returns the file or folder to name in a suite."""
    folder.mkdir(parents=True, exist_ok=True)
    sizes = CLIP_SIZES[size] if isinstance(size, str) else size
    state = {key: value.to(dtype) for key, value in clip_state(sizes, seed=seed).items()}
    if layout == "open_clip":
        return _safetensors(state, folder / "clip.safetensors")
    if layout == "openai":  # the weights of ViT-B-32.pt, half precision and three numbers among them
        numbers = {"input_resolution": sizes.vision.image, "context_length": sizes.context, "vocab_size": sizes.vocabulary}
        extra = {key: torch.tensor(value) for key, value in numbers.items()}
        torch.save(state | extra, folder / "openai.pt")
        return folder / "openai.pt"
    _json(folder / "config.json", clip_config(sizes, activation))
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    _json(folder / "preprocessor_config.json", {"image_mean": mean, "image_std": std, "size": 224, "crop_size": 224})
    _safetensors(clip_names(state, sizes), folder / "model.safetensors")
    return folder


def clip_config(sizes: ClipSize, activation: str) -> dict[str, Any]:
    """transformers' config.json of a CLIPModel."""

    def tower(shape: Tower) -> dict[str, Any]:
        return {
            "hidden_size": shape.width,
            "intermediate_size": 4 * shape.width,
            "num_hidden_layers": shape.depth,
            "num_attention_heads": shape.heads,
            "hidden_act": activation,
        }

    vision = tower(sizes.vision) | {"patch_size": sizes.vision.patch, "image_size": sizes.vision.image}
    text = tower(sizes.text) | {"vocab_size": sizes.vocabulary, "max_position_embeddings": sizes.context, "eos_token_id": 49407}
    config = {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": sizes.joint}
    return config | {"vision_config": vision, "text_config": text}


def open_clip_config(sizes: ClipSize, activation: str) -> dict[str, Any]:
    """open_clip's description of the same CLIP."""
    vision = {"image_size": sizes.vision.image, "layers": sizes.vision.depth, "width": sizes.vision.width}
    vision |= {"patch_size": sizes.vision.patch, "head_width": sizes.vision.width // sizes.vision.heads}
    text = {"context_length": sizes.context, "vocab_size": sizes.vocabulary, "width": sizes.text.width}
    text |= {"heads": sizes.text.heads, "layers": sizes.text.depth}
    quick = {"quick_gelu": True} if activation == "quick_gelu" else {}
    return {"embed_dim": sizes.joint, **quick, "vision_cfg": vision, "text_cfg": text}


def vit_names(state: State, shape: Tower) -> State:
    """Facebook's names into those of transformers' ViTModel, as google/vit and facebook/dino-vits16 have them on the hub."""
    out = {
        "embeddings.cls_token": state["cls_token"],
        "embeddings.position_embeddings": state["pos_embed"],
        "embeddings.patch_embeddings.projection.weight": state["patch_embed.proj.weight"],
        "embeddings.patch_embeddings.projection.bias": state["patch_embed.proj.bias"],
        "layernorm.weight": state["norm.weight"],
        "layernorm.bias": state["norm.bias"],
        "pooler.dense.weight": torch.zeros(shape.width, shape.width),  # no part of the encoder
        "pooler.dense.bias": torch.zeros(shape.width),
    }
    theirs = {"norm1": "layernorm_before", "norm2": "layernorm_after", "attn.proj": "attention.output.dense"}
    theirs |= {"mlp.fc1": "intermediate.dense", "mlp.fc2": "output.dense"}
    for number in range(shape.depth):
        for kind in ("weight", "bias"):
            layer, block = f"encoder.layer.{number}.", f"blocks.{number}."
            for name, part in zip(("query", "key", "value"), state[f"{block}attn.qkv.{kind}"].chunk(3), strict=True):
                out[f"{layer}attention.attention.{name}.{kind}"] = part.contiguous()
            for mine, name in theirs.items():
                out[f"{layer}{name}.{kind}"] = state[f"{block}{mine}.{kind}"]
    return out


def clip_names(state: State, sizes: ClipSize) -> State:
    """OpenAI's names into those of transformers' CLIPModel."""
    out = {
        "logit_scale": state["logit_scale"],
        "text_projection.weight": state["text_projection"].T.contiguous(),
        "visual_projection.weight": state["visual.proj"].T.contiguous(),
        "text_model.embeddings.token_embedding.weight": state["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": state["positional_embedding"],
        "text_model.embeddings.position_ids": torch.arange(sizes.context)[None],  # files of 2021 have them
        "vision_model.embeddings.class_embedding": state["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": state["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": state["visual.positional_embedding"],
        "vision_model.embeddings.position_ids": torch.arange(sizes.vision.tokens)[None],
    }
    norms = {"visual.ln_pre": "vision_model.pre_layrnorm", "visual.ln_post": "vision_model.post_layernorm"}
    norms |= {"ln_final": "text_model.final_layer_norm"}
    theirs = {"ln_1": "layer_norm1", "ln_2": "layer_norm2", "attn.out_proj": "self_attn.out_proj"}
    theirs |= {"mlp.c_fc": "mlp.fc1", "mlp.c_proj": "mlp.fc2"}
    towers = (("visual.transformer", "vision_model", sizes.vision), ("transformer", "text_model", sizes.text))
    for kind in ("weight", "bias"):
        out |= {f"{name}.{kind}": state[f"{mine}.{kind}"] for mine, name in norms.items()}
        for prefix, model, tower in towers:
            for number in range(tower.depth):
                block, layer = f"{prefix}.resblocks.{number}.", f"{model}.encoder.layers.{number}."
                for name, part in zip("qkv", state[f"{block}attn.in_proj_{kind}"].chunk(3), strict=True):
                    out[f"{layer}self_attn.{name}_proj.{kind}"] = part.contiguous()
                for mine, name in theirs.items():
                    out[f"{layer}{name}.{kind}"] = state[f"{block}{mine}.{kind}"]
    return out


def shallow(size: str, depth: int) -> ClipSize:
    """A CLIP of full width and few layers: cheap to run."""
    sizes = CLIP_SIZES[size]
    return replace(sizes, vision=replace(sizes.vision, depth=depth), text=replace(sizes.text, depth=depth))


def _random(shapes: dict[str, tuple[int, ...]], seed: int, device: str) -> State:
    """Weights under which pictures differ: the size of a layer's answers stays as it is, and biases are not 0."""
    if device == "meta":
        return {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
    generator = torch.Generator().manual_seed(seed)
    state: State = {}
    for key, shape in shapes.items():
        noise = torch.randn(shape, generator=generator)
        if key == "logit_scale":
            state[key] = torch.tensor(4.6052)
        elif "ln_" in key or "norm" in key:
            state[key] = 0.1 * noise + (1.0 if key.endswith("weight") else 0.0)
        elif key.endswith("bias"):
            state[key] = 0.1 * noise
        elif "embed" in key and "patch_embed" not in key:
            state[key] = 0.5 * noise
        else:
            inputs = noise[0].numel() if noise.ndim > 1 else 1
            state[key] = noise * inputs**-0.5
    return state


def _linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _safetensors(state: State, path: Path) -> Path:
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


def _json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values), encoding="utf-8")
