"""The cache of embeddings: right or absent, whatever happens to its files, and whoever else uses it."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from encoder_fakes import MeanColour

from dreambench.benchmark.encoders import EmbeddingCache, embed_files
from dreambench.benchmark.encoders.embedding_cache import image_space, text_space
from dreambench.benchmark.encoders.remembered import embed_texts, remembered_distances
from dreambench.dataset.errors import UserError

SPACE, CONTENT = "5" * 64, "c" * 64
VECTOR = np.float32([0.25, -1.5, 3e-7])


@pytest.fixture
def cache(tmp_path):
    return EmbeddingCache(tmp_path)


@pytest.fixture
def files(tmp_path, random_image):
    paths = [tmp_path / f"{index}.png" for index in range(5)]
    for index, path in enumerate(paths):
        random_image(index, (12, 10)).save(path)
    return paths


def entries(folder):
    return sorted((folder / "embeddings").glob("*/*/*"))


def test_what_was_written_is_read_bit_by_bit_and_only_under_its_own_name(cache, tmp_path):
    cache.write(SPACE, CONTENT, VECTOR)
    assert np.array_equal(EmbeddingCache(tmp_path).read(SPACE, CONTENT), VECTOR)
    assert cache.read(SPACE, "d" * 64) is None
    assert cache.read("6" * 64, CONTENT) is None
    assert [path.suffix for path in entries(tmp_path)] == [".vec"]


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "moved", "folder"])
def test_a_damaged_entry_is_no_entry(cache, tmp_path, damage):
    cache.write(SPACE, CONTENT, VECTOR)
    (path,) = entries(tmp_path)
    data = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(data[:-4])
        case "changed":
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "emptied":
            path.write_bytes(b"")
        case "moved":  # whole, but another image's
            other = path.with_name("c" * 63 + "d.vec")
            path.rename(other)
            path = other
        case "folder":
            path.unlink()
            path.mkdir()
    assert cache.read(SPACE, path.stem) is None


def test_a_corrupt_entry_is_made_again(cache, tmp_path, files):
    (first,) = embed_files(files, [MeanColour()], cache=cache)
    for path in entries(tmp_path):
        path.write_bytes(path.read_bytes()[:20])
    encoder = MeanColour()
    (again,) = embed_files(files, [encoder], cache=cache)
    assert np.array_equal(again, first)
    assert sum(encoder.batches) == 5
    assert embed_files(files, [other := MeanColour()], cache=cache)[0].shape == (5, 3)
    assert other.batches == []


def test_a_second_embedding_runs_no_encoder_and_gives_the_same_bits(cache, tmp_path, files):
    fresh = embed_files(files, [MeanColour()])
    embed_files(files, [MeanColour()], cache=cache)
    encoder = MeanColour()
    told = []
    cached = embed_files(files, [encoder], cache=EmbeddingCache(tmp_path), batch_size=2, on_done=told.append)
    assert np.array_equal(cached[0], fresh[0])
    assert encoder.batches == []
    assert told == [2, 2, 1]


def test_only_what_differs_is_embedded_again(cache, files, random_image):
    one, two = MeanColour(), MeanColour(fingerprint="another")
    embed_files(files, [one], cache=cache)
    embed_files(files, [one, two], cache=cache)
    assert (sum(one.batches), sum(two.batches)) == (5, 5)
    random_image(99, (12, 10)).save(files[2])
    changed = embed_files(files, [one, two], cache=cache)
    assert (sum(one.batches), sum(two.batches)) == (6, 6)
    assert np.array_equal(changed[0], embed_files(files, [MeanColour()])[0])


def test_a_file_that_changes_while_it_is_read_is_not_kept_under_its_old_name(cache, files, monkeypatch, random_image):
    import dreambench.benchmark.encoders.embeddings as module

    real = module.open_image

    def slow(path, reading):
        random_image(7, (40, 40)).save(path)
        return real(path, reading)

    monkeypatch.setattr(module, "open_image", slow)
    before = cache.content_of(files[0])
    embed_files(files[:1], [MeanColour()], cache=cache)
    assert cache.read(image_space(MeanColour.fingerprint), before) is None


def test_threads_and_processes_may_write_the_same_entries(tmp_path):
    """Whole or absent: a reader never sees a part of what eight writers write over each other."""
    vectors = {f"{index:064x}": np.full(500, index, dtype=np.float32) for index in range(6)}
    stop = threading.Event()
    wrong = []

    def write():
        cache = EmbeddingCache(tmp_path)
        for _ in range(30):
            for name, vector in vectors.items():
                cache.write(SPACE, name, vector)

    def read():
        cache = EmbeddingCache(tmp_path)
        while not stop.is_set():
            for name, vector in vectors.items():
                found = cache.read(SPACE, name)
                if found is not None and not np.array_equal(found, vector):
                    wrong.append(name)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: write(), range(8)))
    stop.set()
    reader.join()
    assert not wrong
    assert len(entries(tmp_path)) == 6


def test_trimming_keeps_what_was_used_last(tmp_path):
    cache = EmbeddingCache(tmp_path, max_entries=10)
    names = [f"{index:064x}" for index in range(14)]
    for name in names:
        cache.write(SPACE, name, VECTOR)
    long_ago = time.time() - 1e6
    for place, path in enumerate(entries(tmp_path)):
        os.utime(path, (long_ago + place, long_ago + place))
    cache.read(SPACE, names[0])  # the oldest is used again
    leftover = entries(tmp_path)[0].with_name(f".{'0' * 16}.part")
    leftover.write_bytes(b"half")
    os.utime(leftover, (long_ago, long_ago))
    cache.trim()
    kept = [name for name in names if cache.read(SPACE, name) is not None]
    assert kept == [names[0], *names[-7:]]  # 80% of 10
    assert not leftover.exists()


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path, files):
    (tmp_path / "embeddings").write_text("a file where the folder should be")
    (rows,) = embed_files(files, [MeanColour()], cache=EmbeddingCache(tmp_path))
    assert np.array_equal(rows, embed_files(files, [MeanColour()])[0])


def test_what_is_no_regular_file_is_refused_before_it_is_opened(cache, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    for name, word in (("pipe.png", "is a pipe or a device"), ("folder.png", "is a folder"), ("gone.png", "does not exist")):
        with pytest.raises(UserError, match=rf"{name.replace('.', chr(92) + '.')} {word}"):
            cache.content_of(tmp_path / name)


def test_texts_are_embedded_once_each(cache):
    class Clip:
        fingerprint = "clip"

        def __init__(self):
            self.asked = []

        def embed_texts(self, texts):
            self.asked += texts
            return np.float32([[len(text), 1] for text in texts])

    clip = Clip()
    for _ in range(2):
        rows = embed_texts(["a dog", "a can", "a dog"], clip, cache=cache)
        assert rows.tolist() == [[5, 1], [5, 1], [5, 1]]
    assert clip.asked == ["a dog", "a can"]
    assert embed_texts(["a dog"], clip, cache=None).tolist() == [[5, 1]]
    assert clip.asked == ["a dog", "a can", "a dog"]
    assert text_space("clip") != image_space("clip")


def test_distances_within_a_prompt_are_computed_once_and_come_back_exactly(cache, files):
    computed = []

    def compute(prompts):
        computed.extend(prompts)
        return np.array([1 / 3 + len(computed)] * len(prompts))

    prompts = [files[:2], files[2:5]]
    told = []
    options = {"fingerprint": "lpips", "reading": "careful", "cache": cache, "on_done": told.append}
    first = remembered_distances(prompts[:1], compute, **options)
    both = remembered_distances([prompts[0][::-1], prompts[1]], compute, **options)
    assert both[0] == first[0]
    assert computed == prompts
    assert told == [0, 2]
    assert np.array_equal(remembered_distances(prompts, compute, **options), both)
    assert len(computed) == 2
