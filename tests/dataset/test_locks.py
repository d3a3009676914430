"""Locks that say who holds them, that processes which are gone cannot keep, and that no clock's jump breaks."""

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dreambench.dataset import locks
from dreambench.dataset.locks import Held, Lock
from dreambench.dataset.os_errors import MachineTrouble


def take(path: Path, *, said: list[str] | None = None, silence: float = 0.5) -> None:
    """Hold a lock for a moment, without waiting for one who is alive."""
    with Lock(path, beat=0.05, silence=silence).held(waits=lambda: False, say=(said if said is not None else []).append):
        pass


def left(path: Path, **changes: object) -> None:
    """The file that a holder left who was killed."""
    with Lock(path).held(waits=lambda: False, say=print):
        text = path.read_text()
    path.write_text(json.dumps(json.loads(text) | changes))


def test_a_lock_that_is_held_says_by_whom_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path).held(waits=lambda: False, say=print):
        values = json.loads(path.read_text())
        with pytest.raises(Held, match=f"process {values['process']} on .*, since {values['since'][:10]}"):
            take(path)
    take(path)
    assert not list(tmp_path.iterdir())


def test_a_lock_that_a_full_disk_has_no_room_for_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_text

    def half(path: Path, text: str, **named: str) -> None:
        write(path, text[:5], **named)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(MachineTrouble, match="lock cannot be written: the disk is full"):
        take(tmp_path / "lock")
    assert not list(tmp_path.iterdir())


def test_a_process_of_this_host_that_has_ended_holds_nothing(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left(tmp_path / "lock", process=ended.pid)
    said: list[str] = []
    take(tmp_path / "lock", said=said, silence=1000)
    assert "has ended; it is taken over" in said[0]


def test_another_process_that_got_the_same_number_holds_nothing(tmp_path: Path) -> None:
    left(tmp_path / "lock", started="1")
    said: list[str] = []
    take(tmp_path / "lock", said=said, silence=1000)
    assert "has ended; it is taken over" in said[0]


@pytest.mark.parametrize("harm", [lambda path: left(path, machine="0" * 8), lambda path: path.write_text("")])
def test_a_silent_holder_elsewhere_is_taken_over_with_a_word(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    harm(tmp_path / "lock")
    said: list[str] = []
    take(tmp_path / "lock", said=said)
    assert "waiting up to" in said[0]
    assert "silent for" in said[1]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("jump", [-1e8, 1e8])
def test_a_living_holder_elsewhere_keeps_it_whatever_the_clock_says(
    tmp_path: Path, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "lock", time.time
    with Lock(path, beat=0.05).held(waits=lambda: False, say=print):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"machine": "0" * 8}))
        monkeypatch.setattr(time, "time", lambda: real() + jump)
        with pytest.raises(Held):
            take(path, silence=1000)


def test_whoever_was_taken_over_knows_it_and_leaves_the_new_lock_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = Lock(path, beat=0.02)
    with lock.held(waits=lambda: False, say=print):
        assert not lock.is_lost
        path.write_text(json.dumps(json.loads(path.read_text()) | {"token": "another's"}))
        assert lock.is_lost
    assert "another's" in path.read_text()


def test_of_many_who_find_a_stale_lock_one_at_a_time_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    inside: list[int] = []
    most: list[int] = []
    left(path, started="1")

    def work() -> None:
        with Lock(path).held(waits=lambda: True, say=lambda _text: None):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_a_file_system_without_links_has_locks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(locks.os, "link", refuse)
    with Lock(tmp_path / "lock").held(waits=lambda: False, say=print), pytest.raises(Held):
        take(tmp_path / "lock")
    take(tmp_path / "lock")
    assert not list(tmp_path.iterdir())
