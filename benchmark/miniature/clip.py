"""The miniature CLIP: open_clip's model class, trained to match scenes with their captions."""

from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import CLIPTokenizer

from dreambench.benchmark.miniature.checkpoints import train
from dreambench.benchmark.miniature.corpus import Corpus
from dreambench.benchmark.miniature.diffusion import tokenize
from dreambench.benchmark.miniature.recipe import Recipe, cycle_at, learning_rate_in, steps_of
from dreambench.dataset.miniature.canvas import SIZE

#: The pictures' mean and standard deviation are close enough to a half; the model's own preprocessing config says so.
MEAN = STD = (0.5, 0.5, 0.5)


def clip_config(recipe: Recipe, vocabulary_size: int) -> dict[str, Any]:
    """open_clip's `model_cfg` of the miniature CLIP."""
    part = recipe.clip
    return {
        "embed_dim": part.embed_dim,
        "vision_cfg": {
            "image_size": SIZE,
            "layers": part.layers,
            "width": part.width,
            "head_width": 32,
            "patch_size": part.patch_size,
        },
        "text_cfg": {
            "context_length": recipe.diffusion.context_length,
            "vocab_size": vocabulary_size,
            "width": part.text_width,
            "heads": part.text_width // 32,
            "layers": part.text_layers,
            "hf_tokenizer_name": "local",  # any name: with local-dir the tokenizer is read from beside the config
        },
    }


def new_clip(recipe: Recipe, vocabulary_size: int) -> open_clip.CLIP:
    """An untrained miniature CLIP, weights drawn from the recipe's seed."""
    torch.manual_seed(recipe.seed + 3)
    config = clip_config(recipe, vocabulary_size)
    text = {key: value for key, value in config["text_cfg"].items() if key != "hf_tokenizer_name"}
    return open_clip.CLIP(embed_dim=config["embed_dim"], vision_cfg=config["vision_cfg"], text_cfg=text)


def _degrade(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, soften and dim some pictures, so that the encoder reads generated images as well as rendered ones."""
    count = len(images)
    turn = torch.zeros(count, 2, 3)
    zoom = 1 - 0.15 * torch.rand(count, generator=generator)
    turn[:, 0, 0] = turn[:, 1, 1] = zoom
    turn[:, :, 2] = (torch.rand(count, 2, generator=generator) * 2 - 1) * (1 - zoom)[:, None]
    images = F.grid_sample(images, F.affine_grid(turn, list(images.shape), align_corners=False).to(images), align_corners=False)
    soft = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    mix = torch.rand(count, 1, 1, 1, generator=generator) * (torch.rand(count, 1, 1, 1, generator=generator) < 0.5)
    images = torch.lerp(images, soft, mix.to(images))
    light = 0.85 + 0.3 * torch.rand(count, 1, 1, 1, generator=generator)
    noise = torch.randn(images.shape, generator=generator) * 0.05 * torch.rand(count, 1, 1, 1, generator=generator)
    return (images * light.to(images) + noise.to(images)).clamp(-1, 1)


def train_clip(
    recipe: Recipe, corpus: Corpus, tokenizer: CLIPTokenizer, folder: Path, device: torch.device
) -> tuple[open_clip.CLIP, list[tuple[int, float]]]:
    """Contrastive training; scenes of a batch that share a caption are positives of one another, not negatives."""
    part = recipe.clip
    model = new_clip(recipe, len(tokenizer)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, betas=(0.9, 0.98), weight_decay=0.05, fused=True)
    tokens = tokenize(tokenizer, corpus.captions[: corpus.n_train])
    _, caption_ids = np.unique(np.array(corpus.captions[: corpus.n_train]), return_inverse=True)
    same_caption = torch.from_numpy(caption_ids)

    def step_function(step: int) -> float:
        rng = np.random.default_rng((recipe.seed, 3, step))
        generator = torch.Generator().manual_seed(recipe.seed * 3_000_003 + step)
        cycle, _ = cycle_at(part.cycles, step)
        index = np.sort(corpus.draw(rng, part.batch_size, worn_share=cycle.worn_share))
        images = torch.from_numpy(corpus.pictures[index]).permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        images = _degrade(images, generator).to(device)
        ids = same_caption[torch.from_numpy(index)].to(device)
        positives = (ids[:, None] == ids[None, :]).float()
        targets = positives / positives.sum(1, keepdim=True)
        with torch.autocast(device.type, torch.bfloat16):
            seen = model.encode_image(images, normalize=True)
            told = model.encode_text(tokens[torch.from_numpy(index)].to(device), normalize=True)
        logits = model.logit_scale.exp() * seen.float() @ told.float().T
        loss = 0.5 * (F.cross_entropy(logits, targets) + F.cross_entropy(logits.T, targets))
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_in(part.cycles, step, warmup=100)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, float(np.log(100)))
        return float(loss.detach())

    curve = train(
        "clip",
        folder=folder,
        steps=steps_of(part.cycles),
        parts={"model": model, "optimizer": optimizer},
        step_function=step_function,
    )
    return model.eval(), curve
