"""Runs that differ in the number of steps alone: what they lack is made in one training. Scoring is left to each."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from dreambench.benchmark.api.attempt import claim, do_units, say_if_mixed, unfinished_in_words
from dreambench.benchmark.api.hooks.run_events import RunEvents
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.preparation import PreparedRun
from dreambench.benchmark.api.unfinished import raise_failures
from dreambench.benchmark.declarations.suite import Overrides, Suite, load_suite, method_settings
from dreambench.benchmark.engine.costs import costs_of
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.engine.tasks import works_of
from dreambench.benchmark.runs.checkpoints import STEPS, Checkpoint
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan
from dreambench.benchmark.runs.reuse import take_units
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted


def has_checkpoints(suite: Suite, method: str, settings: Overrides) -> bool:
    """Whether a method can be looked at while it trains with these settings.

    Raises:
        UserError: the method or a setting is wrong.
    """
    from dreambench.baselines.registry import build_method, settings_class

    if STEPS not in settings_class(method).model_fields:
        return False
    return build_method(method, method_settings(suite, method, settings)).has_checkpoints


def settings_after(
    steps: Sequence[int], *, suite: str | Path | Suite, method: str, settings: Overrides
) -> list[dict[str, Any] | list[str]]:
    """The settings of a run for each number of steps: `settings`, and so many steps.

    Raises:
        UserError: the method cannot be looked at while it trains, or the settings say how many steps it takes.
    """
    given = dict(settings) if hasattr(settings, "keys") else None
    texts = [] if given is not None else list(settings)
    if STEPS in (given or {text.partition("=")[0].strip() for text in texts}):
        raise UserError("--checkpoints says after how many steps images are made; leave out --set steps=...")
    found = [given | {STEPS: step} if given is not None else [*texts, f"{STEPS}={step}"] for step in steps]
    the_suite = suite if isinstance(suite, Suite) else load_suite(suite)
    if not has_checkpoints(the_suite, method, found[0]):
        raise UserError(
            f"--checkpoints: the method {method} cannot be looked at while it trains; run it once for every "
            "number of steps, or give its class `checkpoints`."
        )
    return found


def train_together(
    runs: Sequence[PreparedRun], *, told: Listener, command: tuple[str, ...], donors: Sequence[Path] = ()
) -> None:
    """Make the units that the runs lack, each subject in one training up to the last number of steps that it lacks.

    The runs' folders are left as usual runs interrupted before their scoring leave them. Where at most one run lacks something,
    nothing is done here: the usual run makes it.

    Args:
        runs: of one method, suite, selection and seed, by rising number of steps.
        told: who hears how far it is.
        command: what was typed.
        donors: runs whose finished units are taken.

    Raises:
        UserError: as a usual run does.
        IncompleteRun: units failed, or it was interrupted; the same command goes on.
    """
    folders = [RunFolder(run.resources.folder) for run in runs]
    told.say("looking at what is there")
    if sum(bool(folder.split(run.plan.units())[1]) for run, folder in zip(runs, folders, strict=True)) < 2:
        return
    last = folders[-1]
    events = RunEvents(
        runs[-1].hooks, runs[-1].plan, last.root, part=f"{STEPS} {','.join(str(_steps(run.plan)) for run in runs)}"
    )
    with (
        events.ending(),
        unfinished_in_words(last, lambda: f"what is finished is kept in {last.root} and beside it"),
        ExitStack() as locks,
    ):
        checkpoints, held = [], []
        for run, folder in zip(runs, folders, strict=True):
            record = claim(run, folder, command)
            lock = locks.enter_context(folder.lock(told.note))
            held.append((folder, lock))
            folder.clear_own_leftovers()
            folder.check(record)
            done, todo = folder.split(run.plan.units())
            done |= take_units(folder, todo, donors)
            lacking = {unit.subject: unit for unit in todo if unit.subject not in done}
            say_if_mixed(run, done, list(lacking.values()), told)
            if lacking:
                checkpoints.append(Checkpoint(_steps(run.plan), lacking, folder.root))
        if checkpoints:
            _make(runs[-1], checkpoints, told, events)
        for folder, lock in held:
            folder.refuse_removed()
            folder.refuse_lost(lock)


def _make(run: PreparedRun, checkpoints: Sequence[Checkpoint], told: Listener, events: RunEvents) -> None:
    """Make the checkpoints' units with the engine of the last run."""
    lacking = {name: checkpoint.folder for checkpoint in checkpoints for name in checkpoint.units}  # the last that it lacks
    todo = [unit for unit in run.plan.units() if unit.subject in lacking]
    settings = run.plan.settings.model_copy(update={STEPS: checkpoints[-1].step})
    joint = replace(run.plan, settings=settings, checkpoints=tuple(checkpoints))
    told.note(
        f"One training a subject is looked at after {_in_words(checkpoints)} steps: "
        f"{counted(len(lacking), 'subject')} to train."
    )
    names = run.plan.selection.subjects
    events.start(subjects=names, kept=[name for name in names if name not in lacking], folders=lacking)
    with run.engine as engine:
        workers = engine.side_by_side(joint, run.resources, units=len(todo))
        meter = WorkMeter(
            works_of(joint, todo, workers=workers),
            costs=costs_of(joint),
            workers=workers,
            score_images=0,
            reused=len(names) - len(todo),
        )
        told.measure(meter)
        outcome = do_units(run, joint, todo, meter=meter, told=told, events=events)
    raise_failures(outcome, RunFolder(run.resources.folder), total=len(names))
    told.measure(None)


def _steps(plan: RunPlan) -> int:
    return int(getattr(plan.settings, STEPS))


def _in_words(checkpoints: Sequence[Checkpoint]) -> str:
    numbers = [str(checkpoint.step) for checkpoint in checkpoints]
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
