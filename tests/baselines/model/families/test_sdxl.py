"""What a user relies on: Stable Diffusion XL draws what diffusers' pipeline draws, and trains as its training script does."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints.stable_diffusion_xl import make_stable_diffusion_xl
from safetensors.torch import load_file

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
from dreambench.baselines.model.files.contents import missing_files, model_files, read_config
from dreambench.baselines.model.pictures import to_tensor
from dreambench.baselines.sampling.sampler import sample_images, start_noise
from dreambench.baselines.settings import DreamBoothSettings, SamplerSettings, TextualInversionSettings
from dreambench.baselines.training.loop import dreambooth_loss
from dreambench.baselines.training.placeholder import PLACEHOLDER, encode_spliced, initial_vectors, splice_prompt
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

CPU = torch.device("cpu")
PROMPT = load_dataset("mini").prompts_of("live")[0]
PROMPTS = ["a dog", "a cat in the snow"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_stable_diffusion_xl(tmp_path_factory.mktemp("sdxl"))


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
    from diffusers import StableDiffusionXLPipeline

    pipeline = StableDiffusionXLPipeline.from_pretrained(folder, add_watermarker=False)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize(
    ("zeros", "guidance", "scheduler"),
    [(True, 5.0, "euler"), (True, 1.0, "euler"), (False, 5.0, "euler"), (True, 5.0, "ddim"), (True, 5.0, "dpmsolver++")],
)
def test_pictures_equal_the_diffusers_pipelines(
    model: BaseModel, folder: Path, tmp_path: Path, *, zeros: bool, guidance: float, scheduler: str
) -> None:
    if not zeros:
        folder = shutil.copytree(folder, tmp_path / "copy")
        index = folder / "model_index.json"
        index.write_text(json.dumps(json.loads(index.read_text()) | {"force_zeros_for_empty_prompt": False}))
        model = BaseModel.load(folder, device=CPU)
    settings = SamplerSettings.model_validate(
        {"scheduler": scheduler, "steps": 4, "guidance_scale": guidance, "resolution": 32}
    )
    pipeline = others(folder)
    if scheduler != "euler":  # otherwise the checkpoint's own
        pipeline.scheduler = model.solver(settings)
    noise = start_noise(model.latent_shape(32), [1, 2])
    theirs = pipeline(PROMPTS, latents=noise, guidance_scale=guidance, num_inference_steps=4, height=32, width=32).images
    drawn = sample_images(model, model.encode_text(PROMPTS), [0, 1], [1, 2], settings, batch_size=2, autocast=None)
    pictures = [np.asarray(picture).astype(int) for picture in drawn]
    for own, their in zip(pictures, theirs, strict=True):
        assert np.abs(own - np.asarray(their).astype(int)).max() <= 2
    assert np.abs(pictures[0] - pictures[1]).max() > 2  # the test would see a difference
    assert all(picture.std() > 2 for picture in pictures)


def test_what_the_empty_prompt_is_belongs_to_the_weights_hash(model: BaseModel, folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    index = copy / "model_index.json"
    index.write_text(json.dumps(json.loads(index.read_text()) | {"force_zeros_for_empty_prompt": False}))
    other = BaseModel.load(copy, device=CPU)
    assert other.weights_hash != model.weights_hash
    assert not model.unconditional().text.any()
    assert torch.equal(other.unconditional().text, other.encode_text([""]).text)


def test_loss_and_gradient_are_the_training_scripts(model: BaseModel, folder: Path, pictures: object) -> None:
    """diffusers' train_dreambooth_lora_sdxl, its arithmetic in plain torch on parts that diffusers read."""
    from diffusers import DDPMScheduler

    images = pictures(3)
    moments = model.moments.encode(images)
    indices = torch.tensor([0, 2])
    schedule = model.training_schedule()
    batch = draw_batch(moments, indices, schedule, torch.Generator().manual_seed(5))
    token_ids = model.tokenize(["a zq dog", "a dog"])
    own = [*model.denoiser.parameters(), *(w for tower in model.towers for w in tower.encoder.parameters())]
    for weight in own:
        weight.requires_grad_(True)
    answer = model.predict(batch.noisy, batch.timesteps, model.encode_tokens(token_ids))
    loss, _ = dreambooth_loss(answer, batch.target, count=1, prior_loss_weight=0.7)
    gradients = torch.autograd.grad(loss, own, allow_unused=True)

    pipeline = others(folder)
    drawn = torch.Generator().manual_seed(5)
    timesteps = torch.randint(1000, (2,), generator=drawn)
    posterior_noise, noise = torch.randn((2, 2, 4, 8, 8), generator=drawn).unbind()
    posterior = pipeline.vae.encode(to_tensor([images[0], images[2]])).latent_dist
    latents = ((posterior.mean + posterior.std * posterior_noise) * 0.13025).detach()
    noisy = DDPMScheduler.from_config(pipeline.scheduler.config).add_noise(latents, noise, timesteps)
    hidden = []
    for tokenizer, encoder in (
        (pipeline.tokenizer, pipeline.text_encoder),
        (pipeline.tokenizer_2, pipeline.text_encoder_2),
    ):
        ids = tokenizer(["a zq dog", "a dog"], padding="max_length", max_length=77, return_tensors="pt").input_ids
        told = encoder(ids, output_hidden_states=True)
        hidden.append(told.hidden_states[-2])
    beside = {"text_embeds": told[0], "time_ids": torch.tensor([[32.0, 32, 0, 0, 32, 32]] * 2)}
    theirs = pipeline.unet(noisy, timesteps, torch.cat(hidden, dim=-1), added_cond_kwargs=beside).sample
    expected = torch.nn.functional.mse_loss(theirs[:1], noise[:1]) + 0.7 * torch.nn.functional.mse_loss(theirs[1:], noise[1:])
    networks = (pipeline.unet, pipeline.text_encoder, pipeline.text_encoder_2)
    wanted = torch.autograd.grad(expected, [w for network in networks for w in network.parameters()], allow_unused=True)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    assert len(gradients) == len(wanted)
    assert sum(gradient is not None for gradient in gradients) > 50
    for one, other in zip(gradients, wanted, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert (one - other).abs().max() <= 1e-5 * max(1.0, other.abs().max().item())


def test_dreambooth_trains_and_draws(model: BaseModel, tmp_path: Path, make_task: object) -> None:
    before = [weight.clone() for network in model.parts.values() for weight in network.parameters()]
    settings = DreamBoothSettings(steps=2, learning_rate=1e-4, class_images=2, class_guidance_scale=2.0)
    task: SubjectTask = make_task("dog")
    (prepared,) = DreamBooth(settings).prepare([task], context(model, tmp_path))
    (picture,) = prepared.sample([ImageRequest(task.subject, None, 0)])
    assert picture.size == (32, 32)
    assert len(prepared.record.losses) == 2
    for name, network in model.parts.items():
        assert any(weight._version > 1 for weight in network.parameters()), name
    model.restore()
    after = [weight for network in model.parts.values() for weight in network.parameters()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_an_adapter_goes_into_every_network_and_out_again(model: BaseModel, tmp_path: Path, make_task: object) -> None:
    before = [weight.clone() for network in model.parts.values() for weight in network.parameters()]
    task: SubjectTask = make_task("dog")
    settings = PeftSettings(steps=2, class_images=2, class_guidance_scale=2.0, rank=2, train_text_encoder=True)
    (prepared,) = Peft(settings).prepare([task], context(model, tmp_path))
    assert len(list(prepared.sample([ImageRequest(task.subject, None, 0)]))) == 1
    adapted = [any("lora" in name for name, _ in network.named_parameters()) for network in model.parts.values()]
    assert adapted == [True] * len(model.parts)
    model.restore()
    after = [weight for network in model.parts.values() for weight in network.parameters()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))


def test_vectors_of_a_word_say_what_the_word_says_to_both_encoders(model: BaseModel) -> None:
    vectors, _ = initial_vectors(model, "vase", 1)
    assert vectors.shape == (1, 32 + 48)
    spliced = encode_spliced(model, [splice_prompt(model, f"a {PLACEHOLDER} in the snow", 1)], [vectors])
    plain = model.encode_text(["a vase in the snow"])
    torch.testing.assert_close(spliced.text, plain.text)
    torch.testing.assert_close(spliced.beside["pooled"], plain.beside["pooled"])


def test_textual_inversion_learns_for_both_encoders(model: BaseModel, tmp_path: Path, make_task: object) -> None:
    task: SubjectTask = make_task("dog")
    settings = TextualInversionSettings(steps=2, batch_size=1, learning_rate=0.1)
    (prepared,) = TextualInversion(settings).prepare([task], context(model, tmp_path))
    start, _ = initial_vectors(model, "dog", 1)
    learned = prepared.record.details["vector_norms"]
    assert learned != [round(norm, 6) for norm in start.norm(dim=1).tolist()]
    assert len(list(prepared.sample([ImageRequest(task.subject, None, 0)]))) == 1


def test_custom_diffusion_trains_its_layers_and_a_word_for_both_encoders(
    model: BaseModel, tmp_path: Path, make_task: object
) -> None:
    before = {name: value.clone() for name, value in model.denoiser.state_dict().items()}
    task: SubjectTask = make_task("dog")
    settings = CustomDiffusionSettings(steps=2, batch_size=1, prior_loss_weight=0, initializer="cat", save=tmp_path)
    (prepared,) = CustomDiffusion(settings).prepare([task], context(model, tmp_path))
    moved = {name for name, value in model.denoiser.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if ".attn2.to_k." in name or ".attn2.to_v." in name}
    told = prepared.embed([None, PROMPT])
    saved = load_file(tmp_path / "dog.safetensors")
    assert [saved[f"{part}.<new1>"].shape for part in ("text_encoder", "text_encoder_2")] == [(1, 32), (1, 48)]
    model.restore()
    (given,) = CustomDiffusion(CustomDiffusionSettings(weights=tmp_path)).prepare([task], context(model, tmp_path))
    assert torch.equal(given.embed([None, PROMPT]).text, told.text)
    assert not torch.equal(told.beside["pooled"][1], model.encode_text([PROMPT.text("cat dog")]).beside["pooled"][0])
    assert len(list(given.sample([ImageRequest(task.subject, None, 0)]))) == 1


def test_the_published_layout_is_asked_for(folder: Path, tmp_path: Path) -> None:
    names = {path.relative_to(folder).as_posix() for path in model_files(folder)}
    assert {"model_index.json", "text_encoder_2/model.safetensors", "tokenizer_2/vocab.json"} <= names
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "text_encoder_2" / "model.safetensors").unlink()
    assert missing_files(copy) == ["text_encoder_2/model.safetensors"]


def test_latents_with_means_of_their_own_are_refused(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    config = copy / "vae" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"latents_mean": [0.0] * 4, "latents_std": [1.0] * 4}))
    with pytest.raises(UserError, match="latents_mean"):
        BaseModel.load(copy, device=CPU)


def test_counts_are_those_of_the_model_that_is_loaded(model: BaseModel, folder: Path) -> None:
    configs = {part: read_config(folder / part / "config.json") for part in model.layout.weights}
    cost = model_cost({"model_index": {"_class_name": "StableDiffusionXLPipeline"}, **configs}, 32)
    sizes = {name: sum(weight.numel() for weight in network.parameters()) for name, network in model.parts.items()}
    assert cost.unet_weights == sizes["unet"]
    assert cost.text_encoder_weights == sizes["text_encoder"] + sizes["text_encoder_2"]
    assert cost.unet_flops > 0
