"""Doing a prepared run: its unfinished units, then its scores. Whatever happens, what is finished is kept."""

import datetime
import json
import math
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.benchmark.api.preparation import Prepared, RunRequest, load_fingerprinted
from dreambench.benchmark.api.progress import ProgressDisplay
from dreambench.benchmark.cli.exits import unexpected, write_log
from dreambench.benchmark.engine.failures import is_disk_full
from dreambench.benchmark.engine.meter import UnitWork, WorkMeter
from dreambench.benchmark.machine.environment import environment, usable_cores
from dreambench.benchmark.runs.folder import RUN_FORMAT
from dreambench.benchmark.runs.plan import images_to_make
from dreambench.dataset.errors import IncompleteRun, UserError

if TYPE_CHECKING:
    from dreambench.baselines.settings import MethodSettings
    from dreambench.benchmark.engine.messages import Message, Outcome
    from dreambench.benchmark.runs.units import Unit, UnitManifest

#: What people need to know to go on.
RESUME: Final = "give the same command again to go on"
_SHOWN_FAILURES: Final = 3


def execute(prepared: Prepared, request: RunRequest, display: ProgressDisplay) -> dict[str, Any]:
    """Do what is left of a run and return its summary.

    Raises:
        UserError: the input is wrong in a way that only the work shows (a corrupt weight file, an unreadable photo).
        IncompleteRun: interrupted, a full disk, failed units; the message says how to resume.
    """
    folder = prepared.folder
    try:
        return _execute(prepared, request, display)
    except (UserError, IncompleteRun):
        raise
    except KeyboardInterrupt:
        done, todo = folder.split(prepared.plan.units())
        total = len(done) + len(todo)
        raise IncompleteRun(f"Interrupted; {len(done)} of {total} subjects are kept in {folder.root}, {RESUME}.") from None
    except Exception as error:
        if is_disk_full(error):
            raise IncompleteRun(_disk_full(folder.root)) from error
        where = folder.root if folder.run_file.is_file() else Path.cwd()  # a log would make a free folder look taken
        raise IncompleteRun(f"{unexpected(error, where)} What is finished is kept; {RESUME}.") from error


def _execute(prepared: Prepared, request: RunRequest, display: ProgressDisplay) -> dict[str, Any]:
    plan, folder = prepared.plan, prepared.folder
    units = plan.units()
    display.say("looking at what is there")
    done, todo = folder.split(units)
    if not todo:
        summary = _finished_summary(prepared, done)
        if summary is not None:
            return summary
    for unit in todo:
        plan.dataset.references(plan.dataset.subject(unit.subject))  # an unreadable photo shows now, not after an hour
    if prepared.encoders is None:
        display.say("loading the encoders")
        found, prepared.encoders = load_fingerprinted(plan.suite, plan.protocol, prepared.device)
        if found != plan.fingerprint:
            raise UserError(
                f"The encoders give the fingerprint {found}, but {folder.root} was begun with {plan.fingerprint} "
                "(other library versions?); start a new run with --out."
            )
    folder.claim(_run_record(prepared))
    with folder.lock():
        folder.check(plan.identity())  # another run may have claimed it while this one was getting ready
        done, todo = folder.split(units)  # another process may have finished some while this one waited to begin
        workers = _workers(prepared, request, len(todo))
        images = images_to_make(plan, units)
        meter = WorkMeter(_works(prepared, todo), workers=workers, score_images=images, reused=len(done))
        display.measure(meter)
        if todo:
            done |= _do_units(prepared, request, todo, workers=workers, meter=meter, display=display)
        return _score(prepared, done, meter, display)


def _do_units(
    prepared: Prepared, request: RunRequest, todo: "list[Unit]", *, workers: int, meter: WorkMeter, display: ProgressDisplay
) -> "dict[str, UnitManifest]":
    from dreambench.benchmark.engine.engine import run_units
    from dreambench.benchmark.engine.job import Job
    from dreambench.benchmark.engine.messages import Failure
    from dreambench.benchmark.machine.cache import cache_folder
    from dreambench.benchmark.machine.resources import default_batch_size

    plan, folder = prepared.plan, prepared.folder
    resolution = plan.suite.sampler.resolution
    job = Job(
        folder=folder.root,
        dataset=plan.suite.dataset,
        model_source=plan.suite.model.source if prepared.method.needs_base_model else None,
        model_revision=plan.suite.model.revision,
        sampler=plan.suite.sampler,
        method=plan.method,
        settings=plan.settings,
        seed=plan.seed,
        prompts=plan.selection.prompts,
        images_per_prompt=plan.selection.images_per_prompt,
        prior_images=plan.prior_images,
        cache_dir=cache_folder(),
        batch_size=request.batch_size or default_batch_size(prepared.device, resolution),
        device=prepared.device,
        weights_hash=plan.weights_hash,
    )

    def receive(message: "Message") -> None:
        with display.lock:
            meter.receive(message)
        if isinstance(message, Failure) and message.subjects:
            display.note(f"{', '.join(message.subjects)} failed: {message.message}")

    outcome = run_units(
        job,
        todo,
        class_nouns=plan.class_nouns(),
        group_size=prepared.method.group_size,
        workers=workers,
        on_message=receive,
    )
    _raise_failures(prepared, outcome, total=len(plan.units()))
    return outcome.done


def _raise_failures(prepared: Prepared, outcome: "Outcome", *, total: int) -> None:
    if not outcome.failures and not outcome.untried:
        return
    root = prepared.folder.root
    traces = [failure.traceback for failure in outcome.failures if failure.traceback]
    log = f" Tracebacks: {prepared.folder.log_file}." if traces else ""
    if any(failure.kind == "disk_full" for failure in outcome.failures):
        raise IncompleteRun(_disk_full(root))
    for failure in outcome.failures:
        if not failure.subjects and failure.kind == "user":
            raise UserError(failure.message)
    if outcome.failures and not outcome.done and all(failure.kind == "user" for failure in outcome.failures):
        raise UserError(outcome.failures[0].message)  # a setting that no subject can be done with
    for trace in traces:
        write_log(trace, root)
    begun = next((failure for failure in outcome.failures if not failure.subjects), None)
    if begun is not None:
        raise IncompleteRun(f"A worker could not begin: {begun.message}.{log} When that is mended, {RESUME}.")
    failed = [(name, failure.message) for failure in outcome.failures for name in failure.subjects]
    shown = "; ".join(f"{name} ({message})" for name, message in failed[:_SHOWN_FAILURES])
    more = f" and {len(failed) - _SHOWN_FAILURES} more" if len(failed) > _SHOWN_FAILURES else ""
    untried = f", {len(outcome.untried)} were not begun" if outcome.untried else ""
    raise IncompleteRun(
        f"{len(failed)} of {total} subjects failed{untried}: {shown}{more}. The others are kept in {root}; {RESUME}.{log}"
    )


def _score(
    prepared: Prepared, done: "Mapping[str, UnitManifest]", meter: WorkMeter, display: ProgressDisplay
) -> dict[str, Any]:
    from dreambench.benchmark.encoders import EmbeddingCache
    from dreambench.benchmark.machine.cache import cache_folder
    from dreambench.benchmark.reporting.run_sheet import run_sheet
    from dreambench.benchmark.results.about_run import about_run, run_seconds
    from dreambench.benchmark.runs.frames import image_frame, prior_frame
    from dreambench.benchmark.scoring.evaluate import evaluate, summary_record, write_scores

    plan, folder = prepared.plan, prepared.folder

    def scored(n_done: int, total: int, seconds: float) -> None:
        with display.lock:
            meter.score(n_done, total, seconds)

    if prepared.encoders is None:
        raise AssertionError("the encoders are loaded before any work is done")
    evaluation = evaluate(
        image_frame(plan, folder),
        prior_frame(plan, folder),
        dataset=plan.dataset,
        protocol=plan.protocol,
        encoders=prepared.encoders,
        on_scored=scored,
        cache=EmbeddingCache(cache_folder()),
    )
    manifests = [done[unit.subject] for unit in plan.units()]
    summary = summary_record(
        evaluation,
        protocol=plan.protocol,
        fingerprint=plan.fingerprint,
        about=about_run(plan, manifests),
        seconds=run_seconds(manifests),
        environment=environment(),
    )
    run_sheet(plan, folder)
    write_scores(folder.root, evaluation.scores, summary, relative_to=folder.root)
    return _read_summary(folder.summary_file)


def _finished_summary(prepared: Prepared, done: "Mapping[str, UnitManifest]") -> dict[str, Any] | None:
    """The summary on disk, if it was made from these very images and the tables are there."""
    from dreambench.benchmark.results.about_run import scored_from

    folder = prepared.folder
    if not (folder.summary_file.is_file() and folder.scores_file.is_file() and folder.subjects_file.is_file()):
        return None
    summary = _read_summary(folder.summary_file)
    manifests = [done[unit.subject] for unit in prepared.plan.units()]
    return summary if summary.get("scored_from") == scored_from(prepared.plan, manifests) else None


def _read_summary(path: Path) -> dict[str, Any]:
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return summary if isinstance(summary, dict) else {}


def _run_record(prepared: Prepared) -> dict[str, Any]:
    from dreambench.benchmark.declarations.suite import resolved_toml

    encoders = prepared.encoders
    return {
        "format": RUN_FORMAT,
        **prepared.plan.identity(),
        "encoder_fingerprints": encoders.fingerprints() if encoders else None,
        "suite_file": resolved_toml(prepared.plan.suite),
        "command": sys.argv,
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        **environment(),
    }


def _workers(prepared: Prepared, request: RunRequest, units: int) -> int:
    from dreambench.baselines.memory import free_host_memory
    from dreambench.baselines.model_files import stored_parameters
    from dreambench.baselines.model_places import resolve_folder
    from dreambench.benchmark.machine.resources import count_workers, worker_memory_bytes

    model = prepared.plan.suite.model
    weights = (
        stored_parameters(resolve_folder(model.source, model.revision)) if prepared.method.needs_base_model and units else 0
    )
    return count_workers(
        request.workers,
        units=units,
        cores=usable_cores(),
        free_memory=free_host_memory(),
        worker_memory=worker_memory_bytes(weights),
    )


def _works(prepared: Prepared, todo: "list[Unit]") -> list[UnitWork]:
    """How much there is to do, as far as settings tell; only the progress display depends on it."""
    plan = prepared.plan
    nouns = plan.class_nouns()
    shared_by = Counter(nouns[unit.subject] for unit in todo)
    steps = int(_number(plan.settings, "steps"))
    with_prior_loss = _number(plan.settings, "prior_loss_weight") > 0 and steps > 0
    class_images = int(_number(plan.settings, "class_images")) if with_prior_loss else 0
    return [
        UnitWork(unit.subject, class_images / shared_by[nouns[unit.subject]], steps, images_to_make(plan, [unit]))
        for unit in todo
    ]


def _number(settings: "MethodSettings", key: str) -> float:
    """A setting as a number; 0 where a plug-in has none of that name, or means something else by it."""
    value = getattr(settings, key, 0)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def _disk_full(root: Path) -> str:
    return f"The disk that holds {root} is full; free some space, then {RESUME}: what is finished is kept."
