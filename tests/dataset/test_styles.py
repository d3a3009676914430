"""Styles and the statue: the same seed gives the same painting, each artist a palette of its own, and the subject stays."""

import colorsys
from itertools import combinations

import numpy as np
import pytest

from dreambench.dataset.miniature.cast import CAST
from dreambench.dataset.miniature.scene import random_scene, render
from dreambench.dataset.miniature.statue import SCULPTOR
from dreambench.dataset.miniature.styles import PAINTERS

ONE_OF_EACH_CLASS = sorted({look.class_noun: name for name, look in CAST.items()}.values())


def pixels(name: str, seed: int, artist: str | None = None) -> np.ndarray:
    return np.asarray(render(random_scene(CAST[name], seed, artist=artist))).astype(float)


def middle_hue(picture: np.ndarray) -> float:
    """The hue in degrees of the mean colour in the middle of the picture, where the subject stands."""
    red, green, blue = picture[32:40, 28:36].mean((0, 1)) / 255
    return 360 * colorsys.rgb_to_hsv(red, green, blue)[0]


@pytest.mark.parametrize("name", ONE_OF_EACH_CLASS)
def test_every_class_is_shown_by_every_artist_and_no_two_look_alike(name: str) -> None:
    pictures = [pixels(name, 6, artist) for artist in (None, *PAINTERS, SCULPTOR)]
    assert all(picture.shape == (64, 64, 3) for picture in pictures)
    for first, second in combinations(pictures, 2):
        assert np.abs(first - second).mean() > 4


@pytest.mark.parametrize("artist", [*PAINTERS, SCULPTOR])
def test_the_same_seed_gives_the_same_picture(artist: str) -> None:
    assert np.array_equal(pixels("dog", 4, artist), pixels("dog", 4, artist))
    assert not np.array_equal(pixels("dog", 4, artist), pixels("dog", 5, artist))


def test_palettes_are_the_declared_ones() -> None:
    usual = {artist: np.mean([pixels(name, 9, artist).mean() for name in ONE_OF_EACH_CLASS]) for artist in (None, *PAINTERS)}
    assert usual["Rembrandt"] < 0.6 * usual[None]  # the dark is most of the picture
    assert usual["Pierre-Auguste Renoir"] > usual[None]
    drawing = pixels("can", 9, "Leonardo da Vinci")  # red-brown on paper, whatever the colours were
    assert (drawing[..., 0] > drawing[..., 2]).all()


@pytest.mark.parametrize("artist", ["Vincent van Gogh", "Rembrandt", "Pierre-Auguste Renoir", "Georges Seurat"])
@pytest.mark.parametrize("name", ["red_cartoon", "duck_toy"])
def test_painters_of_colour_keep_the_subjects_hue(artist: str, name: str) -> None:
    turn = abs(middle_hue(pixels(name, 2, artist)) - middle_hue(pixels(name, 2)))
    assert min(turn, 360 - turn) < 25


def test_a_statue_is_marble_without_colour_whatever_the_subject_has() -> None:
    for name in ("red_cartoon", "duck_toy", "cat"):
        red, green, blue = pixels(name, 2, SCULPTOR)[26:34, 29:35].mean((0, 1)) / 255
        assert colorsys.rgb_to_hsv(red, green, blue)[1] < 0.15
