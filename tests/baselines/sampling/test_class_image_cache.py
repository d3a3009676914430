"""The cache of class images: what is not what was written is made again and said, and one address has one set of pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dreambench.baselines.method import MethodContext
from dreambench.baselines.sampling.class_images import ClassImages, class_batch, class_image_moments, make_part, parts_of
from dreambench.dataset.hashing import sha256_file

Contexts = Callable[..., MethodContext]
WANTED = ClassImages("dog", 5, 1.0)


def zero_the_tail(folder: Path) -> None:
    file = folder / "moments.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-200] + bytes(200))


def plant_nan(folder: Path) -> None:
    """With the hash of it, as whoever made it so would have written."""
    file = folder / "moments.safetensors"
    stored = load_file(file)
    stored["mean"][0, 0, 0, 0] = float("nan")
    save_file(stored, file)
    made = json.loads((folder / "made.json").read_text())
    (folder / "made.json").write_text(json.dumps(made | {"sha256": sha256_file(file)}))


def lose_the_record(folder: Path) -> None:
    (folder / "made.json").write_text("[" * 10_000)


@pytest.mark.parametrize("harm", [zero_the_tail, plant_nan, lose_the_record])
def test_damaged_class_images_are_made_again_and_it_is_said(
    context: Contexts, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    where = context()
    first = class_image_moments(WANTED, where)
    assert not caplog.messages
    (folder,) = [path for path in (where.cache_dir / "class_images").iterdir() if path.is_dir()]
    harm(folder)
    again = class_image_moments(WANTED, where)
    assert torch.equal(first.mean, again.mean)
    assert torch.equal(first.std, again.std)
    assert any("damaged; they are made again" in text for text in caplog.messages)
    caplog.clear()
    class_image_moments(WANTED, where)
    assert not caplog.messages


def test_the_batch_of_generated_images_moves_no_class_image(context: Contexts, tmp_path: Path) -> None:
    found = [class_image_moments(WANTED, context(batch_size=size, cache_dir=tmp_path / str(size))) for size in (1, 2, 4)]
    assert all(torch.equal(found[0].mean, other.mean) for other in found[1:])
    addresses = {path.name for path in tmp_path.glob("*/class_images/*") if path.is_dir()}
    assert len(addresses) == 1


def test_the_fixed_batch_is_the_one_that_the_shipped_baseline_was_made_with() -> None:
    assert [class_batch(side) for side in (64, 512, 1024, 4096)] == [16, 4, 1, 1]


def whole(where: MethodContext) -> dict[str, bytes]:
    """The files of the one set that the cache has, and nothing else is left beside it."""
    (folder,) = (where.cache_dir / "class_images").iterdir()
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_set_made_of_parts_in_any_order_is_the_set_made_in_one_piece(context: Contexts, tmp_path: Path) -> None:
    wanted = ClassImages("dog", 21, 2.0)
    one, three = (context(cache_dir=tmp_path / name) for name in ("one", "three"))
    first = class_image_moments(wanted, one)
    drawn: list[int] = []
    three.on_progress = lambda _phase, done, total: drawn.append(done) if total == 21 else None
    parts = parts_of(wanted, three.sampler)
    assert [number for part in parts for number in part] == list(range(21))
    assert all(part.start % class_batch(three.sampler.resolution) == 0 for part in parts)
    assert len(parts) == 2
    for number in (1, 0, 1):
        make_part(wanted, three, number)
    assert drawn == [5, 16]  # batch by batch, and the second time nothing
    again = class_image_moments(wanted, three)
    assert torch.equal(first.mean, again.mean)
    assert torch.equal(first.std, again.std)
    assert whole(one) == whole(three)
    make_part(wanted, three, 0)
    assert whole(one) == whole(three)


@pytest.mark.parametrize("left", [b"", None])
def test_a_part_that_is_damaged_or_missing_is_made_with_the_whole(
    context: Contexts, tmp_path: Path, left: bytes | None
) -> None:
    wanted = ClassImages("dog", 17, 1.0)
    one, parts = (context(cache_dir=tmp_path / name) for name in ("one", "parts"))
    class_image_moments(wanted, one)
    make_part(wanted, parts, 1)
    (file,) = parts.cache_dir.rglob("*.parts/*")
    file.write_bytes(file.read_bytes()[:-3] + b"\0\1\2" if left is None else left)
    class_image_moments(wanted, parts)
    assert whole(one) == whole(parts)
