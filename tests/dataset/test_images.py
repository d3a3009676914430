"""Pictures of any size, mode and profile come in as RGB; hostile ones are refused by name."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from dreambench.dataset.errors import UserError
from dreambench.dataset.images import list_images, open_image, square


def _save(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(tmp_path: Path, mode: str) -> None:
    suffix = ".tif" if mode == "CMYK" else ".png"
    image = Image.new("I;16", (5, 4), 65535) if mode == "I;16" else Image.new("RGB", (5, 4), (255, 255, 255)).convert(mode)
    opened = open_image(_save(tmp_path / f"white{suffix}", image))
    assert opened.mode == "RGB"
    assert opened.size == (5, 4)
    assert np.asarray(opened).min() >= 250


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    opened = open_image(_save(tmp_path / "clear.png", Image.new("RGBA", (2, 2), (255, 0, 0, 0))))
    assert opened.getpixel((0, 0)) == (255, 255, 255)


def test_exif_rotation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn a quarter clockwise to show
    opened = open_image(_save(tmp_path / "turned.jpg", Image.new("RGB", (30, 10)), exif=exif))
    assert opened.size == (10, 30)


def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    grey = Image.new("RGB", (2, 2), (120, 60, 30))
    same = open_image(_save(tmp_path / "srgb.png", grey, icc_profile=srgb))
    assert np.abs(np.asarray(same).astype(int) - np.asarray(grey)).max() <= 1
    odd = open_image(_save(tmp_path / "odd.png", grey, icc_profile=profile))  # a profile that does not fit is ignored
    assert odd.getpixel((0, 0)) == (120, 60, 30)


def test_broken_and_foreign_files_are_refused_by_name(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(whole, "PNG")
    cases = {
        "truncated.png": whole.getvalue()[: len(whole.getvalue()) // 2],
        "text.png": b"this is no picture",
        "empty.png": b"",
        "script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    }
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=name):
            open_image(tmp_path / name)
    with pytest.raises(UserError, match=r"gone\.png does not exist"):
        open_image(tmp_path / "gone.png")


def test_a_decompression_bomb_is_refused_without_unpacking(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = (60_000).to_bytes(4) + (60_000).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(UserError, match=r"bomb\.png"):
        open_image(tmp_path / "bomb.png")


def test_a_strip_that_would_swell_is_refused(tmp_path: Path) -> None:
    """Its short side scaled to 256 pixels, a small file of 1 x 50,000 would be a picture of 10 GB."""
    Image.new("RGB", (1, 50_000)).save(tmp_path / "strip.png")
    with pytest.raises(UserError, match=r"strip\.png has 1 x 50000 pixels"):
        open_image(tmp_path / "strip.png")


def test_whatever_a_decoder_raises_is_the_files_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "odd.png")

    def stumble(_image: Image.Image) -> Image.Image:
        raise struct.error("unpack requires a buffer of 8 bytes")

    monkeypatch.setattr("dreambench.dataset.pictures.reading.upright", stumble)
    with pytest.raises(UserError, match=r"odd\.png is not a picture"):
        open_image(tmp_path / "odd.png")


def test_a_folder_lists_sorted_images_only(tmp_path: Path) -> None:
    for name in ("02.PNG", "00.jpg", "01.jpeg", "notes.txt", ".hidden.png"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_images(tmp_path)] == ["00.jpg", "01.jpeg", "02.PNG"]


def test_square_crops_the_centre() -> None:
    image = Image.new("RGB", (30, 10), (255, 0, 0))
    image.paste((0, 255, 0), (10, 0, 20, 10))
    cut = np.asarray(square(image, 10))
    assert cut.shape == (10, 10, 3)
    assert (cut == (0, 255, 0)).all()
