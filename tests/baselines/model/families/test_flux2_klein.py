"""What a user relies on: FLUX.2 klein draws what diffusers' pipeline draws, and trains as its training script does."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checkpoints.flux2_klein import make_flux2_klein

from dreambench.baselines.adapters.method import Peft
from dreambench.baselines.adapters.settings import PeftSettings
from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.methods.custom_diffusion.method import CustomDiffusion
from dreambench.baselines.methods.custom_diffusion.settings import CustomDiffusionSettings
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.cost import model_cost
from dreambench.baselines.model.diffusion import draw_batch
from dreambench.baselines.model.files.contents import read_config
from dreambench.baselines.model.pictures import to_tensor
from dreambench.baselines.sampling.sampler import sample_images, start_noise
from dreambench.baselines.settings import DreamBoothSettings, SamplerSettings, TextualInversionSettings
from dreambench.baselines.training.loop import dreambooth_loss
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")
PROMPTS = ["a dog", "a cat in the snow"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_flux2_klein(tmp_path_factory.mktemp("klein"))


@pytest.fixture(scope="module")
def resident(folder: Path) -> BaseModel:
    model = BaseModel.load(folder, device=CPU)
    model.keep_weights()
    return model


@pytest.fixture
def model(resident: BaseModel) -> BaseModel:
    resident.restore()
    return resident


def context(model: BaseModel, folder: Path) -> MethodContext:
    sampler = SamplerSettings(scheduler="euler", steps=2, guidance_scale=3.0, resolution=32)
    return MethodContext(device=CPU, base=model, sampler_settings=sampler, seed=0, cache_dir=folder, batch_size=2)


def others(folder: Path) -> "object":
    """diffusers' own pipeline, its weights read by itself."""
    from diffusers import Flux2KleinPipeline

    pipeline = Flux2KleinPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize(("distilled", "guidance"), [(False, 4.0), (False, 1.0), (True, 4.0)])
def test_pictures_equal_the_diffusers_pipelines(
    model: BaseModel, folder: Path, tmp_path: Path, *, distilled: bool, guidance: float
) -> None:
    if distilled:
        folder = shutil.copytree(folder, tmp_path / "copy")
        index = folder / "model_index.json"
        index.write_text(json.dumps(json.loads(index.read_text()) | {"is_distilled": True}))
        model = BaseModel.load(folder, device=CPU)
    settings = SamplerSettings(scheduler="euler", steps=4, guidance_scale=guidance, resolution=32)
    noise = start_noise(model.latent_shape(32), [1, 2])
    theirs = others(folder)(
        prompt=PROMPTS, latents=noise, guidance_scale=guidance, num_inference_steps=4, height=32, width=32
    ).images
    drawn = sample_images(model, model.encode_text(PROMPTS), [0, 1], [1, 2], settings, batch_size=2, autocast=None)
    pictures = [np.asarray(picture).astype(int) for picture in drawn]
    for own, their in zip(pictures, theirs, strict=True):
        assert np.abs(own - np.asarray(their).astype(int)).max() <= 2
    assert np.abs(pictures[0] - pictures[1]).max() > 2  # the test would see a difference
    assert all(picture.std() > 2 for picture in pictures)


def test_loss_and_gradient_are_the_training_scripts(model: BaseModel, folder: Path, pictures: object) -> None:
    """diffusers' train_dreambooth_lora_flux2_klein, its arithmetic in plain torch on parts that diffusers read."""
    images = pictures(3)
    moments = model.moments.encode(images)
    batch = draw_batch(moments, torch.tensor([0, 2]), model.training_schedule(), torch.Generator().manual_seed(5))
    own = [weight.requires_grad_(True) for weight in model.denoiser.parameters()]
    answer = model.predict(batch.noisy, batch.timesteps, model.encode_text(["a zq dog", "a dog"]))
    loss, _ = dreambooth_loss(answer, batch.target, count=1, prior_loss_weight=0.7)
    gradients = torch.autograd.grad(loss, own, allow_unused=True)

    pipeline = others(folder)
    drawn = torch.Generator().manual_seed(5)
    index = torch.randint(1000, (2,), generator=drawn)
    _, noise = torch.randn((2, 2, 16, 8, 8), generator=drawn).unbind()
    with torch.no_grad():
        mode = pipeline.vae.encode(to_tensor([images[0], images[2]])).latent_dist.mode()
        patches = mode.view(2, 4, 8, 2, 8, 2).permute(0, 1, 3, 5, 2, 4).reshape(2, 16, 8, 8)
        normal = pipeline.vae.bn
        centred = patches - normal.running_mean.view(1, -1, 1, 1)
        latents = centred / (normal.running_var.view(1, -1, 1, 1) + pipeline.vae.config.batch_norm_eps).sqrt()
        text, text_ids = pipeline.encode_prompt(["a zq dog", "a dog"])
    sigma = ((1000 - index) / 1000).view(2, 1, 1, 1)
    noisy = (1 - sigma) * latents + sigma * noise
    theirs = pipeline.transformer(
        hidden_states=noisy.reshape(2, 16, 64).permute(0, 2, 1),
        timestep=sigma.view(2),
        guidance=None,
        encoder_hidden_states=text,
        txt_ids=text_ids,
        img_ids=torch.tensor([[[0, row, column, 0] for row in range(8) for column in range(8)]] * 2),
    ).sample
    target = (noise - latents).reshape(2, 16, 64).permute(0, 2, 1)
    expected = torch.nn.functional.mse_loss(theirs[:1], target[:1]) + 0.7 * torch.nn.functional.mse_loss(theirs[1:], target[1:])
    wanted = torch.autograd.grad(expected, list(pipeline.transformer.parameters()), allow_unused=True)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    assert len(gradients) == len(wanted)
    assert sum(gradient is not None for gradient in gradients) > 20
    for one, other in zip(gradients, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one - other).abs().max() <= 1e-5 * max(1.0, other.abs().max().item())


@pytest.mark.parametrize("train_text_encoder", [False, True])
def test_dreambooth_trains_and_draws(model: BaseModel, tmp_path: Path, make_task: object, *, train_text_encoder: bool) -> None:
    before = [weight.clone() for network in model.parts.values() for weight in network.parameters()]
    settings = DreamBoothSettings(
        steps=2,
        learning_rate=1e-4,
        class_images=2,
        class_guidance_scale=2.0,
        identifier="zq",
        train_text_encoder=train_text_encoder,
        gradient_checkpointing=True,
    )
    task: SubjectTask = make_task("dog")
    (prepared,) = DreamBooth(settings).prepare([task], context(model, tmp_path))
    (picture,) = prepared.sample([ImageRequest(task.subject, None, 0)])
    assert picture.size == (32, 32)
    trained = [weight for network in model.parts.values() for weight in network.parameters()]
    assert not all(torch.equal(old, new) for old, new in zip(before, trained, strict=True))
    model.restore()
    assert all(torch.equal(old, new) for old, new in zip(before, trained, strict=True))


def test_an_adapter_goes_into_every_network_and_out_again(model: BaseModel, tmp_path: Path, make_task: object) -> None:
    before = [weight.clone() for network in model.parts.values() for weight in network.parameters()]
    task: SubjectTask = make_task("dog")
    settings = PeftSettings(steps=2, class_images=2, class_guidance_scale=2.0, rank=2, train_text_encoder=True, identifier="zq")
    (prepared,) = Peft(settings).prepare([task], context(model, tmp_path))
    assert len(list(prepared.sample([ImageRequest(task.subject, None, 0)]))) == 1
    adapted = [any("lora" in name for name, _ in network.named_parameters()) for network in model.parts.values()]
    assert adapted == [True] * len(model.parts)
    model.restore()
    after = [weight for network in model.parts.values() for weight in network.parameters()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("method", "said"),
    [
        (TextualInversion(TextualInversionSettings(steps=1)), "cannot learn a word for this base model"),
        (CustomDiffusion(CustomDiffusionSettings(steps=1, prior_loss_weight=0)), "this base model does not have"),
    ],
)
def test_methods_that_learn_a_word_say_that_they_cannot(
    model: BaseModel, tmp_path: Path, make_task: object, method: Any, said: str
) -> None:
    with pytest.raises(UserError, match=said) as refusal:
        method.prepare([make_task("dog")], context(model, tmp_path))
    assert "\n" not in str(refusal.value)


def test_other_solvers_and_sizes_are_refused(model: BaseModel) -> None:
    with pytest.raises(UserError, match='use "euler"'):
        model.solver(SamplerSettings(scheduler="ddim", steps=2, guidance_scale=1.0, resolution=32))
    with pytest.raises(UserError, match="multiple of 4, such as 32"):
        model.latent_shape(30)


def test_a_prompt_that_is_too_long_is_refused(model: BaseModel) -> None:
    with pytest.raises(UserError, match="the base model reads 512"):
        model.tokenize(["dog " * 200])


def test_counts_are_those_of_the_model_that_is_loaded(model: BaseModel, folder: Path) -> None:
    configs = {part: read_config(folder / part / "config.json") for part in model.layout.weights}
    cost = model_cost({"model_index": {"_class_name": "Flux2KleinPipeline"}, **configs}, 32)
    sizes = {name: sum(weight.numel() for weight in network.parameters()) for name, network in model.parts.items()}
    assert cost.unet_weights == sizes["transformer"]
    assert cost.text_encoder_weights == sizes["text_encoder"]
    assert cost.unet_flops > 0
