"""The miniature DINO: timm's ViT, trained by self-distillation without labels (Caron et al. 2021, arXiv 2104.14294).

The views of one sample are crops of the two frames of a clip. In photos, crops of one picture suffice, because a subject
fills more of the world than its background does; in the flat drawn world, they teach the background's colour above all.
Frames are paired by the renderer; no class noun, caption or name is ever used.
"""

import copy
import math
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dreambench.benchmark.miniature.checkpoints import learning_rate_at, train
from dreambench.benchmark.miniature.corpus import Pictures
from dreambench.benchmark.miniature.recipe import DinoRecipe
from dreambench.dataset.miniature.canvas import SIZE

ARCHITECTURE = "vit_tiny_patch16_224"
LOCAL_SIZE = 32


def model_args(part: DinoRecipe) -> dict[str, Any]:
    """What makes timm's `vit_tiny_patch16_224` the miniature's ViT."""
    return {
        "img_size": SIZE,
        "patch_size": part.patch_size,
        "embed_dim": part.width,
        "depth": part.layers,
        "num_heads": part.heads,
        "dynamic_img_size": True,
    }


class _Head(nn.Module):
    """DINO's projection head: three layers, an L2 bottleneck, then weight-normalised prototypes."""

    def __init__(self, width: int, prototypes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 512), nn.GELU(), nn.Linear(512, 512), nn.GELU(), nn.Linear(512, 128))
        self.prototypes = nn.Parameter(torch.randn(prototypes, 128) * 0.02)

    def forward(self, features: Tensor) -> Tensor:
        return F.normalize(self.layers(features), dim=-1) @ F.normalize(self.prototypes, dim=-1).T


def new_dino(part: DinoRecipe, *, seed: int) -> nn.ModuleDict:
    """An untrained backbone (timm ViT, CLS token after the final norm) and head."""
    torch.manual_seed(seed + 4)
    backbone = timm.create_model(ARCHITECTURE, pretrained=False, num_classes=0, **model_args(part))
    return nn.ModuleDict({"backbone": backbone, "head": _Head(part.width, part.prototypes)})


def _crops(images: Tensor, size: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Random resized crops with a mirror, a mild change of light and contrast, and sometimes a softening.

    Colour is part of a subject's identity, so hue and saturation are left alone.
    """
    count = len(images)
    area = low + (high - low) * torch.rand(count, generator=generator)
    stretch = torch.exp((torch.rand(count, generator=generator) * 2 - 1) * math.log(4 / 3) / 2)
    width, height = (area.sqrt() * stretch).clamp(max=1), (area.sqrt() / stretch).clamp(max=1)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    turn = torch.zeros(count, 2, 3)
    turn[:, 0, 0], turn[:, 1, 1] = width * mirror, height
    turn[:, 0, 2] = (torch.rand(count, generator=generator) * 2 - 1) * (1 - width)
    turn[:, 1, 2] = (torch.rand(count, generator=generator) * 2 - 1) * (1 - height)
    grid = F.affine_grid(turn, [count, 3, size, size], align_corners=False).to(images)
    crops = F.grid_sample(images, grid, align_corners=False, padding_mode="reflection")
    light = 0.8 + 0.4 * torch.rand(count, 1, 1, 1, generator=generator)
    shift = 0.15 * (torch.rand(count, 1, 1, 1, generator=generator) * 2 - 1)
    soft = F.avg_pool2d(F.pad(crops, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    mix = (torch.rand(count, 1, 1, 1, generator=generator) < 0.3).float()
    return torch.lerp(crops, soft, mix.to(crops)) * light.to(crops) + shift.to(crops)


def train_dino(
    name: str, part: DinoRecipe, clips: Pictures, folder: Path, device: torch.device, *, seed: int
) -> tuple[nn.Module, list[tuple[int, float]]]:
    """One global and a few local crops of each frame; the teacher is the student's running average, centred, sharpened.

    Args:
        name: the stage's, by which its state is found again in the folder.
        part: the recipe of this DINO.
        clips: what it sees, uint8 [n, 2, 64, 64, 3]. Every DINO may see the same.
        folder: where the state of training is kept.
        device: where it trains.
        seed: of the first weights, the batches and the crops.

    Returns:
        The teacher's backbone, and the loss curve.
    """
    student = new_dino(part, seed=seed).to(device)
    teacher = copy.deepcopy(student).requires_grad_(False)
    center = nn.Parameter(torch.zeros(part.prototypes, device=device), requires_grad=False)
    state = nn.ModuleDict({"student": student, "teacher": teacher})
    state.register_parameter("center", center)
    decayed = [p for p in student.parameters() if p.ndim > 1]
    kept = [p for p in student.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.04}, {"params": kept, "weight_decay": 0.0}], lr=part.learning_rate, fused=True
    )

    def step_function(step: int) -> float:
        rng = np.random.default_rng((seed, 4, step))
        generator = torch.Generator().manual_seed(seed * 5_000_011 + step)
        index = np.sort(rng.choice(len(clips), part.batch_size, replace=False))
        frames = torch.from_numpy(clips[index]).permute(1, 0, 4, 2, 3).float().div_(127.5).sub_(1).to(device)
        globals_ = torch.cat([_crops(frame, SIZE, 0.5, 1.0, generator) for frame in frames])
        locals_ = torch.cat(
            [_crops(frame, LOCAL_SIZE, 0.1, 0.4, generator) for _ in range(part.local_crops) for frame in frames]
        )
        progress = step / part.steps
        temperature = 0.04 + 0.02 * min(1.0, progress / 0.2)
        with torch.autocast(device.type, torch.bfloat16):
            with torch.no_grad():
                wanted = teacher["head"](teacher["backbone"](globals_)).float()
            got = torch.cat([student["head"](student["backbone"](crops)).float() for crops in (globals_, locals_)])
        targets = F.softmax((wanted - center) / temperature, dim=-1).chunk(2)
        guesses = F.log_softmax(got / 0.1, dim=-1).chunk(2 + 2 * part.local_crops)
        # Only views of the other frame are matched: of its own frame, a view would share the background.
        terms = [
            -(target * guess).sum(-1).mean()
            for i, target in enumerate(targets)
            for j, guess in enumerate(guesses)
            if i % 2 != j % 2
        ]
        loss = torch.stack(terms).mean()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate_at(step, steps=part.steps, peak=part.learning_rate, warmup=150)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.parameters(), 3.0)
        if progress < 0.05:  # the prototypes stand still at first, as in the original
            student["head"].prototypes.grad = None
        optimizer.step()
        # From .99 to .997: in so short a training, a teacher that stands still at the end lags behind its student.
        momentum = 0.997 - 0.007 * (math.cos(math.pi * progress) + 1) / 2
        with torch.no_grad():
            torch._foreach_lerp_(list(teacher.parameters()), [p.detach() for p in student.parameters()], 1 - momentum)
            center.lerp_(wanted.mean(0), 0.1)
        return float(loss.detach())

    curve = train(
        name, folder=folder, steps=part.steps, parts={"state": state, "optimizer": optimizer}, step_function=step_function
    )
    backbone: nn.Module = teacher["backbone"]
    return backbone.eval(), curve
