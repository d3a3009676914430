"""The training corpus: scenes rendered once to a memory-mapped array, with their captions."""

import json
import multiprocessing
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.miniature.recipe import Recipe
from dataset.files import write_json
from dataset.miniature.canvas import SIZE
from dataset.miniature.scene import render
from dataset.miniature.training_scenes import training_scene

_CHUNK = 500


@dataclass(frozen=True)
class Corpus:
    """Pictures uint8 [n, 64, 64, 3] and their n captions; the last `held_out` of them train nothing."""

    pictures: np.ndarray
    captions: list[str]
    held_out: int

    @property
    def n_train(self) -> int:
        """How many of the scenes may be trained on; they come first."""
        return len(self.captions) - self.held_out


def _render_chunk(job: tuple[int, int, int]) -> tuple[int, np.ndarray, list[str]]:
    first, last, seed = job
    scenes = [training_scene(index, seed=seed) for index in range(first, last)]
    return first, np.stack([np.asarray(render(s.scene)) for s in scenes]), [s.caption for s in scenes]


def build_corpus(recipe: Recipe, folder: Path) -> Corpus:
    """Render the corpus into a folder, or open it where it is already there."""
    total = recipe.scenes + recipe.held_out
    pictures_file, captions_file = folder / "pictures.npy", folder / "captions.json"
    if not captions_file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pictures = np.lib.format.open_memmap(pictures_file, mode="w+", dtype=np.uint8, shape=(total, SIZE, SIZE, 3))
        captions = [""] * total
        jobs = [(first, min(first + _CHUNK, total), recipe.seed) for first in range(0, total, _CHUNK)]
        with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
            for first, block, told in pool.imap_unordered(_render_chunk, jobs):
                pictures[first : first + len(block)] = block
                captions[first : first + len(told)] = told
        pictures.flush()
        write_json(captions_file, captions)
    return Corpus(np.load(pictures_file, mmap_mode="r"), json.loads(captions_file.read_text()), recipe.held_out)
