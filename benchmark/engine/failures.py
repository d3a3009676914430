"""Turning an exception in a worker into a sentence for a person and a kind for the engine."""

import traceback
from typing import Final

from dreambench.baselines.batches import is_out_of_memory
from dreambench.benchmark.engine.messages import Failure, FailureKind
from dreambench.dataset.errors import UserError
from dreambench.dataset.os_errors import is_of_machine, os_error_in, what_happened

_SENTENCES: Final[dict[FailureKind, str]] = {
    "out_of_memory": "out of memory; try a smaller --batch-size or fewer --workers",
}


def failure_of(error: BaseException, subjects: tuple[str, ...]) -> Failure:
    """The failure that an exception means for these subjects' units."""
    kind = kind_of(error)
    trace = "".join(traceback.format_exception(error))
    if kind == "unexpected":
        first_line = (str(error).splitlines() or [""])[0]
        sentence = f"{type(error).__name__}: {first_line}" if first_line else type(error).__name__
    elif machine := os_error_in(error) if kind == "machine" else None:
        sentence = what_happened(machine)
    else:
        sentence = _SENTENCES.get(kind, str(error))
    return Failure(subjects, kind, sentence, trace)


def load_failure(error: Exception) -> Failure:
    """The failure of a worker that could not begin."""
    return failure_of(error, ())


def kind_of(error: BaseException) -> FailureKind:
    """What an exception, or what caused it, means."""
    machine = os_error_in(error)
    if machine is not None and is_of_machine(machine):
        return "machine"
    if isinstance(error, UserError):
        return "user"
    return "out_of_memory" if is_out_of_memory(error) else "unexpected"
