"""A model that was wrecked in training makes one picture whatever it is asked; that is seen and said."""

import numpy as np
import pytest
from PIL import Image

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
