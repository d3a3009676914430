"""Turning an exception in a worker into a sentence for a person and a kind for the engine."""

import errno
import traceback
from typing import Final

from dreambench.benchmark.engine.messages import Failure
from dreambench.dataset.errors import UserError

DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def is_disk_full(error: BaseException) -> bool:
    """Whether an exception, or what caused it, is the disk or the quota being full."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in DISK_FULL:
            return True
        if any(f"(os error {number})" in str(seen) for number in DISK_FULL):  # Rust's words: safetensors has no OSError
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def failure_of(error: BaseException, subjects: tuple[str, ...]) -> Failure:
    """The failure that an exception means for these subjects' units."""
    trace = "".join(traceback.format_exception(error))
    if is_disk_full(error):
        return Failure(subjects, "disk_full", "the disk is full", trace)
    if isinstance(error, UserError):
        return Failure(subjects, "user", str(error), trace)
    first_line = (str(error).splitlines() or [""])[0]
    sentence = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError):
        sentence = "out of memory; try a smaller --batch-size or fewer --workers"
    return Failure(subjects, "unexpected", sentence, trace)
