"""What the readings of other code bases make of pictures in which they differ, and that protocols say so."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.encoders.embedding_cache import image_space
from dreambench.dataset.images import open_image


@pytest.fixture
def glass(tmp_path: Path) -> Path:
    """Red behind a transparency of one half."""
    path = tmp_path / "glass.png"
    Image.new("RGBA", (4, 4), (200, 0, 0, 128)).save(path)
    return path


def test_transparency_is_laid_on_white_or_not_seen(glass: Path) -> None:
    half = 128 / 255
    on_white = [half * value + (1 - half) * 255 for value in (200, 0, 0)]
    for reading in ("careful", "turned_on_white"):
        assert np.abs(np.asarray(open_image(glass, reading), float) - on_white).max() <= 1, reading
    assert open_image(glass, "convert_rgb").getpixel((0, 0)) == (200, 0, 0)


@pytest.mark.parametrize(("reading", "is_turned"), [("careful", True), ("turned_on_white", True), ("convert_rgb", False)])
def test_a_turned_photo_stands_or_lies(tmp_path: Path, reading: str, is_turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 10)).save(tmp_path / "turned.jpg", exif=exif)
    assert open_image(tmp_path / "turned.jpg", reading).size == ((10, 30) if is_turned else (30, 10))


def test_only_the_careful_reading_scales_16_bits_by_their_range(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 32896, np.uint16)).save(tmp_path / "deep.png")
    assert open_image(tmp_path / "deep.png").getpixel((0, 0)) == (128, 128, 128)
    with Image.open(tmp_path / "deep.png") as image:
        assert open_image(tmp_path / "deep.png", "convert_rgb").getpixel((0, 0)) == image.convert("RGB").getpixel((0, 0))


def test_a_kept_embedding_is_of_one_reading_alone() -> None:
    assert len({image_space("f" * 64, reading) for reading in ("careful", "convert_rgb", "turned_on_white")}) == 3


def test_another_reading_is_another_fingerprint_and_the_usual_one_is_not_named() -> None:
    ours = load_protocol("dreambench")
    prints = {"dino": "d" * 64, "clip": "c" * 64, "lpips": "e" * 64}
    assert ours.fingerprint(prints) == ours.model_copy(update={"reading": "careful"}).fingerprint(prints)
    assert ours.fingerprint(prints) != ours.model_copy(update={"reading": "convert_rgb"}).fingerprint(prints)
