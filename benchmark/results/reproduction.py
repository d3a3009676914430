"""How to make a run again: the commands, from what the run recorded of itself."""

import os
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from dreambench.benchmark.declarations.options import arguments
from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names
from dreambench.benchmark.declarations.ranges import ranges
from dreambench.benchmark.declarations.suite import suite_names
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.privacy import without_places
from dreambench.benchmark.results.summary import Summary

#: "beside": as they are typed where the run's folder lies. "names": the last part alone, for who gets the files by themselves.
Paths = Literal["beside", "names"]


def commands_of(run: FinishedRun, *, paths: Paths = "beside") -> tuple[str, ...]:
    """Lines for a shell that make a run, or a folder of `bench score --out`, again.

    Args:
        run: that is to be made again. What was typed to make it is given as it was typed.
        paths: how folders and files are named.
    """
    record = run.record
    commit = (record.git_commit if record is not None else None) or run.summary.environment.git_commit
    lines = []
    if commit:
        plain = commit.removesuffix("-dirty")
        changed = "  # with changes that were not committed" if plain != commit else ""
        lines.append(f"git checkout {shlex.quote(plain)}{changed}")
    command = _score_command(run, paths) if record is None else _run_command(run, paths)
    return (*lines, shlex.join(command)) if command else tuple(lines)


def _run_command(run: FinishedRun, paths: Paths) -> list[str]:
    """`bench run` as it was typed or, of a run that Python made, as it would be; [] where a run does not say it."""
    record = run.record
    assert record is not None
    if len(record.command) > 1:  # the program's own path is this machine's, not the reader's
        typed = record.command[1:]
        return ["bench", *(typed if paths == "beside" else map(without_places, typed))]
    if record.options is None:
        return []
    options = arguments(record.options, as_typed=_as_typed(run, paths))
    return ["bench", "run", *options, "--out", run.root.resolve().name]


def _score_command(run: FinishedRun, paths: Paths) -> list[str]:
    """`bench score` with the options that it was given."""
    summary, as_typed = run.summary, _as_typed(run, paths)
    images = as_typed(summary.images) if summary.images else "IMAGES"
    options = _recorded(run, as_typed) if summary.options is None else arguments(summary.options, as_typed=as_typed)
    return ["bench", "score", images, *options, "--out", run.root.resolve().name]


def _recorded(run: FinishedRun, as_typed: Callable[[str], str]) -> Sequence[str]:
    """The options of a folder that version 0.2 scored, which did not keep them: as far as its summary tells them."""
    summary = run.summary
    parts = []
    if summary.suite:
        parts += ["--suite", summary.suite if summary.suite in suite_names() else f"{summary.suite}.toml"]
    name = summary.protocol.name
    parts += ["--protocol", name if name in protocol_names() else f"{name}.toml"]
    parts += _parts_of(summary)
    images = run.scores().images
    parts += ["--subjects", ",".join(sorted({str(subject) for subject in images["subject"]}))]
    parts += ["--prompts", ranges(sorted({int(index) for index in images["prompt_index"]}))]
    if summary.prior is not None:
        parts += ["--prior", as_typed(summary.prior.folder)]
    if summary.method is not None:
        parts += ["--name", summary.method]
    return parts


def _parts_of(summary: Summary) -> list[str]:
    """--metrics and --images-per-prompt, where they are not the declared protocol's."""
    name = summary.protocol.name
    declared = load_protocol(name) if name in protocol_names() else None
    parts = []
    keys = [info.key for info in summary.metrics]
    if declared is not None and keys != list(declared.metrics):
        parts += ["--metrics", ",".join(keys)]
    if declared is None or declared.images_per_prompt != summary.protocol.images_per_prompt:
        parts += ["--images-per-prompt", str(summary.protocol.images_per_prompt)]
    return parts


def _as_typed(run: FinishedRun, paths: Paths) -> Callable[[str], str]:
    """From a path that starts in the run's folder to one that starts where that folder lies, or to its last part."""

    def beside(path: str) -> str:
        return Path(os.path.normpath(Path(run.root.resolve().name, path))).as_posix()

    def name(path: str) -> str:
        return Path(beside(path)).name or "."

    return beside if paths == "beside" else name
