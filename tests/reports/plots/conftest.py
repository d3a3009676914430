"""Scores made up by a seed, for as many methods as a test wants, with names as strangers send them."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from dreambench.dataset.collection import load_dataset
from dreambench.dataset.kinds import Kind
from dreambench.reports.plots import Cost, Embeddings, PlotData, PlottedMethod
from dreambench.reports.records import Cell, Column

SUBJECTS: tuple[tuple[str, str, Kind], ...] = (
    ("backpack", "backpack", "object"),
    ("grey_sloth_plushie", "stuffed animal", "object"),
    ("vase", "vase", "object"),
    ("cat2", "cat", "live"),
    ("dog", "dog", "live"),
)
METRICS = (
    Column("dino", "DINO", True),
    Column("clip_i", "CLIP-I", True),
    Column("clip_t", "CLIP-T", True),
    Column("pres", "PRES", False),
    Column("div", "DIV (DINO)", True),
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


def made_up(labels: Sequence[str], *, seed: int = 0, spread: float = 0.15, n_images: int = 2) -> PlotData:
    """Data of methods with these labels; means lie `spread` apart, so that small spreads crowd the points."""
    draw = np.random.default_rng(seed)
    methods, generated = [], []
    references = {name: _unit(draw.normal(size=(4, 8)) + 3.0 * draw.normal(size=8)) for name, _, _ in SUBJECTS}
    for label in labels:
        level, obedience = 0.6 + spread * draw.normal(), 0.5 + spread * draw.normal()
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
                "dino": np.clip(level + 0.1 * draw.normal(), -1, 1),
                "clip_i": np.clip(level + 0.1 * draw.normal(), -1, 1),
                "clip_t": np.clip(obedience + 0.1 * draw.normal(), -1, 1),
            }
            for name, noun, kind in SUBJECTS
            for prompt in load_dataset("mini").prompts_of(kind)
            for k in range(n_images)
        ]
        images = pd.DataFrame(rows)
        subjects = images.groupby(["subject", "kind"], as_index=False)[["dino", "clip_i", "clip_t"]].mean()
        subjects = subjects.assign(pres=draw.normal(0.4, 0.1, len(subjects)), div=draw.normal(0.3, 0.1, len(subjects)))
        overall = {}
        for key in ("dino", "clip_i", "clip_t", "pres", "div"):
            mean, half = float(subjects[key].mean()), float(draw.uniform(0.01, 0.05))
            overall[key] = Cell(mean, mean - half, mean + 1.5 * half)
        seconds = {name: float(draw.uniform(5, 60)) for name, _, _ in SUBJECTS}
        cost = Cost(seconds, int(draw.uniform(1e9, 4e9)), None, "AMD EPYC, 2 cores")
        methods.append(PlottedMethod(label, overall, images, subjects, cost))
        generated.append({name: _unit(rows[:1] + 0.3 * draw.normal(size=(6, 8))) for name, rows in references.items()})
    beside = {
        "real_images": {"dino": Cell(0.972, 0.966, 0.978), "clip_t": Cell(None)},
        "copy_reference": {"dino": Cell(0.978, 0.972, 0.983), "clip_t": Cell(0.129, 0.09, 0.168)},
    }
    embeddings = Embeddings("vit_tiny", references, tuple(generated), sample="first image of every prompt")
    return PlotData(tuple(methods), METRICS, "miniature", "8017e01460dd", beside, embeddings)


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def data_of() -> Callable[..., PlotData]:
    """`data_of(labels, seed=0, spread=0.15)`."""
    return made_up


@pytest.fixture(scope="session")
def three() -> PlotData:
    return made_up(["dreambooth", "textual_inversion", "pretrained"])


@pytest.fixture(scope="session")
def hostile() -> PlotData:
    """Twelve methods whose names were sent by someone who does not mean well."""
    return made_up(HOSTILE, seed=3)
