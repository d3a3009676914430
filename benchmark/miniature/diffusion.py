"""The miniature's base model: a UNet and a CLIP text encoder trained together on the autoencoder's latents."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from dreambench.benchmark.miniature.checkpoints import Stateful, train
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.recipe import Recipe, cycle_at, learning_rate_in, steps_of
from dreambench.benchmark.miniature.tokenizer import assert_whole_words, build_tokenizer
from dreambench.benchmark.miniature.vae import to_tensor

TIMESTEPS = 1000


@dataclass(frozen=True)
class BaseModelParts:
    """What is trained here: the averaged weights, ready to be written, and the tokenizer they were trained with."""

    unet: UNet2DConditionModel
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer


def new_unet(recipe: Recipe, sample_size: int) -> UNet2DConditionModel:
    """An untrained UNet of the recipe's size: attention to the text on every level but the finest."""
    torch.manual_seed(recipe.seed + 1)
    part = recipe.diffusion
    deeper = len(part.channels) - 1
    return UNet2DConditionModel(
        sample_size=sample_size,
        in_channels=recipe.vae.latent_channels,
        out_channels=recipe.vae.latent_channels,
        block_out_channels=part.channels,
        layers_per_block=part.layers_per_block,
        down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * deeper),
        up_block_types=(*("CrossAttnUpBlock2D",) * deeper, "UpBlock2D"),
        cross_attention_dim=part.text_width,
        norm_num_groups=8,
        attention_head_dim=tuple(width // 32 for width in part.channels),  # heads a level, for all their name
    )


def new_text_encoder(recipe: Recipe, tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """An untrained CLIP text encoder over the miniature's vocabulary."""
    torch.manual_seed(recipe.seed + 2)
    part = recipe.diffusion
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=part.text_width,
            intermediate_size=4 * part.text_width,
            num_hidden_layers=part.text_layers,
            num_attention_heads=part.text_heads,
            max_position_embeddings=part.context_length,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def scheduler_config() -> dict[str, object]:
    """Stable Diffusion's noise schedule with the velocity target, sampled from the very last timestep down."""
    return dict(
        DDIMScheduler(
            num_train_timesteps=TIMESTEPS,
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction",
            timestep_spacing="trailing",
            clip_sample=False,
            set_alpha_to_one=False,
        ).config
    )


def tokenize(tokenizer: CLIPTokenizer, texts: list[str]) -> Tensor:
    """Token ids int64 [n, context_length], padded."""
    ids: Tensor = tokenizer(texts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    return ids


@torch.no_grad()
def _encode_corpus(vae: AutoencoderKL, corpus: Corpus, path: Path, device: torch.device) -> Tensor:
    """Moments of every training picture, scaled: float32 [n, 2, c, h, w] (mean, std). Written once."""
    if path.exists():
        stored: Tensor = torch.load(path, weights_only=True)
        return stored
    blocks = []
    for first in range(0, corpus.n_train, 200):
        with torch.autocast(device.type, torch.bfloat16):
            posterior = vae.encode(to_tensor(corpus.pictures[first : min(first + 200, corpus.n_train)], device)).latent_dist
        blocks.append((torch.stack([posterior.mean.float(), posterior.std.float()], 1) * vae.config.scaling_factor).cpu())
    moments = torch.cat(blocks)
    torch.save(moments, path)
    return moments


def train_diffusion(
    recipe: Recipe, corpus: Corpus, vae: AutoencoderKL, folder: Path, device: torch.device
) -> tuple[BaseModelParts, list[tuple[int, float]]]:
    """Train UNet and text encoder with the velocity target, min-SNR weights and dropped captions; keep a running average."""
    part = recipe.diffusion
    tokenizer = build_tokenizer(part.context_length)
    assert_whole_words(tokenizer)
    moments = _encode_corpus(vae, corpus, folder / "moments.pt", device)
    tokens = tokenize(tokenizer, corpus.captions[: corpus.n_train])
    empty = tokenize(tokenizer, [""])
    model = nn.ModuleDict(
        {"unet": new_unet(recipe, moments.shape[-1]), "text_encoder": new_text_encoder(recipe, tokenizer)}
    ).to(device)
    average = copy.deepcopy(model).requires_grad_(False)
    schedule = DDPMScheduler.from_config(scheduler_config())
    alphas = schedule.alphas_cumprod.to(device)
    weights = (alphas / (1 - alphas)).clamp(max=part.snr_gamma) * (1 - alphas)  # min(snr, gamma) / (snr + 1)
    # Embeddings keep their scale: decay would shrink the rare tokens, which no gradient ever renews.
    decayed = [p for name, p in model.named_parameters() if p.ndim > 1 and "embedding" not in name]
    kept = [p for name, p in model.named_parameters() if p.ndim <= 1 or "embedding" in name]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": kept, "weight_decay": 0.0}],
        lr=0.0,
        betas=(0.9, 0.99),
        fused=True,
    )

    def step_function(step: int) -> float:
        rng = np.random.default_rng((recipe.seed, 2, step))
        noise_source = torch.Generator().manual_seed(recipe.seed * 2_000_003 + step)
        cycle, _ = cycle_at(part.cycles, step)
        index = torch.from_numpy(corpus.draw(rng, part.batch_size, worn_share=cycle.worn_share))
        mean, std = moments[index].unbind(1)
        latents = (mean + std * torch.randn(mean.shape, generator=noise_source)).to(device)
        noise = torch.randn(mean.shape, generator=noise_source).to(device)
        # Stratified timesteps: one from each of batch_size equal slices, so that every batch covers the schedule.
        slices = (torch.arange(part.batch_size) + torch.rand(part.batch_size, generator=noise_source)) / part.batch_size
        timesteps = (slices * TIMESTEPS).long().clamp(max=TIMESTEPS - 1).to(device)
        ids = tokens[index].clone()
        ids[torch.from_numpy(rng.random(part.batch_size) < part.caption_dropout)] = empty
        noisy = schedule.add_noise(latents, noise, timesteps)
        target = schedule.get_velocity(latents, noise, timesteps)
        with torch.autocast(device.type, torch.bfloat16):
            states = model["text_encoder"](ids.to(device)).last_hidden_state
            predicted = model["unet"](noisy, timesteps, encoder_hidden_states=states).sample
        errors = (predicted.float() - target).square().mean((1, 2, 3))
        loss = (weights[timesteps] * errors).mean()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_in(part.cycles, step, warmup=300)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        decay = min(part.ema_decay, (step + 1) / (step + 10))
        torch._foreach_lerp_(list(average.parameters()), [p.detach() for p in model.parameters()], 1 - decay)
        return float(errors.detach().mean())

    parts: dict[str, Stateful] = {"model": model, "average": average, "optimizer": optimizer}
    curve = train("diffusion", folder=folder, steps=steps_of(part.cycles), parts=parts, step_function=step_function)
    average.eval()
    return BaseModelParts(average["unet"], average["text_encoder"], tokenizer), curve
