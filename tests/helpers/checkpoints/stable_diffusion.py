"""A folder laid out like stable-diffusion-v1-5's repository: its configs, CLIP's own vocabulary, seeded random weights.

The weights carry the names that the published files carry, which are older than today's libraries.
"""

import gzip
import importlib.util
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from .stable_diffusion_configs import (
    FEATURE_EXTRACTOR,
    MODEL_INDEX,
    SCHEDULER,
    SPECIAL_TOKENS,
    TOKENIZER,
    Scale,
    configs,
)

#: What the VAE's attention was called when the model was published.
_OLD_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
_N_MERGES = 49152 - 256 - 2


def make_stable_diffusion(
    folder: Path,
    *,
    scale: Scale = "small",
    seed: int = 0,
    variants: Iterable[str] = ("", "fp16"),
    safety_checker: bool = True,
) -> Path:
    """Write the folder, one part in memory at a time; the full scale takes 4.3 GB of disk a float32 variant.

    Args:
        folder: made if it is not there.
        scale: "full" is the real architecture, 1.07 billion weights; "small" a few hundred thousand.
        seed: of the weights.
        variants: "" for the float32 files, "fp16" for the half-precision ones; the repository has both.
        safety_checker: True as in the repository (its weights here are no weights: reading them would fail), False for the
            entry [null, null] that saving a pipeline without one leaves.
    """
    chosen = tuple(variants)
    checker = MODEL_INDEX["safety_checker"] if safety_checker else [None, None]
    _write_json(folder / "model_index.json", MODEL_INDEX | {"safety_checker": checker})
    _write_json(folder / "scheduler" / "scheduler_config.json", SCHEDULER)
    _write_json(folder / "feature_extractor" / "preprocessor_config.json", FEATURE_EXTRACTOR)
    write_clip_tokenizer(folder / "tokenizer")
    if safety_checker:
        _write_json(folder / "safety_checker" / "config.json", {"architectures": ["StableDiffusionSafetyChecker"]})
        (folder / "safety_checker" / "model.safetensors").write_bytes(b"no weights")
    for number, (part, config) in enumerate(configs(scale).items()):
        torch.manual_seed(seed * 10 + number)
        _write_json(folder / part / "config.json", config)
        _save(folder / part, _weights(part, config), chosen, stem="model" if part == "text_encoder" else None)
    return folder


def write_clip_tokenizer(folder: Path) -> None:
    """CLIP's vocabulary of 49,408 tokens as vocab.json and merges.txt, from the merges that open_clip ships."""
    package = importlib.util.find_spec("open_clip")  # found, not imported: that would load torchvision and more
    assert package is not None
    assert package.origin is not None
    packed = Path(package.origin).with_name("bpe_simple_vocab_16e6.txt.gz")
    lines = gzip.decompress(packed.read_bytes()).decode("utf-8").split("\n")
    merges = [line.split() for line in lines[1 : _N_MERGES + 1]]
    # Bytes that print stand for themselves and come first, the others get letters from 256 on.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(code) for code in (*printable, *range(256, 512 - len(printable)))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: place for place, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    text = "\n".join(["#version: 0.2", *(" ".join(merge) for merge in merges)]) + "\n"
    (folder / "merges.txt").write_text(text, encoding="utf-8")
    _write_json(folder / "tokenizer_config.json", TOKENIZER)
    _write_json(folder / "special_tokens_map.json", SPECIAL_TOKENS)


def _weights(part: str, config: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Random weights under the names of the published files."""
    if part == "text_encoder":
        from transformers import CLIPTextConfig, CLIPTextModel

        known = {key: value for key, value in config.items() if key not in {"architectures", "_name_or_path", "torch_dtype"}}
        encoder = CLIPTextModel(CLIPTextConfig(**known))
        state = {f"text_model.{key.removeprefix('text_model.')}": value for key, value in encoder.state_dict().items()}
        positions = torch.arange(config["max_position_embeddings"])[None]
        return state | {"text_model.embeddings.position_ids": positions}
    import diffusers

    model = getattr(diffusers, config["_class_name"]).from_config(config)
    state = model.state_dict()
    if part == "vae":
        return {_old_name(key): value for key, value in state.items()}
    return dict(state)


def _old_name(key: str) -> str:
    for now, before in _OLD_ATTENTION.items():
        if ".attentions." in key:
            key = key.replace(f".{now}.", f".{before}.")
    return key


def _save(folder: Path, state: dict[str, torch.Tensor], variants: tuple[str, ...], *, stem: str | None) -> None:
    for variant in variants:
        name = ".".join(word for word in (stem or "diffusion_pytorch_model", variant, "safetensors") if word)
        dtype = torch.float16 if variant == "fp16" else torch.float32
        stored = {key: value.to(dtype) if value.is_floating_point() else value for key, value in state.items()}
        save_file({key: value.contiguous() for key, value in stored.items()}, folder / name, metadata={"format": "pt"})


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
