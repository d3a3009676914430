"""The miniature's autoencoder: diffusers' AutoencoderKL on 64 x 64 pictures, four times down to 16 x 16 latents."""

from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional as F

from dreambench.benchmark.miniature.checkpoints import learning_rate_at, train
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.recipe import Recipe, learning_rate_in, steps_of
from dreambench.dataset.miniature.canvas import SIZE


def new_vae(recipe: Recipe) -> AutoencoderKL:
    """An untrained autoencoder of the recipe's size, weights drawn from the recipe's seed."""
    torch.manual_seed(recipe.seed)
    part = recipe.vae
    levels = len(part.channels)
    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=part.channels,
        layers_per_block=part.layers_per_block,
        latent_channels=part.latent_channels,
        # Few, wide groups: normalising two or three channels at a time would wipe out a picture's overall colour.
        norm_num_groups=4,
        sample_size=SIZE,
    )


def to_tensor(pictures: np.ndarray, device: torch.device) -> Tensor:
    """uint8 [n, 64, 64, 3] to float32 [n, 3, 64, 64] in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def _edges(images: Tensor) -> tuple[Tensor, Tensor]:
    return images[..., :, 1:] - images[..., :, :-1], images[..., 1:, :] - images[..., :-1, :]


def _distance(rebuilt: Tensor, images: Tensor, recipe: Recipe) -> Tensor:
    """L1 of pixels, of image gradients (edges) and of 8 x 8 means (colours)."""
    part = recipe.vae
    loss = (rebuilt - images).abs().mean()
    for got, wanted in zip(_edges(rebuilt), _edges(images), strict=True):
        loss = loss + 0.5 * part.edge_weight * (got - wanted).abs().mean()
    return loss + part.coarse_weight * (F.avg_pool2d(rebuilt, 8) - F.avg_pool2d(images, 8)).abs().mean()


def train_vae(
    recipe: Recipe, corpus: Corpus, folder: Path, device: torch.device
) -> tuple[AutoencoderKL, list[tuple[int, float]]]:
    """Train on L1 of pixels, of image gradients (edges) and of 8 x 8 means (colours), plus a small KL term."""
    part, vae = recipe.vae, new_vae(recipe).to(device)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=0.0, betas=(0.9, 0.99), weight_decay=0.01, fused=True)

    def step_function(step: int) -> float:
        rng = np.random.default_rng((recipe.seed, 1, step))
        noise = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        index = np.sort(corpus.draw(rng, part.batch_size, worn_share=0.0))
        images = to_tensor(corpus.pictures[index], device)
        with torch.autocast(device.type, torch.bfloat16):
            posterior = vae.encode(images).latent_dist
            draw = torch.randn(posterior.mean.shape, generator=noise).to(device)
            rebuilt = vae.decode(posterior.mean + posterior.std * draw).sample.float()
        loss = _distance(rebuilt, images, recipe)
        mean, logvar = posterior.mean.float(), posterior.logvar.float()
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_in(part.cycles, step, warmup=100)
        optimizer.zero_grad(set_to_none=True)
        (loss + part.kl_weight * kl).backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1.0)
        optimizer.step()
        return float(loss.detach())

    curve = train(
        "vae",
        folder=folder,
        steps=steps_of(part.cycles),
        parts={"vae": vae, "optimizer": optimizer},
        step_function=step_function,
    )
    vae.eval().requires_grad_(False)
    _fit_scaling(vae, corpus, device)
    return vae, curve


def train_decoder(
    recipe: Recipe, vae: AutoencoderKL, corpus: Corpus, folder: Path, device: torch.device
) -> tuple[AutoencoderKL, list[tuple[int, float]]]:
    """Train the decoder on, the encoder standing still: the base model's latents stay what they are, so both can train at once.

    As Stable Diffusion's later decoders were made (sd-vae-ft-mse), the squared error counts here beside the L1.
    """
    part, cycle = recipe.vae, recipe.vae.decoder
    vae.requires_grad_(False)
    trained = [*vae.decoder.parameters(), *vae.post_quant_conv.parameters()]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(trained, lr=0.0, betas=(0.9, 0.99), weight_decay=0.01, fused=True)

    def step_function(step: int) -> float:
        rng = np.random.default_rng((recipe.seed, 5, step))
        index = np.sort(corpus.draw(rng, part.batch_size, worn_share=cycle.worn_share))
        images = to_tensor(corpus.pictures[index], device)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                latents = vae.encode(images).latent_dist.mode()
            rebuilt = vae.decode(latents).sample.float()
        loss = _distance(rebuilt, images, recipe) + part.decoder_squared_weight * F.mse_loss(rebuilt, images)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, steps=cycle.steps, peak=cycle.learning_rate, warmup=100)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        return float(loss.detach())

    curve = train(
        "decoder", folder=folder, steps=cycle.steps, parts={"vae": vae, "optimizer": optimizer}, step_function=step_function
    )
    return vae.eval().requires_grad_(False), curve


@torch.no_grad()
def _fit_scaling(vae: AutoencoderKL, corpus: Corpus, device: torch.device) -> None:
    """Set scaling_factor so that scaled latents have unit variance, as Stable Diffusion's has."""
    latents = torch.cat(
        [
            vae.encode(to_tensor(corpus.pictures[i : i + 100], device)).latent_dist.mean
            for i in range(0, min(2000, corpus.scenes), 100)
        ]
    )
    vae.register_to_config(scaling_factor=round(1.0 / float(latents.std()), 6))


@torch.no_grad()
def psnr(vae: AutoencoderKL, pictures: np.ndarray, device: torch.device) -> float:
    """Mean peak signal-to-noise ratio of reconstructions in dB, after rounding to 8 bits. pictures: uint8 [n, 64, 64, 3]."""
    values: list[Tensor] = []
    for first in range(0, len(pictures), 100):
        images = to_tensor(pictures[first : first + 100], device)
        rebuilt = vae.decode(vae.encode(images).latent_dist.mode()).sample.clamp(-1, 1)
        error = F.mse_loss(((rebuilt + 1) * 127.5).round(), (images + 1) * 127.5, reduction="none").mean((1, 2, 3))
        values.append(10 * torch.log10(255**2 / error.clamp_min(1e-8)))
    return float(torch.cat(values).mean())
