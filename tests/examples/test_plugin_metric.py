"""The example plug-in computes what it says; that it installs and scores is the test of its page in tests/docs."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from repository import ROOT

from dreambench.benchmark.metrics import Features

FOLDER = ROOT / "examples" / "plugin-metric"


def unit(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def plugin() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nearest_similarity", FOLDER / "nearest_similarity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def features(images: NDArray[np.float32], references: NDArray[np.float32], compared: list[int], **more: object) -> Features:
    return Features("dog", {"dino": images}, {"dino": references}, compared=np.array(compared), **more)  # type: ignore[arg-type]


def test_it_has_at_most_40_lines() -> None:
    assert len((FOLDER / "nearest_similarity.py").read_text(encoding="utf-8").splitlines()) <= 40


def test_it_is_the_largest_cosine_with_the_references_that_are_compared(plugin: ModuleType) -> None:
    rng = np.random.default_rng(0)
    images, references = unit(rng.normal(size=(5, 7))), unit(rng.normal(size=(4, 7)))
    metric = plugin.NearestSimilarity(formula="nearest_similarity", encoder="dino")
    expected = [max(float(np.dot(image, references[row])) for row in (0, 2)) for image in images]
    assert metric.scores(features(images, references, [0, 2])) == pytest.approx(expected, abs=1e-6)


def test_a_real_image_does_not_meet_itself(plugin: ModuleType) -> None:
    references = unit(np.random.default_rng(1).normal(size=(4, 7)))
    metric = plugin.NearestSimilarity(formula="nearest_similarity", encoder="dino")
    real = metric.real_scores(features(references, references, [0, 1, 2, 3], own_rows=np.arange(4)))
    expected = [max(float(np.dot(references[i], references[j])) for j in range(4) if i != j) for i in range(4)]
    assert real == pytest.approx(expected, abs=1e-6)


def test_the_page_shows_packages_that_are_laid_out_as_the_example(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "add-a-metric.md").read_text(encoding="utf-8")
    for line in ('[project.entry-points."dreambench.metrics"]', "py-modules = "):
        assert line in page
        assert line in (FOLDER / "pyproject.toml").read_text(encoding="utf-8")
