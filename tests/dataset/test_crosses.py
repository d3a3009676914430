"""Crosses: every dog with every species, told from each other by both parents."""

from itertools import combinations

import numpy as np
import pytest

from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.crosses import SPECIES
from dreambench.dataset.miniature.requests import requests_by_family
from dreambench.dataset.miniature.scene import random_scene, render

DOGS = sorted(name for name, look in CAST.items() if look.class_noun == "dog")


def pixels(name: str, species: str | None, seed: int = 9) -> np.ndarray:
    return np.asarray(render(random_scene(CAST[name], seed, cross=species))).astype(int)


@pytest.mark.parametrize("name", DOGS)
def test_no_two_crosses_of_a_dog_look_alike_and_none_looks_like_the_dog(name: str) -> None:
    for first, second in combinations([pixels(name, species) for species in (None, *SPECIES)], 2):
        assert np.abs(first - second).mean() > 2.5
        assert (first[0] == second[0]).all()  # behind them, nothing changes


@pytest.mark.parametrize("species", SPECIES)
def test_the_dog_can_be_told_by_its_cross(species: str) -> None:
    for first, second in combinations(DOGS, 2):
        assert np.abs(pixels(first, species) - pixels(second, species)).mean() > 1


@pytest.mark.parametrize("species", SPECIES)
def test_a_pale_dogs_cross_is_paler_than_a_dark_ones(species: str) -> None:
    """A white and a red-brown poodle."""
    brightness = {name: pixels(name, species)[30:52, 20:44].mean() for name in ("dog2", "dog3")}
    assert brightness["dog3"] > brightness["dog2"]


def test_only_dogs_are_crossed() -> None:
    assert len(requests_by_family("dog")["cross"]) == 5
    assert "cross" not in requests_by_family("cat")
