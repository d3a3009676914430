"""What killed processes left is removed at the next start, and nothing that is in use."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from dreambench.dataset import leftovers
from dreambench.dataset.files import atomic_write_bytes
from dreambench.dataset.leftovers import aside_name, clear_leftovers_of, start_of, temporary_folder


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left_by(process: int, name: str, monkeypatch: pytest.MonkeyPatch, *, machine: str | None = None) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: process)
        if machine is not None:
            patch.setattr(leftovers, "machine_mark", lambda: machine)
        return aside_name(name)


def test_what_a_dead_process_left_beside_a_file_goes_when_it_is_written_again(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.json"
    gone = tmp_path / left_by(dead, path.name, monkeypatch)
    alive = tmp_path / left_by(os.getppid(), path.name, monkeypatch)
    elsewhere = tmp_path / left_by(dead, path.name, monkeypatch, machine="0" * 8)
    other = tmp_path / left_by(dead, "run.json", monkeypatch)
    for each in (gone, alive, elsewhere, other):
        each.write_text("half")
    atomic_write_bytes(path, b"{}")
    assert set(tmp_path.iterdir()) == {path, alive, elsewhere, other}
    day_ago = time.time() - 90_000
    os.utime(elsewhere, (day_ago, day_ago))
    clear_leftovers_of(path)
    assert set(tmp_path.iterdir()) == {path, alive, other}


def test_a_process_that_ended_and_was_not_waited_for_owns_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read()  # closed by its end: from then on it is a zombie
    gone = tmp_path / left_by(process.pid, "page", monkeypatch)
    gone.write_text("half")
    while gone.exists() and start_of(process.pid):
        time.sleep(0.01)
    clear_leftovers_of(tmp_path / "page")
    assert not gone.exists()
    process.wait()


def test_what_another_person_writes_stays_where_their_processes_are_not_shown(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / left_by(dead, "page", monkeypatch)
    theirs.write_text("half")

    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(os, "kill", refuse)
    clear_leftovers_of(tmp_path / "page")
    assert theirs.exists()
    monkeypatch.undo()
    clear_leftovers_of(tmp_path / "page")
    assert not theirs.exists()


def test_names_of_people_are_never_leftovers(tmp_path: Path) -> None:
    names = [".page.part", ".page.old", ".page.notes-123-abcdef.part", "page.part", ".page"]
    day_ago = time.time() - 90_000
    for name in names:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (day_ago, day_ago))
    clear_leftovers_of(tmp_path / "page")
    assert {path.name for path in tmp_path.iterdir()} == set(names)


def test_a_process_that_was_given_the_number_of_a_dead_one_does_not_own_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "start_of", lambda _process: "long ago")
        gone = tmp_path / aside_name("page")
    mine = tmp_path / aside_name("page")
    for path in (gone, mine):
        path.write_text("half")
    clear_leftovers_of(tmp_path / "page")
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_jump_of_this_machines_clock_neither_removes_what_is_written_elsewhere_nor_keeps_what_is_dead(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    young, old = (tmp_path / left_by(dead, "page", monkeypatch, machine="0" * 8) for _ in range(2))
    for path in (young, old):
        path.write_text("half")
    day_ago = young.stat().st_mtime - 90_000
    os.utime(old, (day_ago, day_ago))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    clear_leftovers_of(tmp_path / "page")
    assert list(tmp_path.iterdir()) == [young]


def test_what_was_written_while_the_file_systems_clock_was_ahead_goes_a_day_after_it_is_seen(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = tmp_path / left_by(dead, "page", monkeypatch, machine="0" * 8)
    ahead.write_text("half")
    now = ahead.stat().st_mtime
    os.utime(ahead, (now + 1e9, now + 1e9))
    clock = now
    monkeypatch.setattr(leftovers, "_clock_of", lambda _folder: clock)
    clear_leftovers_of(tmp_path / "page")
    assert abs(ahead.stat().st_mtime - now) < 1
    clock = now + 80_000
    clear_leftovers_of(tmp_path / "page")
    assert ahead.exists()
    clock = now + 90_000
    clear_leftovers_of(tmp_path / "page")
    assert not ahead.exists()


def test_folders_left_by_version_0_2_go_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / f".page.{'0' * 12}.part", tmp_path / f".page.{'1' * 12}.part"
    for folder in (old, young):
        folder.mkdir()
        (folder / "index.html").write_text("half")
    day_ago = time.time() - 90_000
    os.utime(old, (day_ago, day_ago))
    clear_leftovers_of(tmp_path / "page")
    assert list(tmp_path.iterdir()) == [young]


def test_a_temporary_folder_removes_those_of_killed_processes(
    tmp_path: Path, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: dead)
        left = Path(tempfile.mkdtemp(prefix=f"dreambench-embeddings-{leftovers._mark()}"))
    with temporary_folder("dreambench-embeddings-") as mine, temporary_folder("dreambench-embeddings-") as second:
        assert not left.exists()
        assert mine.is_dir()
        assert second.is_dir()
    assert not list(tmp_path.iterdir())
