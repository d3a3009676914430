"""Published ratings are fetched by hash, from a server that behaves and one that does not."""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_release import Mirror

from dreambench.benchmark.validation.ratings import assemble
from dreambench.benchmark.validation.sources import (
    RatingSources,
    Source,
    SourceFile,
    fetch_sources,
    local_file,
    published_sources,
)
from dreambench.dataset.errors import IncompleteRun, UserError

METHODS = ("A", "B")
CONTENT = {
    "r1.tsv": b"uid\tA\tB\nsample_1.jpg\t[1, 0.5]\t[0, 0]\nsample_0.jpg\t[0.5, 1]\t[1, 1]\n",
    "a-near.json": json.dumps({f"sample_{k}.jpg": {"DINO": 0.1 + k, "CLIP_I": 0.5} for k in (0, 1)}).encode(),
    "b-near.json": json.dumps({f"sample_{k}.jpg": {"DINO": 0.2 + k, "CLIP_I": 0.6} for k in (0, 1)}).encode(),
    "a-said.json": json.dumps({f"sample_{k}.jpg": {"score": [9, 3 + k]} for k in (0, 1)}).encode(),
    "b-said.json": json.dumps({"sample_0.jpg": {"score": [4, 6]}}).encode(),
}


@pytest.fixture
def served(clean_environment: Path) -> Iterator[Mirror]:
    mirror = Mirror({f"set/{name}": content for name, content in CONTENT.items()})
    thread = threading.Thread(target=mirror.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield mirror
    mirror.over.set()
    mirror.server.shutdown()
    mirror.server.server_close()
    thread.join()


def sources(mirror: Mirror) -> RatingSources:
    def file(name: str) -> SourceFile:
        content = CONTENT[name]
        return SourceFile(source="S", path=f"set/{name}", bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    return RatingSources(
        description="made up",
        licence="MIT",
        citation="nobody",
        sources={"S": Source(repository="here", commit="0" * 40, files=mirror.url)},
        methods=METHODS,
        raters=(file("r1.tsv"),),
        similarities=(file("a-near.json"), file("b-near.json")),
        answers=(file("a-said.json"), file("b-said.json")),
    )


def test_files_come_once_and_make_a_row_an_image(served: Mirror, tmp_path: Path) -> None:
    pinned = sources(served)
    assert fetch_sources(pinned, tmp_path / "in", offline=False) == 5
    assert fetch_sources(pinned, tmp_path / "in", offline=False) == 0
    assert len(served.requests) == 5
    rows = assemble(pinned, tmp_path / "in")
    assert [(row["method"], row["sample"], row["rater1_consistency"], row["dino"]) for row in rows] == [
        ("A", 0, 0.5, 0.1),
        ("A", 1, 1, 1.1),
        ("B", 0, 1, 0.2),
        ("B", 1, 0, 1.2),
    ]
    assert [row["gpt4o"] for row in rows[:3]] == [3, 4, 4]
    assert rows[3]["gpt4o"] != rows[3]["gpt4o"]  # no answer: NaN


@pytest.mark.usefixtures("waits")
def test_other_bytes_are_refused_and_what_came_stays(served: Mirror, tmp_path: Path) -> None:
    served.faults["set/b-near.json"] = ["wrong"] * 9
    pinned = sources(served)
    with pytest.raises(IncompleteRun, match="is not the pinned file"):
        fetch_sources(pinned, tmp_path / "in", offline=False)
    assert not local_file(pinned.similarities[1], tmp_path / "in").exists()
    served.faults.clear()
    assert fetch_sources(pinned, tmp_path / "in", offline=False) == 3
    local_file(pinned.raters[0], tmp_path / "in").write_bytes(b"changed")
    assert fetch_sources(pinned, tmp_path / "in", offline=False) == 1


def test_without_a_network_it_is_said_what_is_missing(served: Mirror, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="5 of 5 files of published ratings are missing"):
        fetch_sources(sources(served), tmp_path / "in", offline=True)
    assert served.requests == []


def test_the_shipped_list_pins_every_file() -> None:
    pinned = published_sources()
    assert len(pinned.everything) == 3 + 2 * len(pinned.methods)
    assert len({file.sha256 for file in pinned.everything}) == len(pinned.everything)
