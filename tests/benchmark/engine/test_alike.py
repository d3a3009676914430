"""A model that was wrecked in training makes one picture whatever it is asked; that is seen and said."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from run_fakes import FEW, Bench

from dreambench.benchmark.engine.alike import Likeness


def pictures(noise: float, n: int = 8) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    base = generator.integers(60, 190, (16, 16, 3))
    return [np.clip(base + generator.normal(0, noise, (16, 16, 3)), 0, 255).astype(np.uint8) for _ in range(n)]


@pytest.mark.parametrize(("noise", "n", "alike"), [(0.5, 8, True), (20.0, 8, False), (0.0, 4, True), (0.0, 3, False)])
def test_pictures_that_look_alike_are_seen(noise: float, n: int, alike: bool) -> None:
    likeness, made = Likeness(), pictures(noise, n)
    for picture in made:
        likeness.add(Image.fromarray(picture))
    assert likeness.all_alike is alike
    assert likeness.spread == pytest.approx(np.stack(made).astype(float).std(axis=0).mean(), abs=1e-9)


@pytest.mark.parametrize(
    ("steps", "why"), [(3, "; the weights may have diverged in training, so lower learning_rate"), (0, "")]
)
def test_a_run_says_of_which_subjects_all_images_look_alike(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, why: str
) -> None:
    method = importlib.import_module("fake_dreambench_method")
    usual = method.image_seed
    monkeypatch.setattr(
        method, "image_seed", lambda request, seed: 7 if request.subject.id != "can" else usual(request, seed=seed)
    )
    result = bench(*FEW, "--set", f"steps={steps}", "--out", "run")
    assert result.exit_code == 0, result.output
    sentence = f"All images of dog, vase look alike, whatever the prompt{why}."
    assert sentence in json.loads((tmp_path / "run/summary.json").read_text())["remarks"]
    assert sentence in " ".join(result.output.split())


def test_a_sound_run_says_nothing_of_the_kind(bench: Bench, tmp_path: Path) -> None:
    result = bench(*FEW, "--out", "run")
    assert "look alike" not in result.output + (tmp_path / "run/summary.json").read_text()
