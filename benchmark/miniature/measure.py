"""Measure the shipped miniature models on what none of them was trained on, and write the model card."""

from collections.abc import Mapping

import torch
from diffusers import AutoencoderKL

from dreambench.baselines.model.base_model import BaseModel
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders import ImageEncoder, load_encoders
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.export import BASE_MODEL_FOLDER, ENCODERS_FOLDER, SMALL_DINO_FOLDER, count_parameters
from dreambench.benchmark.miniature.figures import context_read_back, leave_one_out_accuracy, rank_agreement
from dreambench.benchmark.miniature.model_card import Curve, write_model_card, write_small_dino_section
from dreambench.benchmark.miniature.recipe import Recipe
from dreambench.benchmark.miniature.vae import psnr
from dreambench.dataset.collection import Dataset, load_dataset


def measure(recipe: Recipe, corpus: Corpus, vae: AutoencoderKL, *, curves: Mapping[str, Curve], trained_on: str) -> None:
    """Compute the held-out figures on the exported weights and write MODEL_CARD.md beside the encoders."""
    device = torch.device("cpu")
    model = BaseModel.load("mini", device=device)
    suite = load_suite("mini")
    encoders = load_encoders(suite.encoders, load_protocol("miniature"), device)
    dino, clip = encoders.embedding["dino"], encoders.text("clip")
    dataset = load_dataset("mini")
    held_out = corpus.pictures[corpus.n_train :]
    read_back = context_read_back(model, clip, suite.sampler_for("The model card"), dataset, per_prompt=4)
    write_model_card(
        ENCODERS_FOLDER,
        recipe=recipe,
        parameters={
            "UNet": count_parameters(BASE_MODEL_FOLDER / "unet"),
            "text encoder": count_parameters(BASE_MODEL_FOLDER / "text_encoder"),
            "VAE": count_parameters(BASE_MODEL_FOLDER / "vae"),
            "CLIP": count_parameters(ENCODERS_FOLDER / "clip"),
            "DINO": count_parameters(ENCODERS_FOLDER / "dino"),
        },
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


def measure_small_dino(recipe: Recipe, *, curve: Curve, trained_on: str) -> None:
    """Compute the figures of the second DINO on the exported weights and write its section into MODEL_CARD.md."""
    panel, dataset = load_protocol("mini-panel").only(["dino", "dino_small"]), load_dataset("mini")
    encoders = load_encoders(load_suite("mini").encoders, panel).embedding
    dino, small = encoders["dino"], encoders["dino_small"]
    write_small_dino_section(
        ENCODERS_FOLDER,
        recipe=recipe,
        parameters={"DINO small": count_parameters(SMALL_DINO_FOLDER)},
        figures={
            "reference images whose nearest other reference is of their subject, DINO small": _percent(small, dataset),
            "the same with DINO": _percent(dino, dataset),
            "rank correlation of the two DINOs' cosines over pairs of references of two subjects of a class": (
                f"{rank_agreement(dino, small, dataset):.2f}"
            ),
        },
        curve=curve,
        trained_on=trained_on,
    )


def _percent(encoder: ImageEncoder, dataset: Dataset) -> str:
    return f"{leave_one_out_accuracy(encoder, dataset):.1%}"
