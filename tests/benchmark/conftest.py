"""Tiny encoders with random weights in the packaged ones' layouts, and a small dataset of coloured squares."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreambench.benchmark.declarations.encoder import EncoderSpec, EncoderSpecs
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.encoders import Encoders, load_encoders
from dreambench.dataset.collection import Dataset
from dreambench.dataset.prompts import OFFICIAL_PROMPTS
from dreambench.dataset.subjects import Subject

SIDE = 64
CONTEXT_LENGTH = 24


def _save_tiny_dino(folder: Path, *, seed: int = 0) -> Path:
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    arguments = {"img_size": SIDE, "patch_size": 16, "embed_dim": 32, "depth": 2, "num_heads": 2}
    model = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0, **arguments)
    folder.mkdir(exist_ok=True)
    save_file(model.state_dict(), folder / "model.safetensors")
    preprocessing = {"input_size": [3, SIDE, SIDE], "num_classes": 0, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.25, 0.3]}
    config = {
        "architecture": "vit_tiny_patch16_224",
        "num_classes": 0,
        "model_args": arguments,
        "pretrained_cfg": preprocessing,
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _save_tiny_clip(folder: Path) -> Path:
    import open_clip
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = sorted({word for p in OFFICIAL_PROMPTS for word in p.text("dog can").lower().split()})
    vocabulary = {word: index for index, word in enumerate(["<pad>", "<unk>", *words, "<start>", "<end>"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(token, vocabulary[token]) for token in ("<start>", "<end>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<start> $A <end>", special_tokens=ends)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", bos_token="<start>", eos_token="<end>"
    ).save_pretrained(folder)
    model_config = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": SIDE, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {
            "context_length": CONTEXT_LENGTH,
            "vocab_size": len(vocabulary),
            "width": 32,
            "heads": 2,
            "layers": 2,
            "hf_tokenizer_name": "local",
        },
    }
    model = open_clip.CLIP(
        embed_dim=model_config["embed_dim"],
        vision_cfg=open_clip.CLIPVisionCfg(**model_config["vision_cfg"]),
        text_cfg=open_clip.CLIPTextCfg(**model_config["text_cfg"]),
    )
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    preprocess = {"mean": [0.4, 0.5, 0.6], "std": [0.25, 0.2, 0.3], "interpolation": "bicubic", "resize_mode": "shortest"}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": model_config, "preprocess_cfg": preprocess}))
    return folder


@pytest.fixture(scope="session")
def tiny_encoder_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {
        "dino": _save_tiny_dino(tmp_path_factory.mktemp("dino")),
        "clip": _save_tiny_clip(tmp_path_factory.mktemp("clip")),
    }


@pytest.fixture(scope="session")
def tiny_spec(tiny_encoder_folders: dict[str, Path]) -> EncoderSpecs:
    return {role: EncoderSpec(weights=str(folder)) for role, folder in tiny_encoder_folders.items()}


@pytest.fixture(scope="session")
def miniature_protocol() -> Protocol:
    return load_protocol("miniature")


@pytest.fixture(scope="session")
def tiny_encoders(tiny_spec: EncoderSpecs, miniature_protocol: Protocol) -> Encoders:
    return load_encoders(tiny_spec, miniature_protocol, "cpu")


def _random_image(seed: int, size: tuple[int, int] = (SIDE, SIDE)) -> Image.Image:
    """A picture with structure at several scales, so that tiny random encoders tell two of them apart."""
    noise = np.random.default_rng(seed).integers(0, 256, size=(6, 6, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="session")
def random_image() -> Callable[..., Image.Image]:
    """`random_image(seed, size=(64, 64))`: the same picture for the same seed."""
    return _random_image


@pytest.fixture(scope="session")
def save_tiny_dino() -> Callable[..., Path]:
    """`save_tiny_dino(folder, seed=0)`: another DINO for another seed."""
    return _save_tiny_dino


@pytest.fixture(scope="session")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Three subjects (two objects, one live) with 3, 4 and 2 reference images."""
    root = tmp_path_factory.mktemp("squares")
    subjects = (Subject("can", "can", "object"), Subject("dog", "dog", "live"), Subject("vase", "vase", "object"))
    for number, (subject, count) in enumerate(zip(subjects, (3, 4, 2), strict=True)):
        (root / subject.id).mkdir()
        for index in range(count):
            _random_image(100 * number + index).save(root / subject.id / f"{index:02d}.png")
    return Dataset("squares", root, subjects)
