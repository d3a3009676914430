"""The shipped miniature models are those of the recipe, small enough, and fit for their job on what they never saw."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dreambench.baselines.model.base_model import BaseModel
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders import Encoders, load_encoders
from dreambench.benchmark.miniature.export import BASE_MODEL_FOLDER, ENCODERS_FOLDER
from dreambench.benchmark.miniature.figures import context_read_back, leave_one_out_accuracy
from dreambench.benchmark.miniature.recipe import load_recipe
from dreambench.benchmark.miniature.vae import psnr
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.miniature.scene import render
from dreambench.dataset.miniature.training_scenes import training_scene

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def encoders() -> Encoders:
    return load_encoders(load_suite("mini").encoders, load_protocol("mini-panel"), CPU)


@pytest.fixture(scope="module")
def model() -> BaseModel:
    return BaseModel.load("mini", device=CPU)


def _weights() -> list[Path]:
    return [path for folder in (BASE_MODEL_FOLDER, ENCODERS_FOLDER) for path in folder.rglob("*.safetensors")]


def test_the_weights_are_those_of_the_recipe() -> None:
    assert load_recipe().hash in (ENCODERS_FOLDER / "MODEL_CARD.md").read_text()


def test_all_weights_together_are_under_30_megabytes() -> None:
    assert len(_weights()) == 6
    assert sum(path.stat().st_size for path in _weights()) < 30e6


def test_dino_names_the_subject_and_clip_does_so_less_often(encoders: Encoders) -> None:
    dataset = load_dataset("mini")
    by_dino, by_clip = (leave_one_out_accuracy(encoders.embedding[role], dataset) for role in ("dino", "clip"))
    assert by_dino >= 0.9
    assert by_clip < by_dino


def test_the_autoencoder_keeps_held_out_scenes(model: BaseModel) -> None:
    recipe = load_recipe()
    held_out = range(recipe.scenes, recipe.scenes + 100)
    pictures = np.stack([np.asarray(render(training_scene(index, seed=recipe.seed).scene)) for index in held_out])
    assert psnr(model.vae, pictures, CPU) >= 26


@pytest.mark.slow
def test_clip_reads_the_context_of_the_base_models_samples(model: BaseModel, encoders: Encoders) -> None:
    clip, sampler = encoders.text("clip"), load_suite("mini").sampler_for("The test")
    assert context_read_back(model, clip, sampler, load_dataset("mini"), per_prompt=1).accuracy >= 0.8
