"""What a user relies on: noise, targets and latents are those of the papers, and draws repeat."""

import math
from collections.abc import Callable

import pytest
import torch
from diffusers import DDPMScheduler
from PIL import Image, ImageOps

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.diffusion import NoiseSchedule, draw_batch, draw_indices
from dreambench.baselines.model.latents import Moments, MomentsCache, encode_moments
from dreambench.baselines.model.pictures import content_key, fit_square, to_grey_levels, to_tensor
from dreambench.baselines.seeds import cpu_generator, derive_seed
from dreambench.baselines.training.optimisation import LossRecord, ResidentAdamW, warmed_up
from dreambench.dataset.errors import UserError

Pictures = Callable[..., tuple[Image.Image, ...]]
CPU = torch.device("cpu")
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}


@pytest.mark.parametrize("prediction_type", ["epsilon", "v_prediction"])
def test_noise_and_target_agree_with_diffusers(prediction_type: str) -> None:
    schedule = NoiseSchedule.from_config({**BETAS, "prediction_type": prediction_type}, CPU)
    theirs = DDPMScheduler(**BETAS)
    latents, noise, times = torch.randn(3, 4, 8, 8), torch.randn(3, 4, 8, 8), torch.tensor([0, 500, 999])
    torch.testing.assert_close(schedule.noisy(latents, noise, times), theirs.add_noise(latents, noise, times))
    expected = noise if prediction_type == "epsilon" else theirs.get_velocity(latents, noise, times)
    torch.testing.assert_close(schedule.target(latents, noise, times), expected)


def test_other_predictions_are_refused() -> None:
    with pytest.raises(UserError, match="sample"):
        NoiseSchedule.from_config({**BETAS, "prediction_type": "sample"}, CPU)


def test_velocity_by_hand() -> None:
    # alpha 0.8, sigma 0.6: x = 0.8 * 1 + 0.6 * 2 = 2.0; v = 0.8 * 2 - 0.6 * 1 = 1.0
    schedule = NoiseSchedule(torch.tensor([0.8]), torch.tensor([0.6]), "v_prediction")
    one, two, first = torch.ones(1, 1, 1, 1), torch.full((1, 1, 1, 1), 2.0), torch.tensor([0])
    assert schedule.noisy(one, two, first).item() == pytest.approx(2.0)
    assert schedule.target(one, two, first).item() == pytest.approx(1.0)


def test_moments_are_the_vaes_own_scaled(base: BaseModel, pictures: Pictures) -> None:
    images = pictures(0)
    moments = base.moments.encode(images)
    posterior = base.vae.encode(to_tensor(images)).latent_dist
    torch.testing.assert_close(moments.mean, posterior.mean * 0.9)
    torch.testing.assert_close(moments.std, (posterior.logvar / 2).exp() * 0.9)
    noise = torch.randn(2, 4, 8, 8)
    drawn = moments.draw(torch.tensor([2, 0]), noise)
    torch.testing.assert_close(drawn, moments.mean[[2, 0]] + moments.std[[2, 0]] * noise)


def test_an_image_is_encoded_once(base: BaseModel, pictures: Pictures) -> None:
    images = pictures(77)
    calls: list[int] = []
    hook = base.vae.encoder.register_forward_hook(lambda _m, inputs, _o: calls.append(len(inputs[0])))
    try:
        first = base.moments.encode(images)
        again = base.moments.encode([images[1].copy(), ImageOps.mirror(images[0])])
    finally:
        hook.remove()
    assert calls == [3, 1]
    assert torch.equal(first.mean[1], again.mean[0])
    assert not torch.allclose(first.mean[0], again.mean[1])


def test_moments_of_many_subjects_do_not_pile_up(base: BaseModel, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dreambench.baselines.model.latents._KEPT", 4)
    cache = MomentsCache(base.codec, CPU)
    for seed in range(5):
        assert len(cache.encode(pictures(seed))) == 3
    assert len(cache.encode(pictures(9, 6))) == 6
    assert len(cache._known) == 4


def test_encoding_in_chunks_changes_nothing(base: BaseModel, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = encode_moments(base.codec, pictures(3, 5), CPU)
    monkeypatch.setattr("dreambench.baselines.model.latents._PIXELS_AT_ONCE", 32 * 32 * 2)
    torch.testing.assert_close(encode_moments(base.codec, pictures(3, 5), CPU).mean, whole.mean)


def test_training_draws_repeat_and_differ_between_steps() -> None:
    schedule = NoiseSchedule.from_config(BETAS, CPU)
    moments = Moments(torch.randn(5, 4, 2, 2), torch.rand(5, 4, 2, 2))
    draws = [draw_batch(moments, torch.tensor([0, 1]), schedule, cpu_generator("train", 0, "dog", s)) for s in (0, 0, 1)]
    assert all(torch.equal(a, b) for a, b in zip(draws[0], draws[1], strict=True))
    assert not torch.equal(draws[0].noisy, draws[2].noisy)


@pytest.mark.parametrize(("n", "count"), [(5, 4), (5, 5), (3, 8), (1, 3)])
def test_images_are_drawn_evenly(n: int, count: int) -> None:
    drawn = torch.bincount(draw_indices(n, count, cpu_generator(0)), minlength=n)
    assert drawn.sum() == count
    assert drawn.max() - drawn.min() <= 1


def test_seeds_keep_their_parts_apart() -> None:
    seeds = [derive_seed("a", "b"), derive_seed("ab"), derive_seed("a", 1), derive_seed("a", "1"), derive_seed("a", 11)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    # SHA-256 of '["image",0,"dog"]' begins with these 16 hex digits; shifted right by the sign bit.
    import hashlib

    assert derive_seed("image", 0, "dog") == int(hashlib.sha256(b'["image",0,"dog"]').hexdigest()[:16], 16) >> 1


def test_a_reset_optimiser_is_a_new_one() -> None:
    gradients = [torch.randn(3, 2) for _ in range(4)]

    def train(weights: torch.Tensor, optimiser: ResidentAdamW) -> torch.Tensor:
        with torch.no_grad():
            weights.fill_(1.0)
        for gradient in gradients:
            weights.grad = gradient.clone()
            optimiser.step(0.01)
        return weights.detach().clone()

    weights = torch.ones(3, 2, requires_grad=True)
    resident = ResidentAdamW([weights], weight_decay=0.01)
    first = train(weights, resident)
    address = next(iter(resident._adamw.state.values()))["exp_avg"].data_ptr()
    resident.reset()
    assert torch.equal(train(weights, resident), first)
    assert next(iter(resident._adamw.state.values()))["exp_avg"].data_ptr() == address

    plain = torch.ones(3, 2, requires_grad=True)
    adamw = torch.optim.AdamW([plain], lr=0.01, weight_decay=0.01, fused=False, foreach=False)
    for gradient in gradients:
        plain.grad = gradient.clone()
        adamw.step()
    torch.testing.assert_close(first, plain.detach())


def test_warm_up_by_hand() -> None:
    assert [warmed_up(1.0, step=s, warmup_steps=4) for s in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert warmed_up(0.5, step=0, warmup_steps=0) == 0.5


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_bad_loss_names_subject_step_and_rate(bad: float) -> None:
    record = LossRecord(method="dreambooth", subjects=["dog", "cat"], learning_rate=3.0, device=CPU)
    record.add(torch.tensor([1.0, 2.0]))
    with pytest.raises(UserError, match=r"cat is not finite at step 1; lower learning_rate \(now 3\)"):
        record.add(torch.tensor([1.0, bad]))
    assert record.of(1) == (2.0,)


def test_pictures_survive_the_round_trip(pictures: Pictures) -> None:
    (image,) = pictures(1, 1)
    levels = to_grey_levels(to_tensor([image]))
    assert Image.fromarray(levels[0]).tobytes() == image.tobytes()


@pytest.mark.parametrize("size", [(32, 32), (64, 40), (40, 64), (7, 100)])
def test_any_picture_becomes_a_square(size: tuple[int, int]) -> None:
    assert fit_square(Image.new("L", size, 128), 32).size == (32, 32)


def test_the_centre_is_kept() -> None:
    wide = Image.new("RGB", (96, 32), "black")
    wide.paste(Image.new("RGB", (32, 32), "white"), (32, 0))
    assert content_key(fit_square(wide, 32)) == content_key(Image.new("RGB", (32, 32), "white"))
