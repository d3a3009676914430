"""Scoring at full size: ViT-S/16 and ViT-B/32 with random weights over pictures of 512 pixels, and again from the cache.

What `bench score` does, less loading the encoders: every file is looked at, embedded and scored, and the summary made.
The pictures are the miniature's reference images enlarged, with noise, so that a PNG weighs what one of Stable Diffusion's
does (about half a megabyte); a comment in each makes every file's content its own, so that no embedding serves twice.
"""

import io
import os
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import psutil
import torch
from PIL import Image

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord
from dreambench.benchmark.encoders import EmbeddingCache, Encoders, load_encoders
from dreambench.benchmark.machine.environment import Environment, usable_cores
from dreambench.benchmark.results.summary import About
from dreambench.benchmark.results.writing import summary_of
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.benchmark.scoring.inspection import Expected, inspect_images
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.images import open_image

from .timed_encoders import timed
from .timing import Figure

PROMPTS: Final = 25
PER_PROMPT: Final = 4
SIDE: Final = 512
_DIFFERENT: Final = 24


def full_scoring(device: str, *, images: int, side: int = SIDE, load: Callable[[str], Encoders] | None = None) -> list[Figure]:
    """Figures of one scoring of about that many pictures, and of a second one from the cache.

    Args:
        device: cpu or cuda.
        images: rounded up to whole subjects, of 100 each; the dataset has 30.
        side: of the pictures, in pixels.
        load: makes the encoders for a device; None: the full-size ones.
    """
    protocol, dataset = _protocol(), load_dataset("mini")
    encoders = (load or full_size_encoders)(device)
    with tempfile.TemporaryDirectory(prefix="dreambench-scoring-") as folder:
        table = write_pictures(Path(folder) / "images", dataset, subjects=min(30, max(1, -(-images // 100))), side=side)
        cache = Path(folder) / "cache"
        first = _score(table, dataset, protocol, encoders, cache, device)
        again = _score(table, dataset, protocol, encoders, cache, device)
    n, cores = len(table), torch.get_num_threads() if device == "cpu" else 1
    return [
        Figure("full scoring", f"{n / first['wall']:.2f} images a second", first["wall"] / n, "s/image"),
        Figure("full scoring", "time in the encoders' passes", first["encoders"] / first["whole"], "share of all"),
        Figure("full scoring", f"of {cores} core(s) busy", first["processor"] / first["wall"] / cores, "share of all"),
        Figure("full scoring", "from the cache", again["wall"], "s", "the first time", first["wall"]),
        Figure("full scoring", "memory, at the end", first["memory"], "MB", "after a quarter", first["memory early"]),
    ]


def full_size_encoders(device: str) -> Encoders:
    """ViT-S/16 and ViT-B/32 with seeded random weights, through the files that are published."""
    from tests.helpers.checkpoints.encoders import write_clip, write_dino

    with tempfile.TemporaryDirectory(prefix="dreambench-weights-") as folder:
        dino = write_dino(Path(folder) / "dino", "timm", size="S/16")
        clip = write_clip(Path(folder) / "clip", "open_clip", size="B/32")
        specs = {
            "dino": EncoderSpec(architecture="vit_small_patch16_224.dino", weights=str(dino)),
            "clip": EncoderSpec(architecture="ViT-B-32-quickgelu", weights=str(clip)),
        }
        return load_encoders(specs, _protocol(), device)


def _protocol() -> Protocol:
    """The protocol "dreambench" with a DIV by DINO: LPIPS has no weights without a network."""
    record = load_protocol("dreambench").record()
    div = {"formula": "diversity", "encoder": "dino", "label": "DIV (DINO)"}
    return Protocol.model_validate(record | {"metrics": record["metrics"] | {"div": div}})


def write_pictures(folder: Path, dataset: Dataset, *, subjects: int, side: int) -> pd.DataFrame:
    """Write pictures for each prompt of some subjects: the table that scoring takes."""
    rng = np.random.default_rng(0)
    paths = [path for subject in dataset.subjects for path in dataset.reference_paths(subject)]
    files = []
    for path in paths[:_DIFFERENT]:
        pixels = np.asarray(open_image(path).resize((side, side), Image.Resampling.BICUBIC), dtype=np.float32)
        noisy = np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noisy).save(buffer, format="PNG")
        files.append(buffer.getvalue())
    rows: list[dict[str, Any]] = []
    for subject in dataset.subjects[:subjects]:
        for prompt in range(PROMPTS):
            for index in range(PER_PROMPT):
                path = folder / subject.id / f"{prompt:02d}" / f"{index}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_with_comment(files[len(rows) % len(files)], f"{len(rows)}"))
                rows.append({"subject": subject.id, "prompt_index": prompt, "image_index": index, "path": str(path)})
    return pd.DataFrame(rows)


def _with_comment(png: bytes, text: str) -> bytes:
    """The same picture with a comment before its end chunk."""
    data = b"tEXt" + b"number\0" + text.encode()
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return png[:-12] + chunk + png[-12:]


def _score(
    table: pd.DataFrame, dataset: Dataset, protocol: Protocol, encoders: Encoders, cache: Path, device: str
) -> dict[str, float]:
    """One scoring: seconds by the clock and of processor time, in the encoders and in all, and peak memory in MB."""
    on_cpu = device == "cpu"
    timed_encoders, in_encoders = timed(encoders, time.thread_time if on_cpu else time.perf_counter)
    memory: list[tuple[float, float]] = []

    def watch(done: int, total: int, _seconds: float) -> None:
        memory.append((done / total, psutil.Process(os.getpid()).memory_info().rss / 1e6))

    kept = EmbeddingCache(cache)
    start, processor = time.perf_counter(), time.process_time()
    subjects = tuple(sorted(table["subject"].unique()))
    inspection = inspect_images(
        table, Expected(dict.fromkeys(subjects, tuple(range(PROMPTS))), PER_PROMPT), cache=kept, threads=usable_cores()
    )
    if inspection.unusable or inspection.extra:
        raise RuntimeError(f"the benchmark's own pictures are not as they should be: {inspection.lines()}")
    evaluation = evaluate(
        table, priors=None, dataset=dataset, protocol=protocol, encoders=timed_encoders, on_scored=watch, cache=kept
    )
    about = About(dataset=DatasetRecord.model_validate(dataset.record()))
    summary_of(
        evaluation, about=about, protocol=protocol, encoders=encoders.fingerprints(), seconds={}, environment=Environment()
    )
    wall, processor = time.perf_counter() - start, time.process_time() - processor
    return {
        "wall": wall,
        "processor": processor,
        "encoders": in_encoders(),
        "whole": processor if on_cpu else wall,
        "memory": max(megabytes for _, megabytes in memory),
        "memory early": max((megabytes for share, megabytes in memory if share <= 0.25), default=memory[0][1]),
    }
