"""Writing trained miniature models in the official formats: diffusers, timm and open_clip folders, float16 safetensors."""

import math
import shutil
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import AutoencoderKL, DDIMScheduler
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTokenizer

from dreambench.benchmark.miniature.clip import MEAN, STD, clip_config
from dreambench.benchmark.miniature.diffusion import BaseModelParts, scheduler_config
from dreambench.benchmark.miniature.dino import ARCHITECTURE, model_args
from dreambench.benchmark.miniature.recipe import DinoRecipe, Recipe
from dreambench.dataset.files import write_json
from dreambench.dataset.miniature.canvas import SIZE
from dreambench.dataset.reading import parse_json, read_json

_ROOT: Final = Path(__file__).parents[2]
BASE_MODEL_FOLDER: Final = _ROOT / "baselines" / "weights" / "miniature"
ENCODERS_FOLDER: Final = _ROOT / "benchmark" / "weights" / "miniature"
SMALL_DINO_FOLDER: Final = ENCODERS_FOLDER / "dino_small"


def _save_weights(module: nn.Module, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half precision halves the repository's share; every reader turns the weights back into float32 before computing.
    save_file({name: value.detach().cpu().half().contiguous() for name, value in module.state_dict().items()}, path)


def _save_config(module: Any, path: Path) -> None:
    """A model's own config without the machine's paths and the library's version of the day."""
    config = parse_json(module.config.to_json_string() if hasattr(module.config, "to_json_string") else module.to_json_string())
    config = {key: value for key, value in config.items() if key not in ("_name_or_path", "transformers_version")}
    write_json(path, config)


def _save_tokenizer(tokenizer: CLIPTokenizer, folder: Path) -> None:
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    config = read_json(path, mend="export it again.")
    kept = ("bos_token", "eos_token", "pad_token", "unk_token", "model_max_length", "errors")
    write_json(path, {key: config[key] for key in kept if key in config} | {"tokenizer_class": "CLIPTokenizer"})


def export_base_model(vae: AutoencoderKL, parts: BaseModelParts, folder: Path = BASE_MODEL_FOLDER) -> None:
    """Write a StableDiffusionPipeline folder: vae, unet, text_encoder, tokenizer, scheduler."""
    for name, module in (("vae", vae), ("unet", parts.unet)):
        _save_weights(module, folder / name / "diffusion_pytorch_model.safetensors")
        _save_config(module, folder / name / "config.json")
    _save_weights(parts.text_encoder, folder / "text_encoder" / "model.safetensors")
    _save_config(parts.text_encoder, folder / "text_encoder" / "config.json")
    _save_tokenizer(parts.tokenizer, folder / "tokenizer")
    DDIMScheduler.from_config(scheduler_config()).save_pretrained(folder / "scheduler")
    write_json(
        folder / "model_index.json",
        {
            "_class_name": "StableDiffusionPipeline",
            "feature_extractor": [None, None],
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "CLIPTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        },
    )


def export_dino(part: DinoRecipe, backbone: nn.Module, folder: Path) -> None:
    """Write a timm local-dir folder."""
    _save_weights(backbone, folder / "model.safetensors")
    write_json(
        folder / "config.json",
        {
            "architecture": ARCHITECTURE,
            "num_classes": 0,
            "num_features": part.width,
            "model_args": model_args(part),
            "pretrained_cfg": {
                "input_size": [3, SIZE, SIZE],
                "num_classes": 0,
                "mean": [0.5, 0.5, 0.5],
                "std": [0.5, 0.5, 0.5],
                "interpolation": "bicubic",
                "crop_pct": 1.0,
                "first_conv": "patch_embed.proj",
                "classifier": "head",
            },
        },
    )


def export_clip(recipe: Recipe, model: nn.Module, tokenizer: CLIPTokenizer, folder: Path = ENCODERS_FOLDER / "clip") -> None:
    """Write an open_clip local-dir folder, the tokenizer beside the weights."""
    with torch.no_grad():
        _save_weights(model, folder / "open_clip_model.safetensors")
    _save_tokenizer(tokenizer, folder)
    preprocess = {
        "mean": list(MEAN),
        "std": list(STD),
        "interpolation": "bicubic",
        "resize_mode": "shortest",
        "size": [SIZE, SIZE],
    }
    write_json(
        folder / "open_clip_config.json", {"model_cfg": clip_config(recipe, len(tokenizer)), "preprocess_cfg": preprocess}
    )


def count_parameters(folder: Path) -> int:
    """How many numbers the weight file of an exported model holds. Shapes are read, no weights."""
    (path,) = folder.glob("*.safetensors")
    with safe_open(path, framework="pt") as file:
        return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118  # no dictionary


def clear_exports(*folders: Path) -> None:
    """Remove folders of shipped weights that are about to be written anew, so that nothing of an older recipe stays in them."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
