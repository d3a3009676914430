"""Measure the shipped miniature models on what none of them was trained on, and write the model card."""

from collections.abc import Mapping

import torch
from diffusers import AutoencoderKL

from dreambench.baselines.base_model import BaseModel
from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders.clip import OpenClipEncoder
from dreambench.benchmark.encoders.encoder import ImageEncoder, TransformedEncoder
from dreambench.benchmark.encoders.loading import load_encoder
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.export import ENCODERS_FOLDER
from dreambench.benchmark.miniature.figures import context_read_back, leave_one_out_accuracy, rank_agreement
from dreambench.benchmark.miniature.model_card import Curve, write_model_card, write_small_dino_section
from dreambench.benchmark.miniature.recipe import Recipe
from dreambench.benchmark.miniature.vae import psnr
from dreambench.dataset.collection import Dataset, load_dataset


def measure(recipe: Recipe, corpus: Corpus, vae: AutoencoderKL, *, curves: Mapping[str, Curve], trained_on: str) -> None:
    """Compute the held-out figures on the exported weights and write MODEL_CARD.md beside the encoders."""
    device = torch.device("cpu")
    model = BaseModel.load("mini", device=device)
    protocol, suite = load_protocol("miniature"), load_suite("mini")
    dino, clip = _packaged("dino", protocol), _packaged("clip", protocol)
    assert isinstance(clip, OpenClipEncoder)
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


def measure_small_dino(recipe: Recipe, *, curve: Curve, trained_on: str) -> None:
    """Compute the figures of the second DINO on the exported weights and write its section into MODEL_CARD.md."""
    protocol, dataset = load_protocol("mini-panel"), load_dataset("mini")
    dino, small = _packaged("dino", protocol), _packaged("dino_small", protocol)
    write_small_dino_section(
        ENCODERS_FOLDER,
        recipe=recipe,
        parameters={"DINO small": _count(small)},
        figures={
            "reference images whose nearest other reference is of their subject, DINO small": _percent(small, dataset),
            "the same with DINO": _percent(dino, dataset),
            "rank correlation of the two DINOs' cosines over pairs of references of two subjects": (
                f"{rank_agreement(dino, small, dataset):.2f}"
            ),
        },
        curve=curve,
        trained_on=trained_on,
    )


def _packaged(role: str, protocol: Protocol) -> TransformedEncoder:
    """One of the package's own encoders, as a protocol uses it."""
    encoder = load_encoder(role, protocol, {role: EncoderSpec(weights=MINI)})
    assert isinstance(encoder, TransformedEncoder)
    return encoder


def _count(encoder: TransformedEncoder) -> int:
    """How many parameters an encoder has."""
    return sum(parameter.numel() for parameter in encoder.network.parameters())


def _percent(encoder: ImageEncoder, dataset: Dataset) -> str:
    return f"{leave_one_out_accuracy(encoder, dataset):.1%}"
