"""Malformed files are taken or refused in a sentence, whatever reads them: random ones by number, and what once went wrong.

`DREAMBENCH_FUZZ=1000 pytest tests/test_fuzz.py` tries so many of each kind; `tests/helpers/fuzzing.py` goes on for a time.
"""

import os
import random
from pathlib import Path

import pytest
from fuzzing import Target, fuzz, replay, targets
from hypothesis import example, given
from hypothesis import strategies as st
from mutations import mutated

#: Cases of each kind; those of the shared run are always the same, so that a push fails for its own faults.
CASES = int(os.environ.get("DREAMBENCH_FUZZ", "60"))
#: What went wrong once: KIND/NAME, a file as it was then. Its name ends as the file's that it stands for.
CORPUS = Path(__file__).parent / "fuzz_corpus"
NAMES = (
    *("suite", "protocol", "study", "dataset", "list", "list as CSV", "unit", "run", "summary", "tables", "baseline"),
    *("submission", "archive", "answers", "weights", "pickled weights", "index of weights"),
    *(f"image {form}" for form in ("PNG", "JPEG", "WEBP", "BMP", "TIFF")),
)


@pytest.fixture(scope="module")
def readers() -> dict[str, Target]:
    return targets()


def test_every_kind_is_tried(readers: dict[str, Target]) -> None:
    assert tuple(readers) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_valid_files_are_read(name: str, readers: dict[str, Target], tmp_path: Path) -> None:
    """Else a mutation would be refused for what was wrong before it."""
    for file, data in readers[name].files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    found = readers[name].read(tmp_path)
    assert not getattr(found, "refused", None)
    assert found is not None


@pytest.mark.parametrize("name", NAMES)
def test_malformed_files_are_taken_or_refused_in_a_sentence(name: str, readers: dict[str, Target]) -> None:
    wrong = [finding for finding in fuzz(name, readers[name], range(CASES)) if finding is not None]
    assert not wrong, "\n".join(f"{finding.target} {finding.number}, {finding.file}: {finding.what}" for finding in wrong[:3])


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_went_wrong_once_does_not_again(path: Path, readers: dict[str, Target], tmp_path: Path) -> None:
    target = readers[path.parent.name.replace("-", " ")]
    file = next(name for name in target.files if name.endswith(path.name.partition("@")[2].replace("+", "/")))
    for other, data in target.files.items():
        (tmp_path / "in" / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / other).write_bytes(data)
    finding = replay(path.parent.name, target, tmp_path / "in", file, path.read_bytes())
    assert finding is None, finding and finding.what


def test_what_a_reader_does_wrong_is_found(tmp_path: Path) -> None:
    """The harness itself: an exception, a sentence that moves the cursor and a file that is left behind are findings."""

    def read(folder: Path) -> None:
        (folder / "left").touch()
        raise ValueError("\x1b[2J")

    (finding,) = [found for found in fuzz("careless", Target({"a": b"abc"}, read), range(1)) if found is not None]
    assert "ValueError" in finding.what
    assert "left" in finding.what


@given(st.binary(max_size=200), st.integers(0, 2**32))
@example(b"", 0)
@example(b'{"a": [1, {"b": null}]}', 7)
def test_a_case_is_the_same_wherever_it_is_tried(data: bytes, number: int) -> None:
    assert mutated(data, random.Random(number)) == mutated(data, random.Random(number))
