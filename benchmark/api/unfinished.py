"""How a run ends that is not finished: what failed, in a sentence, and how to go on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreambench.benchmark.engine.messages import Outcome
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.log import append_log
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.words import counted

#: What people need to know to go on.
RESUME: Final = "give the same command again to go on"
_SHOWN_FAILURES: Final = 3


def raise_failures(outcome: Outcome, folder: RunFolder, *, total: int) -> None:
    """Raise what became of units that are not done; nothing where all are.

    Args:
        outcome: what the engine did.
        folder: the run's, whose log takes the tracebacks.
        total: subjects of the run.

    Raises:
        UserError: the input is wrong: a base model cannot be read, or a setting is one that no subject can be done with.
        IncompleteRun: anything else.
    """
    if not outcome.failures and not outcome.untried:
        return
    root = folder.root
    for failure in outcome.failures:
        if failure.kind == "machine":
            raise IncompleteRun(machine_failed(failure.message, root))
    for failure in outcome.failures:
        if not failure.subjects and failure.kind == "user":
            raise UserError(failure.message)
    if outcome.failures and not outcome.done and all(failure.kind == "user" for failure in outcome.failures):
        raise UserError(outcome.failures[0].message)
    traces = [failure.traceback for failure in outcome.failures if failure.traceback]
    for trace in traces:
        append_log(trace, root)
    log = f" Tracebacks: {folder.log_file}." if traces else ""
    begun = next((failure for failure in outcome.failures if not failure.subjects), None)
    if begun is not None:
        raise IncompleteRun(f"A worker could not begin: {begun.message}.{log} When that is mended, {RESUME}.")
    failed = [(name, failure.message) for failure in outcome.failures for name in failure.subjects]
    shown = "; ".join(f"{name} ({message})" for name, message in failed[:_SHOWN_FAILURES])
    more = f" and {len(failed) - _SHOWN_FAILURES} more" if len(failed) > _SHOWN_FAILURES else ""
    untried = f", {len(outcome.untried)} were not begun" if outcome.untried else ""
    raise IncompleteRun(
        f"{len(failed)} of {counted(total, 'subject')} failed{untried}: {shown}{more}. "
        f"The others are kept in {root}; {RESUME}.{log}"
    )


def refuse_mixed_sizes(method: str, done: Mapping[str, UnitManifest], root: Path) -> None:
    """Refuse to score pictures of several sizes; each subject's have one.

    Raises:
        UserError: two subjects' differ.
    """
    first: tuple[str, tuple[int, int]] | None = None
    for subject, manifest in done.items():
        if manifest.image_size is None:
            continue
        if first is None:
            first = (subject, manifest.image_size)
        elif manifest.image_size != first[1]:
            sizes = [f"{width} x {height}" for width, height in (first[1], manifest.image_size)]
            raise UserError(
                f"The method {method} made pictures of {sizes[0]} pixels for {first[0]} and of {sizes[1]} for {subject}; all "
                f"of a run have one size: mend the method, then give another folder with --out, or delete {root}."
            )


def machine_failed(what: str, root: Path) -> str:
    """The sentence for a full disk, a lost drive and their like; `what` is a clause: "the disk is full"."""
    return f"{root} cannot be written: {what}; mend that, then {RESUME}: what is finished is kept."
