import threading

import numpy as np
import pytest

from benchmark.encoders import ImageTransform, embed_files
from dataset.errors import UserError


class MeanColour:
    """An encoder simple enough to check by eye: the direction of the mean colour."""

    name = fingerprint = "mean-colour"
    transform = ImageTransform(resize=8, crop=8, mean=(0, 0, 0), std=(1, 1, 1))

    def __init__(self):
        self.batches = []

    def embed_images(self, images):
        return self.embed_crops(np.stack([self.transform.cropped(i) for i in images]) if images else np.zeros((0, 8, 8, 3)))

    def embed_crops(self, crops):
        self.batches.append(len(crops))
        colours = crops.reshape(-1, 64, 3).mean(axis=1)
        return (colours / np.linalg.norm(colours, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory, random_image):
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{index}.png" for index in range(11)]
    for index, path in enumerate(paths):
        random_image(index, (10 + index, 12)).save(path)
    return paths


def test_rows_come_back_in_the_order_of_the_files_whatever_the_batch_size(files):
    alone = np.concatenate([embed_files([path], [MeanColour()])[0] for path in files])
    for batch_size in (1, 4, 64):
        encoder, other = MeanColour(), MeanColour()
        first, second = embed_files(files, [encoder, other], batch_size=batch_size)
        assert np.array_equal(first, alone)
        assert np.array_equal(second, alone)
        assert max(encoder.batches) <= batch_size


def test_progress_adds_up_to_the_number_of_files(files):
    told = []
    embed_files(files, [MeanColour()], batch_size=4, on_done=told.append)
    assert told == [4, 4, 3]


def test_no_files_give_no_rows():
    assert embed_files([], [MeanColour()])[0].shape == (0, 3)


def test_a_broken_file_stops_the_reading_and_is_named(files, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(UserError, match=r"broken\.png"):
        embed_files([*files, broken, *files], [MeanColour()], batch_size=4)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dreambench-read")]


def test_only_two_batches_are_read_ahead(files, monkeypatch):
    opened = []
    import benchmark.encoders.embeddings as module

    real = module.open_image
    monkeypatch.setattr(module, "open_image", lambda path: opened.append(path) or real(path))
    most = []

    class Watching(MeanColour):
        def embed_crops(self, crops):
            most.append(len(opened) - sum(self.batches))
            return super().embed_crops(crops)

    embed_files(files * 10, [Watching()], batch_size=5)
    assert len(opened) == 110
    assert max(most) <= 10
