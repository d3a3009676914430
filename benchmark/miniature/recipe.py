"""The recipe: every number that the miniature models depend on, read from recipe.toml."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from dreambench.benchmark.miniature.checkpoints import learning_rate_at
from dreambench.dataset.hashing import sha256_json
from dreambench.dataset.reading import read_toml

RECIPE_FILE: Final = Path(__file__).with_name("recipe.toml")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cycle(_Part):
    """One warm-up and cosine of the learning rate, `steps` long; `worn_share` of each batch comes from the worn scenes."""

    steps: int
    learning_rate: float
    worn_share: float = 0.0


def cycle_at(cycles: Sequence[Cycle], step: int) -> tuple[Cycle, int]:
    """The cycle that a step counted from 0 over all cycles falls into, and its number inside it."""
    for cycle in cycles:
        if step < cycle.steps:
            return cycle, step
        step -= cycle.steps
    raise IndexError("the step lies beyond the last cycle")


def learning_rate_in(cycles: Sequence[Cycle], step: int, *, warmup: int) -> float:
    """The learning rate at a step counted from 0 over all cycles."""
    cycle, inside = cycle_at(cycles, step)
    return learning_rate_at(inside, steps=cycle.steps, peak=cycle.learning_rate, warmup=warmup)


def steps_of(cycles: Sequence[Cycle]) -> int:
    """Steps of all cycles together."""
    return sum(cycle.steps for cycle in cycles)


class VaeRecipe(_Part):
    """The autoencoder: `channels` a level, from the picture's resolution down by two each."""

    channels: tuple[int, ...]
    layers_per_block: int
    latent_channels: int
    batch_size: int
    cycles: tuple[Cycle, ...]
    decoder: Cycle
    decoder_squared_weight: float
    edge_weight: float
    coarse_weight: float
    kl_weight: float


class DiffusionRecipe(_Part):
    """The UNet and its text encoder, trained together."""

    channels: tuple[int, ...]
    layers_per_block: int
    text_width: int
    text_layers: int
    text_heads: int
    context_length: int
    cycles: tuple[Cycle, ...]
    batch_size: int
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
    cycles: tuple[Cycle, ...]
    batch_size: int


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


class SmallDinoRecipe(DinoRecipe):
    """The second, smaller DINO; it draws from a seed of its own."""

    seed: int


class Recipe(_Part):
    """All of it, with the seed of every draw and the number of scenes."""

    seed: int
    scenes: int
    held_out: int
    clips: int
    worn: int
    vae: VaeRecipe
    diffusion: DiffusionRecipe
    clip: ClipRecipe
    dino: DinoRecipe
    dino_small: SmallDinoRecipe

    @property
    def hash(self) -> str:
        """SHA-256 of the values that every model but the second DINO depends on: 64 hex digits."""
        return sha256_json(self.model_dump(mode="json", exclude={"dino_small"}))

    @property
    def dino_small_hash(self) -> str:
        """SHA-256 of the values that the second DINO depends on, the clips' among them: 64 hex digits."""
        return sha256_json(self.model_dump(mode="json", include={"seed", "clips", "dino_small"}))


def load_recipe(path: Path = RECIPE_FILE) -> Recipe:
    """Read a recipe file."""
    return Recipe.model_validate(read_toml(path))
