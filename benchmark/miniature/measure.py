"""Measure the shipped miniature models on what none of them was trained on, and write the model card."""

from collections.abc import Mapping

import torch
from diffusers import AutoencoderKL

from dreambench.baselines.base_model import BaseModel
from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders.clip import load_clip
from dreambench.benchmark.encoders.dino import load_dino
from dreambench.benchmark.encoders.encoder import ImageEncoder
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
    if protocol.dino == "none":
        raise ValueError("the miniature's protocol must say what DINO sees")
    dino = load_dino(EncoderSpec(weights="mini"), protocol.dino, device)
    clip = load_clip(EncoderSpec(weights="mini"), protocol.clip, device)
    dataset = load_dataset("mini")
    held_out = corpus.pictures[corpus.n_train :]
    read_back = context_read_back(model, clip, suite.sampler_for("The model card"), dataset, per_prompt=4)
    parameters = {
        "UNet": model.unet,
        "text encoder": model.text_encoder,
        "VAE": model.vae,
        "CLIP": clip.network,
        "DINO": dino.network,
    }
    write_model_card(
        ENCODERS_FOLDER,
        recipe=recipe,
        parameters={name: sum(p.numel() for p in module.parameters()) for name, module in parameters.items()},
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


def _percent(encoder: ImageEncoder, dataset: Dataset) -> str:
    return f"{leave_one_out_accuracy(encoder, dataset):.1%}"
