"""Locks that several hosts may ask for: a file beside what it locks, which says who holds it, on which host and since when.

The file is made by a hard link, which network drives do whole or not at all, and its holder touches it every few seconds. One
whose process of this host is gone is taken over at once; one of another host after two minutes without a touch, on the own
monotonic clock. No decision looks at the time of day, so a clock that jumps breaks nothing.
"""

import datetime
import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from dreambench.dataset.declared import printable
from dreambench.dataset.leftovers import HIDDEN, aside_name, clear_leftovers_of, machine_mark, start_of
from dreambench.dataset.os_errors import writing
from dreambench.dataset.reading import NotRead, parse_json

#: Seconds between two touches by the holder.
BEAT: Final = 10.0
#: Seconds without a touch after which a holder on another host counts as gone: longer than a network drive usually stalls.
SILENCE: Final = 120.0
_POLL: Final = 0.2
_MOST_BYTES: Final = 4_000


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, as its file says it.

    Attributes:
        process: its number.
        started: when the process began, as the system counts it; tells it from a later one of the same number.
        host: for people.
        machine: this host since it was started, and its container: where process numbers mean something.
        since: ISO 8601, for people.
        token: of this one holding.
    """

    process: int
    started: str
    host: str
    machine: str
    since: str
    token: str

    def __str__(self) -> str:
        return printable(f"process {self.process} on {self.host[:100]}, since {self.since[:40]}")

    def is_gone(self) -> bool:
        """Whether the process was on this host and has ended."""
        return self.machine == machine_mark() and start_of(self.process) not in (self.started, HIDDEN)


class Held(Exception):
    """A lock is held by somebody who is alive; the text says by whom."""


class Lock:
    """A lock that this process may hold.

    Args:
        path: of its file, in a folder that is there.
        beat: seconds between two touches.
        silence: seconds without one after which another host's holder counts as gone.
    """

    def __init__(self, path: Path, *, beat: float = BEAT, silence: float = SILENCE) -> None:
        self._path, self._beat, self._silence = path, beat, silence
        self._token = secrets.token_hex(8)
        self._lost = threading.Event()

    @property
    def is_lost(self) -> bool:
        """Whether somebody else took it over while it was held: this process was silent for too long."""
        return self._lost.is_set() or self._read()[0] != self._token

    @contextmanager
    def held(self, *, waits: Callable[[], bool], say: Callable[[str], None]) -> Iterator[None]:
        """Hold the lock in the block.

        Args:
            waits: asked whether to wait for a holder who is alive.
            say: is told, in a sentence, what is waited for or taken over.

        Raises:
            Held: somebody holds it, and `waits` said no.
            NotWritten, MachineTrouble: its file cannot be written.
        """
        with writing(self._path):
            self._acquire(waits, say)
        stop = threading.Event()
        beating = threading.Thread(target=self._touch, args=(stop,), daemon=True, name="dreambench-lock")
        beating.start()
        try:
            yield
        finally:
            stop.set()
            beating.join()
            with suppress(OSError):
                if not self.is_lost:
                    self._path.unlink(missing_ok=True)

    def _acquire(self, waits: Callable[[], bool], say: Callable[[str], None]) -> None:
        clear_leftovers_of(self._path)
        seen, since, told = None, time.monotonic(), False
        while not self._create():
            token, holder, state = self._read()
            who = holder or "someone who is not named"
            if state is None:
                continue  # it was given back just now
            if holder is not None and holder.is_gone():
                if self._remove(token):
                    say(f"{self._path} was left by {who}, which has ended; it is taken over.")
                continue
            here = holder is not None and holder.machine == machine_mark()
            touched = seen is not None and state != seen
            if (here or touched) and not waits():
                raise Held(str(who))
            if state != seen:
                seen, since = state, time.monotonic()
            elif not here and time.monotonic() - since > self._silence:
                if self._remove(token):
                    say(f"{self._path} is held by {who}, silent for {self._silence:.0f} s; it is taken over.")
                continue
            if not here and not told:
                told = True
                say(f"{self._path} is held by {who}; waiting up to {self._silence:.0f} s for a sign of life.")
            time.sleep(min(_POLL, self._silence / 4))

    def _create(self) -> bool:
        """Make the file, whole, if there is none."""
        own = Holder(os.getpid(), start_of(os.getpid()), platform.node(), machine_mark(), _now(), self._token)
        aside = self._path.with_name(aside_name(self._path.name))
        try:
            aside.write_text(json.dumps(asdict(own)), encoding="utf-8")
        except OSError:
            with suppress(OSError):
                aside.unlink(missing_ok=True)
            raise
        try:
            os.link(aside, self._path)
        except FileExistsError:
            return aside.stat().st_nlink == 2  # a network drive's answer got lost, and it asked twice
        except OSError:  # a file system without links
            try:
                with self._path.open("xb") as file:
                    file.write(aside.read_bytes())
            except FileExistsError:
                return False
        finally:
            with suppress(OSError):  # what stays is cleared when the lock is next asked for
                aside.unlink(missing_ok=True)
        return True

    def _read(self) -> tuple[str, Holder | None, tuple[int, int] | None]:
        """Its token, its holder if the file says it, and a state that every touch changes; None where there is no file."""
        try:
            with self._path.open("rb") as file:  # opening has a network drive look anew
                info = os.fstat(file.fileno())
                text = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return "", None, None
        state = (info.st_ino, info.st_mtime_ns)
        try:
            values = parse_json(text)
            holder = Holder(**{field.name: values[field.name] for field in fields(Holder)})
        except (NotRead, KeyError, TypeError):
            return "", None, state
        good = type(holder.process) is int and all(isinstance(text, str) for text in list(asdict(holder).values())[1:])
        return (holder.token, holder, state) if good else ("", None, state)

    def _remove(self, token: str) -> bool:
        """Remove the file of a holder who is gone. Of several who try one does; a new holder's file is put back."""
        aside = self._path.with_name(aside_name(self._path.name))
        try:
            self._path.rename(aside)
        except FileNotFoundError:
            return False
        try:
            found = Lock(aside)._read()[0]
            if found != token:
                with suppress(OSError):
                    os.link(aside, self._path)
            return found == token
        finally:
            aside.unlink(missing_ok=True)

    def _touch(self, stop: threading.Event) -> None:
        while not stop.wait(self._beat):
            with suppress(OSError):  # a stalled drive: the next touch may do
                if self._read()[0] != self._token:
                    self._lost.set()
                    return
                os.utime(self._path)


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
