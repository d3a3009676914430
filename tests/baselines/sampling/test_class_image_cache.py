"""The cache of class images: what is not what was written is made again and said, and one address has one set of pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from dreambench.baselines.method import MethodContext
from dreambench.baselines.sampling.class_images import ClassImages, class_batch, class_image_moments
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
