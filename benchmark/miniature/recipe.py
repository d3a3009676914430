"""The recipe: every number that the miniature models depend on, read from recipe.toml."""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from benchmark.miniature.checkpoints import learning_rate_at
from dataset.hashing import sha256_json

RECIPE_FILE: Final = Path(__file__).with_name("recipe.toml")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cycle(_Part):
    """One warm-up and cosine of the learning rate, `steps` long."""

    steps: int
    learning_rate: float


class VaeRecipe(_Part):
    """The autoencoder: `channels` a level, from the picture's resolution down by two each."""

    channels: tuple[int, ...]
    layers_per_block: int
    latent_channels: int
    batch_size: int
    cycles: tuple[Cycle, ...]
    edge_weight: float
    coarse_weight: float
    kl_weight: float

    @property
    def steps(self) -> int:
        """Steps of all cycles together."""
        return sum(cycle.steps for cycle in self.cycles)

    def learning_rate(self, step: int) -> float:
        """The rate at a step counted from 0 over all cycles."""
        for cycle in self.cycles:
            if step < cycle.steps:
                return learning_rate_at(step, steps=cycle.steps, peak=cycle.learning_rate, warmup=100)
            step -= cycle.steps
        return 0.0


class DiffusionRecipe(_Part):
    """The UNet and its text encoder, trained together."""

    channels: tuple[int, ...]
    layers_per_block: int
    text_width: int
    text_layers: int
    text_heads: int
    context_length: int
    steps: int
    batch_size: int
    learning_rate: float
    caption_dropout: float
    snr_gamma: float
    ema_decay: float


class ClipRecipe(_Part):
    """The miniature CLIP."""

    width: int
    layers: int
    patch_size: int
    text_width: int
    text_layers: int
    embed_dim: int
    steps: int
    batch_size: int
    learning_rate: float


class DinoRecipe(_Part):
    """The miniature DINO."""

    width: int
    layers: int
    heads: int
    patch_size: int
    steps: int
    batch_size: int
    learning_rate: float
    prototypes: int
    local_crops: int


class Recipe(_Part):
    """All of it, with the seed of every draw and the number of scenes."""

    seed: int
    scenes: int
    held_out: int
    clips: int
    vae: VaeRecipe
    diffusion: DiffusionRecipe
    clip: ClipRecipe
    dino: DinoRecipe

    @property
    def hash(self) -> str:
        """SHA-256 of the recipe's values: 64 hex digits."""
        return sha256_json(self.model_dump(mode="json"))


def load_recipe(path: Path = RECIPE_FILE) -> Recipe:
    """Read a recipe file."""
    return Recipe.model_validate(tomllib.loads(path.read_text()))
