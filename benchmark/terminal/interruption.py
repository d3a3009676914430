"""Ctrl-C and SIGTERM: a sentence and an exit code at any moment, also while libraries load, which take a second or more."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Final

#: What shells report for a program that a signal ends: 128 and the signal's number.
_BY_SIGNAL: Final = 128
INTERRUPTED: Final = "Interrupted; give the same command again."
_SHOW_CURSOR: Final = "\x1b[?25h"


class Terminated(KeyboardInterrupt):
    """SIGTERM came: a job scheduler's or a container's stop, which is answered as Ctrl-C is."""


def answer_signals() -> None:
    """From now on Ctrl-C and SIGTERM are answered by `on_signal`; one that is ignored (nohup) stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, on_signal)
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, on_signal)


def on_signal(number: int, frame: FrameType | None) -> None:
    """Raise `KeyboardInterrupt` where our code runs, so that it tidies up; leave at once where a library is being loaded.

    Some libraries turn an exception in the middle of their loading into another one, or swallow it; and while one loads
    there is nothing that would be lost: what is on the disk is always whole.

    Raises:
        KeyboardInterrupt: SIGINT came.
        Terminated: SIGTERM came.
    """
    if _is_loading(frame):
        stream = sys.__stderr__
        ends = (_SHOW_CURSOR if stream is not None and stream.isatty() else "") + f"bench: {INTERRUPTED}\n"
        os.write(2, ends.encode())  # not through the stream, in the middle of whose work this may be
        os._exit(exit_code(number))
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def exit_code(number: int) -> int:
    """What a shell would report: 130 for SIGINT, 143 for SIGTERM."""
    return _BY_SIGNAL + number


def _is_loading(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
