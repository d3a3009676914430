"""What a user relies on: what a model is said to cost is what it costs."""

from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints.stable_diffusion_configs import configs

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.cost import ModelCost, model_cost
from dreambench.baselines.model.files.contents import read_config
from dreambench.benchmark.doctor.known_models import KNOWN_MODELS


@pytest.fixture(scope="module")
def stable_diffusion() -> ModelCost:
    return model_cost(configs("full"), 512)


def test_stable_diffusions_weights_are_the_published_counts(stable_diffusion: ModelCost) -> None:
    assert stable_diffusion.unet_weights == 859_520_964
    assert stable_diffusion.text_encoder_weights == 123_060_480
    assert stable_diffusion.vae_weights == 83_653_863


def test_stable_diffusions_operations_are_those_counted_elsewhere(stable_diffusion: ModelCost) -> None:
    """TFLOP at 512 px, a multiplication and an addition as two: UNet .803, encoder 1.12, decoder 2.51."""
    assert stable_diffusion.unet_flops == pytest.approx(0.803e12, rel=1e-3)
    assert stable_diffusion.encode_flops == pytest.approx(1.12e12, rel=5e-3)
    assert stable_diffusion.decode_flops == pytest.approx(2.51e12, rel=5e-3)


def _cost(folder: Path) -> ModelCost:
    return model_cost({part: read_config(folder / part / "config.json") for part in ("unet", "vae", "text_encoder")}, 32)


def test_counts_are_those_of_the_model_that_is_loaded(base: BaseModel, pipeline_folder: Path) -> None:
    cost = _cost(pipeline_folder)
    assert cost.unet_weights == sum(weight.numel() for weight in base.unet.parameters())
    assert cost.weights == sum(w.numel() for part in (base.unet, base.vae, base.text_encoder) for w in part.parameters())


def test_activations_are_about_what_autograd_keeps(base: BaseModel, pipeline_folder: Path) -> None:
    """Counted at modules' outputs; autograd keeps those and a little more, each storage once."""
    base.unet.requires_grad_(True)
    own = {weight.untyped_storage().data_ptr() for weight in base.unet.parameters()}
    kept: dict[int, Any] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        base.unet(torch.randn(1, 4, 8, 8), torch.tensor([5]), encoder_hidden_states=torch.randn(1, 24, 32))
    numbers = sum(storage.nbytes() for storage in kept.values()) / 4
    cost = _cost(pipeline_folder)
    assert 0.7 < numbers / cost.unet_activations < 1.6
    assert cost.unet_block_activations < cost.unet_activations / 2


def test_a_batch_of_pixels_costs_what_its_area_does(base: BaseModel, pipeline_folder: Path) -> None:
    small, large = (
        model_cost(
            {part: read_config(pipeline_folder / part / "config.json") for part in ("unet", "vae", "text_encoder")}, side
        )
        for side in (32, 64)
    )
    assert large.decode_activations == 4 * small.decode_activations
    assert 3.5 < large.unet_flops / small.unet_flops < 6  # four times the area; attention grows faster, the text not at all


def test_stable_diffusion_xls_weights_are_the_published_counts() -> None:
    """2.6 billion in the UNet, 817 million in the text encoders (arXiv 2307.01952, table 1)."""
    cost = model_cost(KNOWN_MODELS["stabilityai/stable-diffusion-xl-base-1.0"], 1024)
    assert cost.unet_weights == 2_567_463_684
    assert cost.text_encoder_weights == pytest.approx(817e6, rel=2e-3)


def test_flux2_kleins_weights_are_about_four_billion_twice() -> None:
    """A transformer of 4 billion, and Qwen3-4B, whose card says 4.0 billion."""
    cost = model_cost(KNOWN_MODELS["black-forest-labs/FLUX.2-klein-base-4B"], 1024)
    assert cost.unet_weights == pytest.approx(3.9e9, rel=0.04)
    assert cost.text_encoder_weights == pytest.approx(4.02e9, rel=0.01)
