"""How to make a run again: the commands, from what the run recorded of itself."""

import os
import shlex
from pathlib import Path

from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.scoring.inspection import ranges


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
    """`bench score` as its summary tells it, to be given where the scores' folder lies."""
    summary = run.summary
    parts = ["bench", "score", _beside(run, summary.images) if summary.images else "IMAGES"]
    if summary.suite:
        parts += ["--suite", summary.suite]
    name = summary.protocol.name
    is_ours = name in protocol_names()
    parts += ["--protocol", name if is_ours else f"{name}.toml"]
    declared = load_protocol(name) if is_ours else None
    keys = [info.key for info in summary.metrics]
    if declared is not None and keys != list(declared.metrics):
        parts += ["--metrics", ",".join(keys)]
    if declared is None or declared.images_per_prompt != summary.protocol.images_per_prompt:
        parts += ["--images-per-prompt", str(summary.protocol.images_per_prompt)]
    prompts = {int(index) for index in run.scores().images["prompt_index"]}
    parts += ["--prompts", ranges(sorted(prompts))]
    if summary.prior is not None:
        parts += ["--prior", _beside(run, summary.prior.folder)]
    if summary.method is not None:
        parts += ["--name", summary.method]
    return [*parts, "--out", run.root.resolve().name]


def _beside(run: FinishedRun, folder: str) -> str:
    """A folder that the summary names from its own, as it is named from the one above."""
    return Path(os.path.normpath(Path(run.root.resolve().name, folder))).as_posix()
