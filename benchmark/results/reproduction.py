"""How to make a run again: the commands, from what the run recorded of itself."""

import shlex
from pathlib import Path
from typing import Any

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.priors import PRIOR_KEY


def commands_of(run: FinishedRun, record: dict[str, Any]) -> tuple[str, ...]:
    """Lines for a shell.

    Args:
        run: a run, or a folder of `bench score --out`.
        record: its run.json; empty for the latter.
    """
    environment = run.summary.get("environment")
    commit = record.get("git_commit") or (environment.get("git_commit") if isinstance(environment, dict) else None)
    lines = []
    if isinstance(commit, str) and commit:
        plain = commit.removesuffix("-dirty")
        changed = "  # with changes that were not committed" if plain != commit else ""
        lines.append(f"git checkout {shlex.quote(plain)}{changed}")
    command = record.get("command")
    if isinstance(command, list) and len(command) > 1:
        # The program's own path is this machine's, not the reader's.
        lines.append(shlex.join(["bench", *(str(part) for part in command[1:])]))
    elif not record:
        lines.append(shlex.join(_score_command(run)))
    return tuple(lines)


def _score_command(run: FinishedRun) -> list[str]:
    """`bench score` as its summary tells it."""
    parts = ["bench", "score", str(run.summary.get("images") or "IMAGES")]
    for option, key in (("--suite", "suite"), ("--protocol", "protocol")):
        if run.summary.get(key):
            parts += [option, str(run.summary[key])]
    prior = run.summary.get(PRIOR_KEY)
    if isinstance(prior, dict) and prior.get("folder"):
        parts += ["--prior", str(prior["folder"])]
    return [*parts, "--out", Path(run.root).name]
