"""What a user relies on: DreamBooth trains what the paper says, alike every time, and leaves no trace for the next subject."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler
from PIL import Image

from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.methods.dreambooth import DreamBooth
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.diffusion import draw_indices
from dreambench.baselines.sampling.class_images import ClassImages, class_image_moments
from dreambench.baselines.seeds import cpu_generator
from dreambench.baselines.settings import DreamBoothSettings
from dreambench.baselines.training.loop import dreambooth_loss
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES
from dreambench.baselines.training.optimisation import ResidentAdamW
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject

MINI = load_dataset("mini")

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]


def settings(**changes: Any) -> DreamBoothSettings:
    values = {"steps": 4, "learning_rate": 1e-3, "batch_size": 2, "class_images": 3, "identifier": "qzx", **changes}
    return DreamBoothSettings.model_validate(values)


def requests(subject: Subject, n: int = 2) -> list[ImageRequest]:
    wanted = [ImageRequest(subject, prompt, k) for prompt in MINI.prompts_of(subject.kind)[:2] for k in range(n)]
    return [*wanted, ImageRequest(subject, None, 0)]


def pixels(images: Any) -> np.ndarray:
    return np.stack([np.asarray(image).astype(int) for image in images])


def weights(base: BaseModel) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in [*base.unet.parameters(), *base.text_encoder.parameters()]]


def test_the_loss_is_two_means_by_hand() -> None:
    # references: errors 1 and 3 -> mean square (1 + 9) / 2 = 5; class images: 2 and 0 -> 2; 5 + 0.5 * 2 = 6
    answer = torch.tensor([1.0, 3.0, 2.0, 0.0]).view(4, 1, 1, 1)
    both = dreambooth_loss(answer, torch.zeros_like(answer), count=2, prior_loss_weight=0.5)
    assert [part.item() for part in both] == pytest.approx([6.0, 5.0])
    alone = dreambooth_loss(answer[:2], torch.zeros(2, 1, 1, 1), count=2, prior_loss_weight=0.5)
    assert [part.item() for part in alone] == pytest.approx([5.0, 5.0])


@pytest.mark.parametrize("train_text_encoder", [True, False])
@pytest.mark.parametrize("prior_loss_weight", [0.7, 0.0])
def test_equals_a_plain_implementation(
    base: BaseModel, context: Contexts, make_task: Tasks, train_text_encoder: bool, prior_loss_weight: float
) -> None:
    """Every shortcut undone: a prompt encoded per image, two forward passes, diffusers' scheduler, plain AdamW and clipping."""
    choice = settings(train_text_encoder=train_text_encoder, prior_loss_weight=prior_loss_weight, lr_warmup_steps=2)
    task, where = make_task("dog2"), context()
    record = DreamBooth(choice).prepare([task], where)[0].record
    trained = weights(base)

    base.restore()
    prior = class_image_moments(ClassImages("dog", 3, choice.class_guidance_scale), where)
    own = base.moments.encode(task.references)
    schedule = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
    parts = [base.unet, base.text_encoder] if train_text_encoder else [base.unet]
    parameters = [weight.requires_grad_(True) for part in parts for weight in part.parameters()]
    adamw = torch.optim.AdamW(parameters, weight_decay=choice.weight_decay, fused=False, foreach=False)
    losses, of_references = [], []
    for step in range(choice.steps):
        generator = cpu_generator("train", where.seed, task.subject.id, step)
        loss = torch.zeros(())
        for moments, text, weight in ((own, "a qzx dog", 1.0), (prior, "a dog", prior_loss_weight)):
            if weight == 0:
                continue
            indices = draw_indices(len(moments), 2, generator)
            times = torch.randint(1000, (2,), generator=generator)
            draws = torch.randn((2, 2, 4, 8, 8), generator=generator)
            latents = moments.mean[indices] + moments.std[indices] * draws[0]
            text_embeddings = base.encode_tokens(base.tokenize([text, text])).text
            noisy = schedule.add_noise(latents, draws[1], times)
            answer = base.unet(noisy, times, encoder_hidden_states=text_embeddings).sample
            target = schedule.get_velocity(latents, draws[1], times)
            of_prompt = torch.nn.functional.mse_loss(answer, target)
            loss = loss + weight * of_prompt
            if moments is own:
                of_references.append(of_prompt.item())
        adamw.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, choice.max_grad_norm)
        adamw.param_groups[0]["lr"] = choice.learning_rate * min(1, (step + 1) / 2)
        adamw.step()
        losses.append(loss.item())
    torch.testing.assert_close(record.losses, tuple(losses), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(record.details[REFERENCE_LOSSES], of_references, rtol=1e-4, atol=1e-5)  # 4 steps, 4 points
    for ours, plain in zip(trained, weights(base), strict=True):
        # AdamW's first steps follow the gradient's sign, so weights whose gradient is rounding noise may differ by the rate.
        assert (ours - plain).abs().mean() < 2e-5


def test_frozen_text_encoder_stays_as_it_was(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    before = [weight.clone() for weight in base.text_encoder.parameters()]
    DreamBooth(settings(train_text_encoder=False)).prepare([make_task("dog")], context())
    assert all(torch.equal(old, new) for old, new in zip(before, base.text_encoder.parameters(), strict=True))


def test_a_subject_comes_out_alike_whoever_was_trained_before(context: Contexts, make_task: Tasks) -> None:
    alone = DreamBooth(settings()).prepare([make_task("cat")], context())[0]
    expected = pixels(alone.sample(requests(alone.subject)))
    method = DreamBooth(settings())
    method.prepare([make_task("dog")], context())
    later = method.prepare([make_task("cat")], context())[0]
    assert later.record.losses == alone.record.losses
    assert np.array_equal(pixels(later.sample(requests(later.subject))), expected)


def test_training_changes_the_images_and_the_seed_too(context: Contexts, make_task: Tasks) -> None:
    untrained = DreamBooth(settings(steps=0)).prepare([make_task("cat")], context())[0]
    floor = pixels(untrained.sample(requests(untrained.subject)))
    trained = DreamBooth(settings()).prepare([make_task("cat")], context())[0]
    first = pixels(trained.sample(requests(trained.subject)))
    assert np.abs(first - floor).max() > 2
    other = DreamBooth(settings()).prepare([make_task("cat")], context(seed=1))[0]
    assert other.record.losses != trained.record.losses


def test_without_prior_loss_no_class_image_is_made(context: Contexts, make_task: Tasks) -> None:
    where = context()
    prepared = DreamBooth(settings(prior_loss_weight=0)).prepare([make_task("dog")], where)[0]
    assert prepared.record.details["class_images"] == 0
    assert not (where.cache_dir / "class_images").exists()


def test_the_record_says_what_was_chosen(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    prepared = DreamBooth(settings(identifier=None)).prepare([make_task("bear_plushie")], context())[0]
    details = prepared.record.details
    assert details["prompt"] == f"a {details['identifier']} stuffed animal"
    assert base.tokenizer.decode(details["identifier_token_ids"]).strip() == details["identifier"]
    assert len(prepared.record.losses) == prepared.record.steps == 4


def test_progress_is_told(context: Contexts, make_task: Tasks) -> None:
    where, told = context(), []
    where.on_progress = lambda *words: told.append(words)
    DreamBooth(settings()).prepare([make_task("dog")], where)
    assert ("class images", 3, 3) in told
    assert told[-1] == ("train", 4, 4)


def test_a_diverging_training_stops_with_the_step(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    hook = base.unet.conv_out.register_forward_hook(lambda _module, _inputs, output: output * float("nan"))
    try:
        with pytest.raises(UserError, match=r"subject dog is not finite at step 0; lower learning_rate"):
            DreamBooth(settings(prior_loss_weight=0)).prepare([make_task("dog")], context())
    finally:
        hook.remove()


def test_weights_that_the_last_step_broke_are_not_sampled_from(
    context: Contexts, make_task: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last update no loss is computed that would show it."""

    def broken(optimiser: ResidentAdamW, _learning_rate: float) -> None:
        with torch.no_grad():
            optimiser.parameters[-1].fill_(float("nan"))

    monkeypatch.setattr(ResidentAdamW, "step", broken)
    with pytest.raises(UserError, match=r"dreambooth: the weights trained for subject dog are not finite after step 1; lower"):
        DreamBooth(settings(steps=1, prior_loss_weight=0)).prepare([make_task("dog")], context())


def test_two_subjects_at_once_are_refused(context: Contexts, make_task: Tasks) -> None:
    with pytest.raises(ValueError, match="one subject"):
        DreamBooth(settings()).prepare([make_task("dog"), make_task("cat")], context())


def test_class_images_are_made_once_and_damaged_ones_again(
    base: BaseModel, context: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, wanted = context(), ClassImages("dog", 5, 1.0)
    first = class_image_moments(wanted, where)
    (folder,) = [path for path in (where.cache_dir / "class_images").iterdir() if path.is_dir()]
    assert len(list(folder.glob("*.png"))) == 5
    assert Image.open(folder / "00.png").size == (32, 32)

    made: list[int] = []
    original = base.unet.forward
    monkeypatch.setattr(base.unet, "forward", lambda *a, **k: made.append(1) or original(*a, **k))
    again = class_image_moments(wanted, where)
    assert not made
    assert torch.equal(first.mean, again.mean)
    assert torch.equal(first.std, again.std)

    (folder / "moments.safetensors").write_bytes(b"cut short")
    repaired = class_image_moments(wanted, where)
    assert made
    assert torch.equal(first.mean, repaired.mean)

    class_image_moments(ClassImages("dog", 5, 1.5), where)
    class_image_moments(ClassImages("cat", 5, 1.0), where)
    assert len([path for path in (where.cache_dir / "class_images").iterdir() if path.is_dir()]) == 3


def test_no_class_noun_leads_out_of_the_cache(context: Contexts, tmp_path: Path) -> None:
    where = context(cache_dir=tmp_path / "one" / "two")
    class_image_moments(ClassImages("dog/../../../dog", 1, 1.0), where)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert [path.name for path in (tmp_path / "one" / "two").iterdir()] == ["class_images"]


def test_two_workers_make_class_images_once(context: Contexts) -> None:
    where, told = context(), []
    where.on_progress = lambda *words: told.append(words)
    wanted = ClassImages("vase", 4, 1.0)
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: class_image_moments(wanted, where), range(2))
    assert [done for _, done, _ in told] == [4]  # one batch, drawn by one of the two
    assert torch.equal(one.mean, two.mean)


def test_a_class_noun_of_ones_own_is_in_the_prompts_and_at_rest_changes_no_units_name(
    context: Contexts, make_task: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings().identity() == settings(class_noun=None).identity()
    assert "class_noun" not in settings().identity()
    assert settings(class_noun="candle").identity()["class_noun"] == "candle"
    task = make_task("dog")
    for noun, bare, with_prompt in (("candle", "a qzx candle", "a qzx candle "), ("", "a qzx", "a qzx ")):
        where = context()
        (prepared,) = DreamBooth(settings(steps=1, class_noun=noun)).prepare([task], where)
        assert prepared.record.details["prompt"] == bare
        assert (prepared.record.details["class_images"] == 0) == (noun == "")
        asked: list[str] = []
        encode = BaseModel.encode_text.__get__(where.model)
        monkeypatch.setattr(where.model, "encode_text", lambda texts, to=asked, do=encode: (to.extend(texts), do(texts))[1])
        list(prepared.sample(requests(task.subject, n=1)))
        own = [text for text in asked if text.startswith(with_prompt)]
        assert own
        assert not any("  " in text or "qzx dog" in text for text in asked)
        assert "a dog" in asked  # prior images are of the subject's own class
