"""What a user relies on: Custom Diffusion trains what the authors' code trains, and leaves no trace for the next subject."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from diffusers.models.attention_processor import CustomDiffusionAttnProcessor
from safetensors.torch import load_file, save_file

from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.methods.custom_diffusion.method import CustomDiffusion
from dreambench.baselines.methods.custom_diffusion.settings import CustomDiffusionSettings
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.diffusion import draw_indices
from dreambench.baselines.sampling.class_images import ClassImages, class_image_moments
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.seeds import cpu_generator
from dreambench.baselines.settings import SamplerSettings
from dreambench.baselines.testing import check_method
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]
PROMPT = load_dataset("mini").prompts_of("live")[0]


def settings(**changes: Any) -> CustomDiffusionSettings:
    values = {"steps": 4, "learning_rate": 1e-3, "batch_size": 2, "class_images": 3, "initializer": "qzx", **changes}
    return CustomDiffusionSettings.model_validate(values)


def everything(base: BaseModel) -> dict[str, torch.Tensor]:
    parts = base.parts.items()
    return {f"{part}.{name}": value.detach().clone() for part, net in parts for name, value in net.state_dict().items()}


def picture(prepared: ModelSubject) -> np.ndarray:
    [image] = prepared.sample([ImageRequest(prepared.subject, PROMPT, 0)])
    return np.asarray(image).astype(int)


def test_keys_and_values_of_the_cross_attention_move_and_nothing_else_and_all_come_back(
    pipeline_folder: Path, context: Contexts, make_task: Tasks
) -> None:
    where = context()
    where.base = base = BaseModel.load(pipeline_folder, device=torch.device("cpu"))
    before = everything(base)
    [prepared] = CustomDiffusion(settings()).prepare([make_task("dog")], where)
    after = everything(base)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {f"unet.{name}" for name in base.unet.state_dict() if ".attn2.to_k." in name or ".attn2.to_v." in name}
    # by hand: one block going down, one in the middle, two going up; 64 channels from texts of 32; the word has 32
    assert prepared.record.details["trained_parameters"] == 4 * 2 * 64 * 32 + 32
    base.restore()
    assert all(torch.equal(value, before[name]) for name, value in everything(base).items())
    assert not any(weight.requires_grad or weight._backward_hooks for weight in base.unet.parameters())
    assert not any(module._forward_hooks for module in base.unet.modules())


def authors_processors(unet: Any) -> dict[str, Any]:
    """diffusers' processors, by the authors of the method, with the UNet's own keys and values to start from."""
    processors = {}
    for name in unet.attn_processors:
        attention = unet.get_submodule(name.removesuffix(".processor"))
        of_text = ".attn2." in name
        sizes = {"hidden_size": attention.to_k.out_features, "cross_attention_dim": attention.to_k.in_features}
        processors[name] = CustomDiffusionAttnProcessor(train_kv=of_text, train_q_out=False, **sizes)
        if of_text:
            processors[name].to_k_custom_diffusion.load_state_dict(attention.to_k.state_dict())
            processors[name].to_v_custom_diffusion.load_state_dict(attention.to_v.state_dict())
    return processors


@pytest.mark.parametrize("prior_loss_weight", [0.7, 0.0])
def test_steps_are_those_of_diffusers_training_script(
    base: BaseModel, context: Contexts, make_task: Tasks, prior_loss_weight: float
) -> None:
    """diffusers' own attention processors, a new row in the embedding table, a prompt encoded per image, plain AdamW."""
    choice = settings(prior_loss_weight=prior_loss_weight, weight_decay=0.0)
    task, where = make_task("dog2"), context()
    [prepared] = CustomDiffusion(choice).prepare([task], where)
    trained = {name: value for name, value in everything(base).items() if ".attn2.to_k." in name or ".attn2.to_v." in name}
    norm = prepared.record.details["word_norm"]

    base.restore()
    prior = class_image_moments(ClassImages("dog", 3, choice.class_guidance_scale), where)
    own = base.moments.encode(task.references)
    usual, processors = base.unet.attn_processors, authors_processors(base.unet)
    row = base.tokenizer("vxq", add_special_tokens=False).input_ids[0]  # stands for the new word
    table = base.text_encoder.get_input_embeddings().weight
    with torch.no_grad():
        table[row] = table[base.tokenizer("qzx", add_special_tokens=False).input_ids[0]]
    table.requires_grad_(True)
    base.unet.set_attn_processor(dict(processors))  # it empties what it gets
    parameters = [table, *(weight for processor in processors.values() for weight in processor.parameters())]
    adamw = torch.optim.AdamW(parameters, lr=choice.learning_rate, weight_decay=0.0, fused=False, foreach=False)
    schedule = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    losses = []
    try:
        for step in range(choice.steps):
            generator = cpu_generator("train", where.seed, task.subject.id, step)
            loss = torch.zeros(())
            for moments, text, weight in ((own, "photo of a vxq dog", 1.0), (prior, "a dog", prior_loss_weight)):
                if weight == 0:
                    continue
                indices = draw_indices(len(moments), 2, generator)
                times = torch.randint(1000, (2,), generator=generator)
                draws = torch.randn((2, 2, 4, 8, 8), generator=generator)
                latents = moments.mean[indices] + moments.std[indices] * draws[0]
                told = base.text_encoder(base.tokenize([text, text]))[0]
                answer = base.unet(schedule.add_noise(latents, draws[1], times), times, encoder_hidden_states=told).sample
                target = schedule.get_velocity(latents, draws[1], times)
                loss = loss + weight * torch.nn.functional.mse_loss(answer, target)
            adamw.zero_grad()
            loss.backward()
            assert table.grad is not None
            table.grad[torch.arange(len(table)) != row] = 0
            torch.nn.utils.clip_grad_norm_(parameters, choice.max_grad_norm)
            adamw.step()
            losses.append(loss.item())
        torch.testing.assert_close(prepared.record.losses, tuple(losses), rtol=1e-5, atol=1e-6)
        of_references = prepared.record.details[REFERENCE_LOSSES]  # all there is, where class images have no part
        assert (of_references == pytest.approx(losses, abs=1e-5)) == (prior_loss_weight == 0)
        assert float(table[row].detach().norm()) == pytest.approx(norm, abs=1e-4)
        for name, processor in processors.items():
            for projection in ("to_k", "to_v") if ".attn2." in name else ():
                plain = getattr(processor, f"{projection}_custom_diffusion").weight
                ours = trained[f"unet.{name.removesuffix('.processor')}.{projection}.weight"]
                # AdamW's first steps follow the gradient's sign, so weights whose gradient is rounding noise may differ.
                assert (ours - plain).abs().mean() < 2e-5
    finally:
        base.unet.set_attn_processor(usual)


def test_the_word_starts_from_a_rare_token_and_is_learned(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    [prepared] = CustomDiffusion(settings(initializer=None)).prepare([make_task("bear_plushie")], context())
    details = prepared.record.details
    assert details["prompt"] == "photo of a <new1> stuffed animal"
    assert base.tokenizer.decode(details["initializer_token_ids"]).strip() == details["initializer"]
    start = base.text_encoder.get_input_embeddings().weight[list(details["initializer_token_ids"])]
    assert float(start.norm()) != details["word_norm"]


def test_what_is_saved_draws_the_same_here_and_is_read_by_diffusers(
    base: BaseModel, context: Contexts, make_task: Tasks, tmp_path: Path, pipeline_folder: Path
) -> None:
    from diffusers import StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    [prepared] = CustomDiffusion(settings(save=tmp_path, learning_rate=1e-2)).prepare([make_task("dog")], context())
    drawn, told = picture(prepared), prepared.embed([PROMPT]).text
    noisy = torch.randn(1, 4, 8, 8)
    expected = base.unet(noisy, 5, encoder_hidden_states=told).sample

    [untrained] = CustomDiffusion(settings(steps=0)).prepare([make_task("dog")], context())
    assert np.abs(picture(untrained) - drawn).max() > 0
    [again] = CustomDiffusion(settings(weights=tmp_path)).prepare([make_task("dog")], context())
    assert np.array_equal(picture(again), drawn)
    assert again.record.details["adapter_bytes"] == (tmp_path / "dog.safetensors").stat().st_size

    unet = UNet2DConditionModel.from_pretrained(pipeline_folder / "unet").float()
    reader = CLIPTextModel.from_pretrained(pipeline_folder / "text_encoder").float()
    words = CLIPTokenizer.from_pretrained(pipeline_folder / "tokenizer")
    others = dict.fromkeys(("vae", "scheduler", "safety_checker", "feature_extractor"))
    pipe = StableDiffusionPipeline(unet=unet, text_encoder=reader, tokenizer=words, requires_safety_checker=False, **others)
    file = load_file(tmp_path / "dog.safetensors")
    layers = {name.removeprefix("unet."): value for name, value in file.items() if name.startswith("unet.")}
    assert not unet.load_state_dict(layers, strict=False).unexpected_keys
    pipe.load_textual_inversion(file["text_encoder.<new1>"], token="<new1>")
    theirs, _ = pipe.encode_prompt(PROMPT.text("dog", identifier="<new1>"), "cpu", 1, do_classifier_free_guidance=False)
    torch.testing.assert_close(theirs, told, rtol=0, atol=1e-5)
    torch.testing.assert_close(unet(noisy, 5, encoder_hidden_states=theirs).sample, expected, rtol=0, atol=1e-4)


def test_a_file_that_is_missing_or_of_another_model_is_one_sentence_with_its_subject(
    context: Contexts, make_task: Tasks, tmp_path: Path
) -> None:
    method = CustomDiffusion(settings(weights=tmp_path))
    save_file({"unet.mid.attn2.to_k.weight": torch.ones(2, 2)}, tmp_path / "dog.safetensors")
    (tmp_path / "cat.safetensors").write_bytes(b"no")
    for subject, said in (
        ("dog", "is for another base model"),
        ("cat", "cat.safetensors, cannot be used"),
        ("can", "no adapter"),
    ):
        with pytest.raises(UserError, match=said) as refusal:
            method.prepare([make_task(subject)], context())
        assert subject in str(refusal.value)
    with pytest.raises(UserError, match="There is no folder"):
        CustomDiffusion(settings(weights=tmp_path / "nowhere")).load(context())


def test_the_contract_of_methods_is_kept() -> None:
    quick = settings(steps=2, batch_size=1, prior_loss_weight=0, template="a {}", initializer=None)
    check_method(CustomDiffusion, quick, sampler=SamplerSettings(steps=2, guidance_scale=1.0, resolution=64))
