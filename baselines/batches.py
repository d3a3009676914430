"""Full memory: what it is raised as, and work in batches that are halved where one does not fit."""

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

T = TypeVar("T")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception, or what caused it, is the host's or a device's memory being full."""
    return any(
        isinstance(cause, MemoryError | torch.OutOfMemoryError)
        # torch has no class of its own for the host's memory.
        or (isinstance(cause, RuntimeError) and "DefaultCPUAllocator" in str(cause))
        for cause in _causes(error)
    )


def in_batches(
    count: int, make: Callable[[slice], Sequence[T]], *, batch_size: int, on_halved: Callable[[int], None] | None
) -> Iterator[T]:
    """Make `count` things, a batch at a time, in order. A batch that does not fit into memory is made again in halves.

    Whoever samples in a method of their own may use it: results must not depend on the batch size but by rounding.

    Args:
        count: how many.
        make: makes those of a slice.
        batch_size: of the first batches, 1 or more.
        on_halved: told the size that all further batches have; None: nothing is halved, and full memory is raised.

    Yields:
        What was made, one by one.

    Raises:
        MemoryError, RuntimeError: not even one fits, or nothing may be halved.
    """
    start, size = 0, batch_size
    while start < count:
        stop = min(start + size, count)
        made = _made(make, slice(start, stop), may_fail=on_halved is not None and stop - start > 1)
        if made is None:
            # Out here nothing holds the frames of the failed batch any more, so that its memory can be given back.
            _release()
            size = (stop - start) // 2
            logging.getLogger("dreambench").warning("Out of memory: sampling goes on with %d at once.", size)
            assert on_halved is not None
            on_halved(size)
            continue
        yield from made
        start = stop


def _made(make: Callable[[slice], Sequence[T]], part: slice, *, may_fail: bool) -> Sequence[T] | None:
    """A batch; None where it does not fit."""
    try:
        return make(part)
    except Exception as error:
        if not may_fail or not is_out_of_memory(error):
            raise
    return None


def _release() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those that led to it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
