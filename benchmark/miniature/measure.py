"""Measure the shipped miniature models on what none of them was trained on, and write the model card."""

import math
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors import safe_open

from dreambench.baselines.base_model import BaseModel
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders import ImageEncoder, load_encoders
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.export import ENCODERS_FOLDER
from dreambench.benchmark.miniature.figures import context_read_back, leave_one_out_accuracy
from dreambench.benchmark.miniature.model_card import Curve, write_model_card
from dreambench.benchmark.miniature.recipe import Recipe
from dreambench.benchmark.miniature.vae import psnr
from dreambench.dataset.collection import Dataset, load_dataset


def measure(recipe: Recipe, corpus: Corpus, vae: AutoencoderKL, *, curves: Mapping[str, Curve], trained_on: str) -> None:
    """Compute the held-out figures on the exported weights and write MODEL_CARD.md beside the encoders."""
    device = torch.device("cpu")
    model = BaseModel.load("mini", device=device)
    protocol, suite = load_protocol("miniature"), load_suite("mini")
    encoders = load_encoders(suite.encoders, protocol, device)
    dino, clip = encoders.embedding["dino"], encoders.text("clip")
    dataset = load_dataset("mini")
    held_out = corpus.pictures[corpus.n_train :]
    read_back = context_read_back(model, clip, suite.sampler, dataset, per_prompt=4)
    parameters = {
        name: sum(p.numel() for p in module.parameters())
        for name, module in {"UNet": model.unet, "text encoder": model.text_encoder, "VAE": model.vae}.items()
    } | {name: stored_numbers(ENCODERS_FOLDER / name.lower()) for name in ("CLIP", "DINO")}
    write_model_card(
        ENCODERS_FOLDER,
        recipe=recipe,
        parameters=parameters,
        figures={
            "VAE reconstruction of held-out scenes, PSNR": f"{psnr(vae.to(device), held_out, device):.2f} dB",
            "reference images whose nearest other reference is of their subject, DINO": _percent(dino, dataset),
            "the same with CLIP": _percent(clip, dataset),
            "base model's samples (25 prompts x 15 class nouns x 4) read back by CLIP": f"{read_back.accuracy:.1%}",
        },
        read_back=read_back,
        curves=curves,
        trained_on=trained_on,
    )


def stored_numbers(folder: Path) -> int:
    """How many numbers a folder's safetensors hold: a network's parameters, where nothing else is saved with them."""
    count = 0
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as file:
            count += sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118  # no mapping
    return count


def _percent(encoder: ImageEncoder, dataset: Dataset) -> str:
    return f"{leave_one_out_accuracy(encoder, dataset):.1%}"
