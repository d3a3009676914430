"""Scores made up by a seed, for as many methods and metrics as a test wants, with names as strangers send them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dreambench.dataset.collection import load_dataset
from dreambench.dataset.kinds import Kind
from dreambench.reports.cells import Cell, Column
from dreambench.reports.plots import PlotData, PlottedMethod

SUBJECTS: tuple[tuple[str, str, Kind], ...] = (
    ("backpack", "backpack", "object"),
    ("grey_sloth_plushie", "stuffed animal", "object"),
    ("vase", "vase", "object"),
    ("cat2", "cat", "live"),
    ("dog", "dog", "live"),
)
#: As the protocol `miniature` declares them.
METRICS = (
    Column("dino", "DINO", True, "image_similarity"),
    Column("clip_i", "CLIP-I", True, "image_similarity"),
    Column("clip_t", "CLIP-T", True, "text_similarity"),
    Column("pres", "PRES", False, "prior_similarity", level="subject"),
    Column("div", "DIV (DINO)", True, "diversity", level="subject"),
    Column("identification", "Subj. ID", True, "subject_identification"),
    Column("copy_index", "Copy", False, "copy_index"),
)
#: Five encoders side by side.
PANEL = (
    Column("dino", "DINO", True, "image_similarity"),
    Column("dinov2", "DINOv2-B", True, "image_similarity"),
    Column("siglip2", "SigLIP2-B", True, "image_similarity"),
    Column("clip_b32", "CLIP-I B/32", True, "image_similarity"),
    Column("clip_l14", "CLIP-I L/14", True, "image_similarity"),
    Column("clip_t_b32", "CLIP-T B/32", True, "text_similarity"),
    Column("clip_t_l14", "CLIP-T L/14", True, "text_similarity"),
    Column("siglip2_t", "SigLIP2-T B/16 multilingual", True, "text_similarity"),
    Column("pres", "PRES", False, "prior_similarity", level="subject"),
    Column("div", "DIV (DINO)", True, "diversity", level="subject"),
    Column("identification", "Subj. ID", True, "subject_identification"),
    Column("identification_dinov2", "Subj. ID (DINOv2)", True, "subject_identification"),
    Column("copy_index", "Copy", False, "copy_index"),
)
HOSTILE = (
    "$\\frac{1}{0}$ \\LaTeX_%&#",
    "<script>alert('x')</script>--><b>",
    "name\nof\ttwo\x00lines\x1b[31m",
    "\u202eevil\u202c\u200b",
    "クロスアテンション方式",
    "z\u0337\u0322a\u0338l\u0335go" + "\u0301" * 300,
    "very/long/path/to/some/folder/of/runs/" * 20 + "seed0",
    "very/long/path/to/some/folder/of/runs/" * 20 + "seed1",
    "",
    "../../../../etc/passwd",
    "a" * 5000,
    "unbroken" * 40,
)


@dataclass(frozen=True)
class Took:
    """A cost; the benchmark's own record is another class of the same shape."""

    seconds: Mapping[str, float]
    peak_memory_bytes: int | None
    peak_device_memory_bytes: int | None
    machine: str


@dataclass(frozen=True, eq=False)
class Sample:
    """Embeddings; the benchmark's own record is another class of the same shape."""

    encoder: str
    references: Mapping[str, np.ndarray]
    generated: Sequence[Mapping[str, np.ndarray]]
    sample: str = "first image of every prompt"


def made_up(
    labels: Sequence[str],
    *,
    seed: int = 0,
    spread: float = 0.15,
    n_images: int = 2,
    metrics: Sequence[Column] = METRICS,
    subjects: Sequence[tuple[str, str, Kind]] = SUBJECTS,
) -> PlotData:
    """Data of methods with these labels; means lie `spread` apart, so that small spreads crowd the points."""
    draw = np.random.default_rng(seed)
    methods, generated = [], []
    references = {name: _unit(draw.normal(size=(4, 8)) + 3.0 * draw.normal(size=8)) for name, _, _ in subjects[:6]}
    by_image = [column for column in metrics if column.level == "image"]
    for label in labels:
        levels = {column.key: _level(column, draw, spread) for column in metrics}
        rows = [
            {
                "subject": name,
                "kind": kind,
                "class_noun": noun,
                "prompt_index": prompt.index,
                "prompt": prompt.text(noun),
                "request": prompt.request,
                "family": prompt.family,
                "image_index": k,
                **{column.key: _value(column, levels[column.key], draw) for column in by_image},
            }
            for name, noun, kind in subjects
            for prompt in load_dataset("mini").prompts_of(kind)
            for k in range(n_images)
        ]
        images = pd.DataFrame(rows)
        by_subject = images.groupby(["subject", "kind"], as_index=False)[[column.key for column in by_image]].mean()
        extra = {c.key: draw.normal(levels[c.key], 0.1, len(by_subject)) for c in metrics if c.level == "subject"}
        by_subject = by_subject.assign(**extra)
        overall = {}
        for column in metrics:
            mean, half = float(by_subject[column.key].mean()), float(draw.uniform(0.01, 0.05))
            overall[column.key] = Cell(mean, mean - half, mean + 1.5 * half)
        seconds = {name: float(draw.uniform(5, 60)) for name, _, _ in subjects}
        cost = Took(seconds, int(draw.uniform(1e9, 4e9)), None, "AMD EPYC, 2 cores")
        methods.append(PlottedMethod(label, overall, images, by_subject, cost))
        generated.append({name: _unit(rows[:1] + 0.3 * draw.normal(size=(6, 8))) for name, rows in references.items()})
    return PlotData(
        tuple(methods),
        tuple(metrics),
        {"8017e01460dd": "miniature"},
        _beside(metrics),
        Sample("vit_tiny", references, tuple(generated)),
    )


def _level(column: Column, draw: np.random.Generator, spread: float) -> float:
    usual = {"image_similarity": 0.6, "text_similarity": 0.5, "subject_identification": 0.7, "copy_index": 0.1}
    return float(usual.get(column.formula, 0.4) + spread * draw.normal())


def _value(column: Column, level: float, draw: np.random.Generator) -> float:
    if column.formula == "subject_identification":
        return float(draw.random() < level)
    if column.formula == "copy_index":
        return float(np.clip(level + 0.2 * draw.normal(), 0.0, 1.0))
    return float(np.clip(level + 0.1 * draw.normal(), -1.0, 1.0))


def _beside(metrics: Sequence[Column]) -> dict[str, dict[str, Cell]]:
    """Yardsticks: only copies and the untuned model have a prompt to follow."""
    fidelity = [column.key for column in metrics if column.formula == "image_similarity"]
    prompt = [column.key for column in metrics if column.formula == "text_similarity"]
    level: dict[str, tuple[Cell, Cell | None]] = {
        "real_images": (Cell(0.972, 0.966, 0.978), None),
        "copy_reference": (Cell(0.978, 0.972, 0.983), Cell(0.129, 0.09, 0.168)),
        "impostor": (Cell(0.45, 0.41, 0.49), None),
        "pretrained": (Cell(0.31, 0.28, 0.35), Cell(0.72, 0.7, 0.74)),
    }
    return {
        name: dict.fromkeys(fidelity, up) | dict.fromkeys(prompt, Cell(None) if across is None else across)
        for name, (up, across) in level.items()
    }


def _unit(rows: Any) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def data_of() -> Callable[..., PlotData]:
    """`data_of(labels, seed=0, spread=0.15, metrics=METRICS)`."""
    return made_up


@pytest.fixture(scope="session")
def three() -> PlotData:
    return made_up(["dreambooth", "textual_inversion", "pretrained"])


@pytest.fixture(scope="session")
def panel() -> PlotData:
    """Two methods under five encoders."""
    return made_up(["dreambooth", "textual_inversion"], metrics=PANEL)


@pytest.fixture(scope="session")
def hostile() -> PlotData:
    """Twelve methods whose names were sent by someone who does not mean well."""
    return made_up(HOSTILE, seed=3)
