"""How to make a run again: the commands, from what the run recorded of itself."""

import shlex
from pathlib import Path

from dreambench.benchmark.results.finished import FinishedRun


def commands_of(run: FinishedRun) -> tuple[str, ...]:
    """Lines for a shell that make a run, or a folder of `bench score --out`, again."""
    record = run.record
    commit = (record.git_commit if record is not None else None) or run.summary.environment.git_commit
    lines = []
    if commit:
        plain = commit.removesuffix("-dirty")
        changed = "  # with changes that were not committed" if plain != commit else ""
        lines.append(f"git checkout {shlex.quote(plain)}{changed}")
    if record is None:
        lines.append(shlex.join(_score_command(run)))
    elif len(record.command) > 1:
        # The program's own path is this machine's, not the reader's.
        lines.append(shlex.join(["bench", *record.command[1:]]))
    return tuple(lines)


def _score_command(run: FinishedRun) -> list[str]:
    """`bench score` as its summary tells it."""
    summary = run.summary
    parts = ["bench", "score", summary.images or "IMAGES", "--protocol", summary.protocol.name]
    if summary.suite:
        parts += ["--suite", summary.suite]
    if summary.prior is not None:
        parts += ["--prior", summary.prior.folder]
    return [*parts, "--out", Path(run.root).name]
