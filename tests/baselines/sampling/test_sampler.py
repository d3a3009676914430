"""What a user relies on: the same images whatever the batch size and order, and the ones diffusers' own pipeline makes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.solvers import build_scheduler
from dreambench.baselines.sampling.sampler import SamplerSettings, sample_images, start_noise
from dreambench.dataset.errors import UserError

PROMPTS = ["a dog", "a cat in the snow", "a red vase"]


def draw(
    base: BaseModel,
    rows: Sequence[int],
    seeds: Sequence[int],
    *,
    batch_size: int = 4,
    autocast: torch.dtype | None = None,
    **changes: object,
) -> list[np.ndarray]:
    settings = SamplerSettings.model_validate({"steps": 4, "guidance_scale": 4.0, "resolution": 32, **changes})
    images = sample_images(base, base.encode_text(PROMPTS), rows, seeds, settings, batch_size=batch_size, autocast=autocast)
    return [np.asarray(image).astype(int) for image in images]


def pipeline_of(base: BaseModel, settings: SamplerSettings) -> Any:
    from diffusers import StableDiffusionPipeline

    pipeline = StableDiffusionPipeline(
        vae=base.vae,
        text_encoder=base.text_encoder,
        tokenizer=base.tokenizer,
        unet=base.unet,
        scheduler=build_scheduler(settings, base.scheduler_config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize("scheduler", ["dpmsolver++", "ddim", "pndm", "euler"])
@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_equals_the_diffusers_pipeline(base: BaseModel, scheduler: str, guidance: float) -> None:
    settings = SamplerSettings.model_validate(
        {"scheduler": scheduler, "steps": 5, "guidance_scale": guidance, "resolution": 32}
    )
    pipeline = pipeline_of(base, settings)
    noise = start_noise(base.latent_shape(32), [1, 2, 3])
    expected = pipeline(PROMPTS, latents=noise, guidance_scale=guidance, num_inference_steps=5, height=32, width=32).images
    ours = draw(base, [0, 1, 2], [1, 2, 3], scheduler=scheduler, guidance_scale=guidance, steps=5)
    for own, theirs in zip(ours, expected, strict=True):
        assert np.abs(own - np.asarray(theirs).astype(int)).max() <= 1


def test_guidance_in_an_interval_equals_a_pipeline_whose_guidance_is_switched_off_on_the_way(base: BaseModel) -> None:
    settings = SamplerSettings(scheduler="ddim", steps=5, guidance_scale=5.0, guidance_interval=(0.5, 1.0), resolution=32)
    pipeline = pipeline_of(base, settings)
    guided = sum(int(timestep) >= 500 for timestep in base.solver(settings).timesteps)
    assert 0 < guided < 5

    def switch_off(pipe: Any, step: int, timestep: int, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        if step == guided - 1:
            pipe._guidance_scale = 0.0
            tensors["prompt_embeds"] = tensors["prompt_embeds"].chunk(2)[-1]
        return tensors

    expected = pipeline(
        PROMPTS,
        latents=start_noise(base.latent_shape(32), [1, 2, 3]),
        guidance_scale=5.0,
        num_inference_steps=5,
        height=32,
        width=32,
        callback_on_step_end=switch_off,
        callback_on_step_end_tensor_inputs=["prompt_embeds"],
    ).images
    changes = {"scheduler": "ddim", "guidance_scale": 5.0, "steps": 5}
    ours = draw(base, [0, 1, 2], [1, 2, 3], guidance_interval=(0.5, 1.0), **changes)
    everywhere = draw(base, [0, 1, 2], [1, 2, 3], **changes)
    for own, theirs, guided_throughout in zip(ours, expected, everywhere, strict=True):
        assert np.abs(own - np.asarray(theirs).astype(int)).max() <= 1
        assert np.abs(own - guided_throughout).max() > 1


def test_the_whole_interval_leaves_a_units_identity_and_another_moves_it() -> None:
    settings = SamplerSettings(steps=10, guidance_scale=4.0, resolution=64)
    assert "guidance_interval" not in settings.identity()
    narrower = settings.model_copy(update={"guidance_interval": (0.2, 0.9)})
    assert narrower.identity() == settings.identity() | {"guidance_interval": [0.2, 0.9]}
    assert (settings.passes, narrower.passes) == (20, pytest.approx(17))
    with pytest.raises(ValueError, match="lower share first"):
        SamplerSettings(steps=1, guidance_scale=1, resolution=64, guidance_interval=(0.9, 0.2))


@pytest.mark.parametrize("autocast", [None, torch.bfloat16])
@pytest.mark.parametrize("batch_size", [1, 3, 16])
def test_batch_size_changes_no_image_by_more_than_one_grey_level(
    base: BaseModel, batch_size: int, autocast: torch.dtype | None
) -> None:
    rows, seeds = [0, 1, 2, 0, 1, 2, 2], [10, 11, 12, 13, 14, 15, 16]
    reference = draw(base, rows, seeds, batch_size=7, autocast=autocast)
    other = draw(base, rows, seeds, batch_size=batch_size, autocast=autocast)
    assert max(np.abs(a - b).max() for a, b in zip(reference, other, strict=True)) <= 1


def test_order_changes_no_image(base: BaseModel) -> None:
    forward = draw(base, [0, 1, 2], [5, 6, 7])
    backward = draw(base, [2, 1, 0], [7, 6, 5])[::-1]
    assert max(np.abs(a - b).max() for a, b in zip(forward, backward, strict=True)) <= 1


def test_bf16_autocast_changes_little(base: BaseModel) -> None:
    exact = np.stack(draw(base, [0, 1, 2], [5, 6, 7]))
    rounded = np.stack(draw(base, [0, 1, 2], [5, 6, 7], autocast=torch.bfloat16))
    assert np.abs(exact - rounded).mean() < 2


def test_start_noise_of_an_image_depends_on_its_seed_alone() -> None:
    together = start_noise((4, 8, 8), [3, 4, 5])
    assert torch.equal(together[1], start_noise((4, 8, 8), [4])[0])
    assert together.std().item() == pytest.approx(1, abs=0.1)


def test_images_are_made_lazily(base: BaseModel) -> None:
    calls = []
    hook = base.vae.decoder.register_forward_hook(lambda *_: calls.append(1))
    try:
        settings = SamplerSettings(steps=1, guidance_scale=1.0, resolution=32)
        images = sample_images(base, base.encode_text(["a dog"]), [0] * 6, range(6), settings, batch_size=2, autocast=None)
        first = next(images)
    finally:
        hook.remove()
    assert isinstance(first, Image.Image)
    assert (first.mode, first.size) == ("RGB", (32, 32))
    assert len(calls) == 1


def test_a_resolution_that_does_not_fit_is_named(base: BaseModel) -> None:
    with pytest.raises(UserError, match="multiple of 8, such as 32"):
        draw(base, [0], [0], resolution=30)


@pytest.mark.parametrize(("value", "word"), [(float("nan"), "finite"), (-9.0, "black")])
def test_broken_images_are_errors(base: BaseModel, value: float, word: str) -> None:
    hook = base.vae.decoder.register_forward_hook(lambda _module, _inputs, output: torch.full_like(output, value))
    try:
        with pytest.raises(UserError, match=word):
            draw(base, [0], [0])
    finally:
        hook.remove()
