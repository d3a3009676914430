"""Which files of a subject's folder are reference images, which are named, and which are passed over."""

from pathlib import Path

import pytest
from PIL import Image

from dreambench.benchmark.api.describe import describe
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.images import list_images, open_image
from dreambench.dataset.verification import verify_dataset

GREY = Image.new("RGB", (8, 8), (120, 120, 120))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A dataset whose one subject has a picture, and beside it what people's folders hold."""
    can = tmp_path / "mine" / "can"
    can.mkdir(parents=True)
    GREY.save(can / "00.jpg")
    for litter in ("._00.jpg", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (can / litter).write_bytes(b"left by a system")
    return can


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".JPG", ".mpo"])
def test_a_jpeg_is_a_jpeg_whatever_its_ending(tmp_path: Path, suffix: str) -> None:
    how = {"format": "MPO", "save_all": True, "append_images": [GREY]} if suffix == ".mpo" else {"format": "JPEG"}
    Image.new("RGB", (8, 8), (120, 120, 120)).save(tmp_path / f"00{suffix}", **how)
    assert [path.name for path in list_images(tmp_path)] == [f"00{suffix}"]
    assert open_image(tmp_path / f"00{suffix}").getpixel((4, 4)) == (120, 120, 120)


def test_what_systems_leave_is_no_part_of_a_dataset(mixed: Path) -> None:
    dataset = load_dataset(str(mixed.parent))
    assert [path.name for path in dataset.reference_paths(dataset.subject("can"))] == ["00.jpg"]
    assert dataset.unread() == []
    assert verify_dataset(dataset).problems == ()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("01.gif", "is a picture of a kind that is not read (GIF): convert it to PNG or JPEG"),
        ("01.heic", "is a picture of a kind that is not read (HEIC): convert it to PNG or JPEG"),
        ("scan", "is a PNG whose name does not say so: let it end in .png"),
        ("more/01.png", "is a folder with 1 picture in it: move them up, or the folder away"),
        ("gone.png", "is a broken link: put the picture itself there"),
        ("01.png/", "is a folder, not a picture: remove it"),
    ],
)
def test_what_looks_like_a_picture_and_is_not_read_is_named(mixed: Path, name: str, why: str) -> None:
    path = mixed / name
    path.parent.mkdir(exist_ok=True)
    if name == "gone.png":
        path.symlink_to(mixed / "nowhere.png")
    elif name.endswith("/"):
        path.mkdir()
    elif name.endswith("heic"):
        path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))
    else:
        GREY.save(path, format="GIF" if name.endswith("gif") else "PNG")
    shown = f"can/{Path(name).parts[0]}"
    dataset = load_dataset(str(mixed.parent))
    assert dataset.unread() == [f"{shown} is no reference image: it {why}."]
    assert dataset.unread({"other"}) == []
    assert [problem.sentence for problem in verify_dataset(dataset).problems] == [f"{shown} {why}."]


def test_whoever_describes_a_dataset_is_told_what_is_not_read(mixed: Path) -> None:
    (mixed / "01.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))
    found = describe(mixed.parent)
    said = "can/01.heic is no reference image: it is a picture of a kind that is not read (HEIC): convert it to PNG or JPEG."
    assert found.record()["unread"] == [said]
    assert said in found.lines()
