"""The training corpus: captioned scenes, worn scenes and two-frame clips, rendered once to memory-mapped arrays."""

import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.miniature.recipe import Recipe
from dreambench.dataset.files import write_json
from dreambench.dataset.miniature.canvas import SIZE
from dreambench.dataset.miniature.scene import render
from dreambench.dataset.miniature.training_scenes import training_clip, training_scene, worn_scene
from dreambench.dataset.reading import read_json

_CHUNK = 500
_MAX_CAPTIONS_BYTES = 512_000_000
Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Corpus:
    """Pictures uint8 [n, 64, 64, 3] and their n captions: first the scenes, then the worn ones, last those held out."""

    pictures: Pictures
    captions: list[str]
    worn: int
    held_out: int

    @property
    def n_train(self) -> int:
        """How many of the pictures may be trained on, the worn ones among them."""
        return len(self.captions) - self.held_out

    @property
    def scenes(self) -> int:
        """How many scenes stand first: those that every cycle draws from."""
        return self.n_train - self.worn

    def draw(self, rng: np.random.Generator, count: int, *, worn_share: float) -> NDArray[np.int64]:
        """Indices of a batch, int64 [count], none twice: the rounded share from worn scenes, the rest from the others."""
        worn = round(count * worn_share)
        index = rng.choice(self.scenes, count - worn, replace=False)
        return np.concatenate([index, self.scenes + rng.choice(self.worn, worn, replace=False)]) if worn else index


def _render_scenes(job: tuple[int, int, int, int, int]) -> tuple[int, Pictures, list[str]]:
    first, last, seed, scenes, worn = job
    drawn = []
    for row in range(first, last):
        is_worn = scenes <= row < scenes + worn
        index = row if row < scenes else row - scenes if is_worn else row - worn
        drawn.append((worn_scene if is_worn else training_scene)(index, seed=seed))
    return first, np.stack([np.asarray(render(s.scene)) for s in drawn]), [s.caption for s in drawn]


def _render_clips(job: tuple[int, int, int]) -> tuple[int, Pictures]:
    first, last, seed = job
    clips = [training_clip(index, seed=seed) for index in range(first, last)]
    return first, np.stack([[np.asarray(render(frame)) for frame in clip] for clip in clips])


def _jobs(total: int, seed: int) -> list[tuple[int, int, int]]:
    return [(first, min(first + _CHUNK, total), seed) for first in range(0, total, _CHUNK)]


def build_corpus(recipe: Recipe, folder: Path, *, processes: int) -> Corpus:
    """Render the captioned scenes into a folder, or open them where they are already there."""
    total = recipe.scenes + recipe.worn + recipe.held_out
    pictures_file, captions_file = folder / "pictures.npy", folder / "captions.json"
    if captions_file.exists():
        captions = read_json(captions_file, mend="delete it.", max_bytes=_MAX_CAPTIONS_BYTES)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        pictures = np.lib.format.open_memmap(pictures_file, mode="w+", dtype=np.uint8, shape=(total, SIZE, SIZE, 3))
        captions = [""] * total
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            jobs = [(*job, recipe.scenes, recipe.worn) for job in _jobs(total, recipe.seed)]
            for first, block, told in pool.imap_unordered(_render_scenes, jobs):
                pictures[first : first + len(block)] = block
                captions[first : first + len(told)] = told
        pictures.flush()
        write_json(captions_file, captions)
    return Corpus(np.load(pictures_file, mmap_mode="r"), captions, recipe.worn, recipe.held_out)


def build_clips(recipe: Recipe, folder: Path, *, processes: int) -> Pictures:
    """Render the clips into a folder, or open them where they are already there: uint8 [n, 2, 64, 64, 3]."""
    path = folder / "clips.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        shape = (recipe.clips, 2, SIZE, SIZE, 3)
        aside = folder / "clips.part.npy"
        clips = np.lib.format.open_memmap(aside, mode="w+", dtype=np.uint8, shape=shape)
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            for first, block in pool.imap_unordered(_render_clips, _jobs(recipe.clips, recipe.seed)):
                clips[first : first + len(block)] = block
        clips.flush()
        aside.replace(path)
    clips_on_disk: Pictures = np.load(path, mmap_mode="r")
    return clips_on_disk
