import threading

import numpy as np
import pytest
from encoder_fakes import MeanColour

from dreambench.benchmark.encoders import embed_files
from dreambench.dataset.errors import UserError


@pytest.fixture(scope="module")
def files(tmp_path_factory, random_image):
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"{index}.png" for index in range(11)]
    for index, path in enumerate(paths):
        random_image(index, (10 + index, 12)).save(path)
    return paths


def test_rows_come_back_in_the_order_of_the_files_whatever_the_batch_size_and_lanes(files):
    alone = np.concatenate([embed_files([path], [MeanColour()])[0] for path in files])
    for batch_size, lanes in ((1, 3), (4, 1), (4, 2), (64, 8)):
        encoder, other = MeanColour(), MeanColour()
        first, second = embed_files(files, [encoder, other], batch_size=batch_size, lanes=lanes)
        assert np.array_equal(first, alone)
        assert np.array_equal(second, alone)
        assert max(encoder.batches) <= batch_size


def test_progress_adds_up_to_the_number_of_files(files):
    told = []
    embed_files(files, [MeanColour()], batch_size=4, lanes=3, on_done=told.append)
    assert told == [4, 4, 3]


def test_no_files_give_no_rows():
    assert embed_files([], [MeanColour()])[0].shape == (0, 3)


def test_a_broken_file_stops_the_reading_and_is_named(files, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    with pytest.raises(UserError, match=r"broken\.png"):
        embed_files([*files, broken, *files], [MeanColour()], batch_size=4, lanes=2)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("dreambench-embed")]


def test_a_lane_reads_no_further_than_its_batch(files, monkeypatch):
    """What bounds memory: crops of at most `lanes` batches exist at a time, however many files there are."""
    import dreambench.benchmark.encoders.embeddings as module

    lock = threading.Lock()
    waiting, most = 0, []
    real = module.open_image

    def counted(path, reading):
        nonlocal waiting
        with lock:
            waiting += 1
            most.append(waiting)
        return real(path, reading)

    class Watching(MeanColour):
        def embed_crops(self, crops):
            nonlocal waiting
            rows = super().embed_crops(crops)
            with lock:
                waiting -= len(crops)
            return rows

    monkeypatch.setattr(module, "open_image", counted)
    embed_files(files * 10, [Watching()], batch_size=5, lanes=3)
    assert len(most) == 110
    assert waiting == 0
    assert max(most) <= 15


def test_torchs_threads_are_given_back(files):
    import torch

    before = torch.get_num_threads()
    embed_files(files, [MeanColour()], batch_size=2, lanes=2)
    assert torch.get_num_threads() == before
