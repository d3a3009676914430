"""`merge`: put the parts of a run together. What comes out is the run that one machine alone would have made."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.api.preparation import PreparedRun, prepare_run
from dreambench.benchmark.api.run import finish
from dreambench.benchmark.api.run_result import Run
from dreambench.benchmark.declarations.options import from_folder, is_file
from dreambench.benchmark.declarations.reading import parse_toml
from dreambench.benchmark.declarations.suite import Suite
from dreambench.benchmark.engine.engine import Engine, Report
from dreambench.benchmark.engine.messages import Outcome
from dreambench.benchmark.machine.resources import Resources
from dreambench.benchmark.runs.folder import RunFolder, first_difference
from dreambench.benchmark.runs.options import RunOptions
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.record import RunRecord, read_run_record
from dreambench.benchmark.runs.shard import Shard, read_parts
from dreambench.benchmark.runs.units import Unit, UnitManifest, damage, read_manifest
from dreambench.benchmark.scoring.inspection import few
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.words import counted

_PATHS: Final = ("suite", "prompt_set")


def merge(
    *parts: str | Path,
    out: str | Path,
    device: str = "auto",
    listener: Listener | None = None,
    command: Sequence[str] = (),
) -> Run:
    """Put the parts of a run together and score it.

    Every image of every part is held against its recorded hash first. Images are linked into the new folder, or copied where
    the file system cannot link; the parts stay as they are. The same call goes on with one that was interrupted.

    Args:
        parts: folders that `run(..., shard="1/8")` and its like made, together with every subject; one of them may be `out`.
        out: the folder of the whole run.
        device: where it is scored: "auto", "cpu", "cuda" or one GPU, "cuda:1".
        listener: who hears how far it is; None for what suits where Python runs.
        command: what was typed, for the record in run.json.

    Returns:
        The run, with the images and scores of one that was never divided.

    Raises:
        UserError: the parts are of different runs (the sentence names the difference), made by different versions of
            dreambench, or lack subjects; a file of them was changed; or `out` holds something else.
        IncompleteRun: it was interrupted, or the disk is full.
    """
    roots = [Path(part) for part in parts]
    root = Path(out)
    if not roots:
        raise UserError("There is nothing to merge; give the folders of all parts of a run.")
    record = _one_run(roots)
    with listening(listener) as told:
        try:
            prepared = _prepared(record, roots[0], out=root, device=device, told=told)
            told.say("holding every image against its hash")
            _refuse_incomplete(prepared.units, roots)
        except KeyboardInterrupt:
            raise IncompleteRun("Interrupted before any work was done; give the same command again.") from None
        return finish(prepared, told, tuple(command), roots)


def _one_run(roots: Sequence[Path]) -> RunRecord:
    """The record that all parts share.

    Raises:
        UserError: a folder is no run's, or two are of different runs.
    """
    first = read_run_record(roots[0])
    for other in roots[1:]:
        difference = first_difference(first.identity(), read_run_record(other).identity())
        if difference is not None:
            raise UserError(
                f"{other} is a part of another run than {roots[0]} ({difference}: there is {roots[0]}, here is {other}); merge "
                "only parts of one run."
            )
    return first


def _prepared(record: RunRecord, part: Path, *, out: Path, device: str, told: Listener) -> PreparedRun:
    """The whole run, from what a part recorded of it; ready to be scored, not to be made.

    Raises:
        UserError: something that the run depends on is not what it was: the dataset, the weights, the encoders.
    """
    kept_back = record.references
    prepared = prepare_run(
        record.method,
        suite=Suite.model_validate(parse_toml(record.suite_file, where=f"run.json of {part}")),
        subjects=record.selection.subjects,
        prompts=record.selection.prompts,
        images_per_prompt=record.selection.images_per_prompt,
        quick=False,
        seed=record.seed,
        hold_out=0 if kept_back is None else kept_back.hold_out,
        references=None if kept_back is None else kept_back.references,
        settings=record.settings,
        out=out,
        engine="inline",
        device=device,
        workers=None,
        batch_size=None,
        say=told.say,
    )
    difference = first_difference(record.identity(), prepared.plan.record().identity())
    if difference is not None:
        raise UserError(
            f"The parts were made from something else than what is here now ({difference}: there is {part}); bring back what "
            "they were made from, or make the run again."
        )
    options = prepared.options if record.options is None else _seen_from(record.options, part, out)
    return replace(prepared, engine=_Nothing(out), options=options)


def _seen_from(options: RunOptions, part: Path, out: Path) -> RunOptions:
    """What the run was given, its paths from the new folder instead of the part's."""
    given = {name: getattr(options, name) for name in _PATHS}
    paths = {name: text for name, text in given.items() if text is not None and is_file(text)}
    return options.model_copy(
        update={name: from_folder(Path(os.path.normpath(part.resolve() / text)), out) for name, text in paths.items()}
    )


def _refuse_incomplete(units: Sequence[Unit], roots: Sequence[Path]) -> None:
    """Refuse parts with a file that was changed, without a subject, or of several versions of dreambench.

    Raises:
        UserError: the sentence names the first.
    """
    versions: dict[str, Path] = {}
    lacking: list[str] = []
    for unit in units:
        made = False
        for root in roots:
            manifest = _whole(unit, root)
            if manifest is not None:
                made = True
                versions.setdefault(str(manifest.environment.get("versions", {}).get("dreambench", "unknown")), root)
        if not made:
            lacking.append(unit.subject)
    if lacking:
        missing = f"{counted(len(lacking), 'subject')} of {len(units)} {'is' if len(lacking) == 1 else 'are'} missing"
        raise UserError(f"{missing}: {few(lacking)}; {_who_lacks(lacking, roots)}, then merge again.")
    if len(versions) > 1:
        (old, there), (new, here) = list(versions.items())[:2]
        raise UserError(
            f"Units of {there} were made by dreambench {old}, and of {here} by {new}; make the parts with one version."
        )


def _whole(unit: Unit, root: Path) -> UnitManifest | None:
    """The manifest of a unit in a part's folder, None where the part has none.

    Raises:
        UserError: it cannot be read, is of another unit, or an image is not as recorded.
    """
    folder = RunFolder(root)
    path = folder.manifest_file(unit.subject)
    manifest = read_manifest(path)
    if manifest is None and not path.exists():
        return None
    if manifest is None:
        fault: str | None = f"{folder.relative(path)} cannot be read"
    elif not unit.made(manifest):
        fault = f"{folder.relative(path)} is of another unit than the run's"
    else:
        fault = damage(manifest, root)
    if fault is not None:
        raise UserError(f"{root} is not what was recorded: {fault}; give its `bench run` command again, then merge.")
    return manifest


def _who_lacks(lacking: Sequence[str], roots: Sequence[Path]) -> str:
    """Which parts are to be finished or were not given, as an instruction."""
    known: dict[Shard, Path] = {shard: root for root in roots for shard in read_parts(root)}
    unfinished = [str(shard) for root in roots for shard, part in read_parts(root).items() if set(part.subjects) & set(lacking)]
    if unfinished:
        return f"finish part {few(unfinished)} with its `bench run` command"
    counts: Mapping[int, set[int]] = {of: {shard.number for shard in known if shard.of == of} for of in {s.of for s in known}}
    absent = [f"{number}/{of}" for of, given in counts.items() for number in range(1, of + 1) if number not in given]
    return f"give part {few(absent)} too" if absent else "make them with `bench run`"


class _Nothing(Engine):
    """Makes no unit: all come from the parts."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def run(self, plan: RunPlan, units: Sequence[Unit], resources: Resources, report: Report) -> Outcome:
        """Refuse.

        Raises:
            IncompleteRun: a part lost a unit since it was looked at.
        """
        names = few([unit.subject for unit in units])
        raise IncompleteRun(f"Parts were changed while they were merged into {self._root}: {names}; merge again.")
