"""No word on stderr from the libraries that decode: neither Python warnings, nor log lines, nor what C code prints."""

import ctypes
import importlib.util
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

#: Python prints what no handler takes; a program's own handlers still hear it.
logging.getLogger("PIL").addHandler(logging.NullHandler())

_Setter = Callable[[int | None], int | None]


class _Quiet:
    """On while at least one thread reads a picture. `warnings` has one list of filters for all threads, and libtiff one handler
    for the process, so only the first thread in changes them, and only the last one out gives them back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters: warnings.catch_warnings[None] | None = None
        self._handlers: list[tuple[_Setter, int | None]] = []

    def enter(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                _ignore_pillow()
                self._handlers = [(setter, setter(None)) for setter in _libtiff_setters()]

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._filters is not None:
                for setter, handler in self._handlers:
                    setter(handler)
                self._filters.__exit__(None, None, None)


_QUIET: Final = _Quiet()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence while a picture is read: errors are still raised, and every thread may be inside."""
    _QUIET.enter()
    try:
        if getattr(sys.flags, "context_aware_warnings", False):  # filters are each thread's own there
            with warnings.catch_warnings():
                _ignore_pillow()
                yield
        else:
            yield
    finally:
        _QUIET.leave()


def _ignore_pillow() -> None:
    """Also that a picture has more pixels than Pillow likes: our own bound is checked."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


@cache
def _libtiff_setters() -> tuple[_Setter, ...]:
    """libtiff's two functions that say who hears its errors and its warnings: by itself it prints them.

    They are found through Pillow's own library, so that it is the same libtiff. None where that is built into Pillow (Windows).
    """
    try:
        spec = importlib.util.find_spec("PIL._imaging")
        library = ctypes.CDLL(spec.origin) if spec is not None and spec.origin else None
        setters = [getattr(library, name) for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler")]
    except (OSError, AttributeError):
        return ()
    for setter in setters:
        setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
    return tuple(setters)
