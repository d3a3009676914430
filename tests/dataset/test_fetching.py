"""Fetching: whole or resumable, whatever the network does, and never over a person's own files."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fake_release import FakeRelease, Mirror
from repository import ROOT

from dreambench.dataset.downloading import RETRIES, Listener
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.fetching import Fetched, fetch_release
from dreambench.dataset.release import load_release
from dreambench.dataset.verification import verify_release

#: How many files the made-up release has, and how many arrive before an interruption.
FILES, WHOLE = 37, 20
DOG, CAT = "dataset/dog/00.jpg", "dataset/cat/02.jpg"


class Heard(Listener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.files = self.expected = self.received = 0
        self.notes: list[str] = []
        self._lock = threading.Lock()

    def expect(self, files: int, total_bytes: int) -> None:
        self.files, self.expected = files, total_bytes

    def receive(self, n_bytes: int) -> None:
        with self._lock:
            self.received += n_bytes

    def note(self, text: str) -> None:
        self.notes.append(text)


def _fetch(folder: Path, mirror: Mirror, listener: Listener | None = None) -> Fetched:
    return fetch_release(folder, changed="replace", mirror=mirror.url, listener=listener)


def _files(folder: Path) -> dict[str, bytes]:
    """Every file that is not hidden, by its path."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_an_empty_folder_becomes_the_whole_release(tmp_path: Path, mirror: Mirror) -> None:
    folder, heard = tmp_path / "new" / "place", Heard()
    fetched = _fetch(folder, mirror, heard)
    assert _files(folder) == mirror.content
    assert fetched == Fetched(folder, FILES, sum(map(len, mirror.content.values())), 0)
    assert (heard.files, heard.expected, heard.received) == (FILES, fetched.bytes, fetched.bytes)
    assert sorted(mirror.requests) == sorted(mirror.content)
    assert heard.notes == []


def test_everyone_who_may_read_new_files_may_read_fetched_ones(tmp_path: Path, mirror: Mirror) -> None:
    _fetch(tmp_path / "place", mirror)
    (tmp_path / "new").touch()
    assert (tmp_path / "place" / DOG).stat().st_mode == (tmp_path / "new").stat().st_mode


def test_what_is_there_is_not_fetched_again(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    fake_release.write(tmp_path / "place", leave_out=(DOG, CAT))
    fetched = _fetch(tmp_path / "place", mirror)
    assert sorted(mirror.requests) == sorted([DOG, CAT])
    assert (fetched.files, fetched.already) == (2, FILES - 2)
    mirror.requests.clear()
    assert _fetch(tmp_path / "place", mirror) == Fetched(tmp_path / "place", 0, 0, FILES)
    assert mirror.requests == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    fake_release.write(tmp_path / "place")
    (tmp_path / "place" / DOG).write_bytes(bytes(len(fake_release.content[DOG])))
    assert _fetch(tmp_path / "place", mirror).files == 1
    assert _files(tmp_path / "place") == mirror.content


def test_a_persons_own_files_are_never_written_over(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    fake_release.write(tmp_path / "mine", leave_out=(CAT,))
    (tmp_path / "mine" / DOG).write_bytes(b"my own dog")
    with pytest.raises(UserError, match=rf"1 file in .*{DOG}.*not written over"):
        fetch_release(tmp_path / "mine", changed="refuse", mirror=mirror.url)
    assert (tmp_path / "mine" / DOG).read_bytes() == b"my own dog"
    assert mirror.requests == []
    (tmp_path / "mine" / DOG).unlink()
    assert fetch_release(tmp_path / "mine", changed="refuse", mirror=mirror.url).files == 2


def test_subject_folders_that_lie_right_in_the_folder_are_filled_where_they_are(
    tmp_path: Path, fake_release: FakeRelease, mirror: Mirror
) -> None:
    fake_release.write(tmp_path / "clone", leave_out=(DOG,))
    assert _fetch(tmp_path / "clone" / "dataset", mirror).files == 1  # the dog; the licence lies a folder higher
    assert not (tmp_path / "clone" / "dataset" / "LICENSE.md").exists()
    assert (tmp_path / "clone" / DOG).read_bytes() == mirror.content[DOG]
    assert not (tmp_path / "clone" / "dataset" / "dataset").exists()


@pytest.mark.parametrize("fault", [500, 503, 429, "cut", "wrong", "endless"])
def test_a_passing_fault_is_tried_again(fault: int | str, tmp_path: Path, mirror: Mirror, waits: list[float]) -> None:
    mirror.faults = {DOG: [fault, fault]}
    heard = Heard()
    _fetch(tmp_path / "place", mirror, heard)
    assert _files(tmp_path / "place") == mirror.content
    assert mirror.requests.count(DOG) == 3
    assert waits == [1, 2]
    assert heard.notes == [f"{DOG}: try 2 of 4", f"{DOG}: try 3 of 4"]
    assert heard.received == heard.expected  # what came in vain is not counted


LASTING = {
    "not there": (404, r"dog/00.jpg answers 404 \(Not Found\); try again later"),
    "the line drops": ("cut", r"dog/00.jpg cannot be fetched \(\w+\); check the network, or set DREAMBENCH_DATA"),
    "other bytes": ("wrong", r"dog/00.jpg sends is not the released file \(its SHA-256"),
    "no end": ("endless", r"dog/00.jpg sends is not the released file"),
}


@pytest.mark.parametrize("case", sorted(LASTING))
def test_a_lasting_fault_ends_in_a_sentence_and_the_next_fetch_goes_on(
    case: str, tmp_path: Path, mirror: Mirror, waits: list[float]
) -> None:
    fault, sentence = LASTING[case]
    mirror.faults = {DOG: [fault] * (1 + RETRIES)}
    with pytest.raises(
        IncompleteRun, match=rf"^\S*.*{sentence}.*: `bench dataset fetch` goes on with the \d+ files? still missing"
    ):
        _fetch(tmp_path / "place", mirror)
    assert waits == [1, 2, 3]
    there = _files(tmp_path / "place")
    assert DOG not in there
    assert there.items() <= mirror.content.items()  # whole files only
    mirror.requests.clear()
    _fetch(tmp_path / "place", mirror)
    assert sorted(mirror.requests) == sorted(mirror.content.keys() - there.keys())
    assert _files(tmp_path / "place") == mirror.content


def test_the_files_still_missing_are_counted(
    tmp_path: Path, fake_release: FakeRelease, mirror: Mirror, waits: list[float]
) -> None:
    fake_release.write(tmp_path / "place", leave_out=(DOG,))
    mirror.faults = {DOG: [404] * 4}
    with pytest.raises(IncompleteRun, match="goes on with the 1 file still missing"):
        _fetch(tmp_path / "place", mirror)
    assert waits == [1, 2, 3]


def test_a_server_that_is_not_there_is_named(tmp_path: Path, mirror: Mirror, waits: list[float]) -> None:
    mirror.server.server_close()
    with pytest.raises(
        IncompleteRun, match=r"^http://127.0.0.1.*cannot be fetched \(ConnectionError\).*37 files still missing"
    ):
        _fetch(tmp_path / "place", mirror)
    assert waits


_CHILD = """
import signal
import sys
from pathlib import Path
from dreambench.dataset import release
release.MANIFEST_FILE = Path(sys.argv[1])
from dreambench.dataset.fetching import fetch_release
signal.signal(signal.SIGINT, signal.default_int_handler)  # a CI in the background hands down an ignored one
fetch_release(Path(sys.argv[2]), changed="replace", mirror=sys.argv[3])
"""


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_fetch_leaves_whole_files_and_goes_on(
    blow: signal.Signals, tmp_path: Path, fake_release: FakeRelease, mirror: Mirror
) -> None:
    paths = list(fake_release.content)
    mirror.faults = {path: ["slow"] * (1 + RETRIES) for path in paths[WHOLE:]}
    place = tmp_path / "place"
    words = [sys.executable, "-c", _CHILD, str(fake_release.manifest), str(place), mirror.url]
    root = str(ROOT)
    child = subprocess.Popen(words, env=os.environ | {"PYTHONPATH": root}, stderr=subprocess.DEVNULL)
    patience = time.monotonic() + 60
    while len(mirror.requests) < WHOLE + 4 and child.poll() is None and time.monotonic() < patience:
        time.sleep(0.02)
    child.send_signal(blow)
    mirror.over.set()
    assert child.wait(60) == -blow
    there = {path: content for path, content in _files(place).items() if not re.match(r"tmp\w{8}$", Path(path).name)}
    assert len(there) == WHOLE
    assert there.items() <= mirror.content.items()
    if blow == signal.SIGINT:
        assert there.keys() == _files(place).keys()
    mirror.faults.clear()
    mirror.requests.clear()
    assert _fetch(place, mirror).already == WHOLE
    assert sorted(mirror.requests) == sorted(paths[WHOLE:])
    assert _files(place) == mirror.content
    assert verify_release(place).problems == ()


def test_two_fetches_into_one_folder_fetch_each_file_once(tmp_path: Path, mirror: Mirror) -> None:
    heard = [Heard(), Heard()]
    done: list[Fetched] = []
    threads = [
        threading.Thread(target=lambda each=each: done.append(_fetch(tmp_path / "place", mirror, each))) for each in heard
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(fetched.files for fetched in done) == [0, FILES]
    assert sorted(mirror.requests) == sorted(mirror.content)


def test_without_a_network_the_missing_files_are_counted(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    fake_release.write(tmp_path / "place", leave_out=(DOG, CAT))
    with pytest.raises(UserError, match=r"2 files of 37 are missing in .*DREAMBENCH_OFFLINE"):
        fetch_release(tmp_path / "place", changed="replace", network="forbid", mirror=mirror.url)
    with pytest.raises(UserError, match="37 files of 37 are missing"):
        fetch_release(tmp_path / "nowhere", changed="replace", network="forbid", mirror=mirror.url)
    assert mirror.requests == []
    assert not (tmp_path / "nowhere").exists()
    fake_release.write(tmp_path / "place")
    assert fetch_release(tmp_path / "place", changed="replace", network="forbid").already == FILES


@pytest.mark.parametrize("address", ["ftp://host/x", "host/x", "file:///etc", "http://", "http://a b"])
def test_a_mirror_that_is_no_web_address_is_refused(address: str, tmp_path: Path, fake_release: FakeRelease) -> None:
    with pytest.raises(UserError, match="--mirror"):
        fetch_release(tmp_path / "place", changed="replace", mirror=address)
    assert not (tmp_path / "place").exists()


def test_a_place_that_cannot_be_filled_is_named(tmp_path: Path, fake_release: FakeRelease, mirror: Mirror) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file is a file"):
        _fetch(tmp_path / "file", mirror)
    with pytest.raises(UserError, match="cannot be made"):
        _fetch(tmp_path / "file" / "below", mirror)
    (tmp_path / "odd" / DOG).mkdir(parents=True)
    with pytest.raises(UserError, match=r"00\.jpg is a folder"):
        _fetch(tmp_path / "odd", mirror)
    assert mirror.requests == []


def test_by_default_the_files_come_from_the_pinned_commit() -> None:
    release = load_release()
    owner_and_name = release.repository.removeprefix("https://github.com/")
    assert release.files == f"https://raw.githubusercontent.com/{owner_and_name}/{release.commit}/"


@pytest.mark.network
def test_the_pinned_commit_still_serves_the_files(tmp_path: Path, clean_environment: Path) -> None:
    if not os.environ.get("DREAMBENCH_TEST_NETWORK"):
        pytest.skip("fetches from the internet; set DREAMBENCH_TEST_NETWORK=1 to allow it")
    assert fetch_release(tmp_path / "place", changed="replace").files == 161
