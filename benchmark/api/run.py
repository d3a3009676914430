"""`run`: train, sample and score a method. Whatever happens, what is finished is kept."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreambench.benchmark.api.attempt import claim, do_units, say_if_mixed, unfinished_in_words
from dreambench.benchmark.api.hooks import Hook
from dreambench.benchmark.api.hooks.run_events import RunEvents
from dreambench.benchmark.api.hooks.telling import Hooks
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.api.preparation import PreparedRun, prepare_run
from dreambench.benchmark.api.run_result import Part, Run
from dreambench.benchmark.api.together import settings_after, train_together
from dreambench.benchmark.api.unfinished import raise_failures, refuse_mixed_sizes
from dreambench.benchmark.declarations.suite import Overrides, Suite
from dreambench.benchmark.encoders import EmbeddingCache
from dreambench.benchmark.engine.costs import costs_of
from dreambench.benchmark.engine.messages import Outcome
from dreambench.benchmark.engine.meter import WorkMeter
from dreambench.benchmark.engine.tasks import works_of
from dreambench.benchmark.machine.environment import environment
from dreambench.benchmark.reporting.run_sheet import run_sheet
from dreambench.benchmark.results.about_run import about_run, run_seconds, scored_from
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.own_scores import remember
from dreambench.benchmark.results.summary import Summary
from dreambench.benchmark.results.verification import faults_in
from dreambench.benchmark.results.writing import summary_of, write_scores
from dreambench.benchmark.runs.checkpoints import parse_steps
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.frames import image_frame, prior_frame
from dreambench.benchmark.runs.reuse import take_units
from dreambench.benchmark.runs.shard import parse_shard, read_parts, write_part
from dreambench.benchmark.runs.units import UnitManifest
from dreambench.benchmark.scoring.evaluate import evaluate
from dreambench.dataset.errors import IncompleteRun, UserError
from dreambench.dataset.words import counted

_DEFAULT_SETTINGS: Final[tuple[str, ...]] = ()


def run(
    method: str,
    *,
    suite: str | Path | Suite = "mini",
    prompt_set: str | Path | None = None,
    subjects: str | Sequence[str] | None = None,
    prompts: str | Sequence[int] | None = None,
    images_per_prompt: int | None = None,
    quick: bool = False,
    seed: int = 0,
    checkpoints: str | Sequence[int] | None = None,
    hold_out: int = 0,
    references: int | None = None,
    settings: Overrides = _DEFAULT_SETTINGS,
    out: str | Path | None = None,
    shard: str | None = None,
    engine: str = "auto",
    engine_settings: Overrides = _DEFAULT_SETTINGS,
    device: str = "auto",
    workers: int | None = None,
    batch_size: int | None = None,
    reuse: Sequence[str | Path] = (),
    verify: bool = False,
    hooks: Sequence[str | Hook] = (),
    listener: Listener | None = None,
    command: Sequence[str] = (),
) -> Run:
    """Train, sample and score a method on a suite.

    The same call goes on with an interrupted run, and returns a finished one at once.

    Args:
        method: its name: "dreambooth", "textual_inversion", "pipeline", "pretrained", "copy_reference", or a plug-in's; or a
            function `(references, prompt, seed) -> image`: "file.py:function" or "module:function".
        suite: a built-in suite's name, the path of a TOML file, or a loaded one.
        prompt_set: what subjects are asked in place of the suite's prompts: "applications", or the path of a TOML file.
        subjects: only these, by id; also "dog,can". None takes all.
        prompts: only these, by number; also "0,3,20-24". None takes all.
        images_per_prompt: images for every prompt; None takes the protocol's number.
        quick: only 6 subjects x 5 prompts x 4 images.
        seed: the same seed gives the same images.
        checkpoints: numbers of steps, rising; also "100,200,400". Images are made and scored after each, in one training. Each
            is the very run that `settings={"steps": N}` gives, in that run's folder, or in `out`/steps<N>.
        hold_out: reference images of every subject that are kept back from the method; which ones, the seed says. The scores
            are then also against the images that it saw and against those kept back (metrics `dino_seen`, `dino_unseen`, ...).
        references: reference images of every subject that the method sees; None for all that are not kept back. Without
            `hold_out` all others are kept back.
        settings: of the method, where they are not the suite's: {"steps": 300} or ["steps=300"].
        out: the run's folder; None takes runs/<suite>-<method>-seed<seed> below the working directory, with a suffix for what
            is not the whole suite.
        shard: "2/8" does the second of 8 parts of the run, in a folder of its own (its name ends with -2-of-8); `merge` puts
            the parts together and scores them. None does the whole run.
        engine: how units are done: "inline" in this process, "processes" side by side, "ray" on several GPUs or machines, or a
            plug-in's name. "auto" takes processes on a CPU and inline on a GPU. It changes no result.
        engine_settings: of the engine, where they are not its defaults: {"max_in_flight": 8} or ["max_in_flight=8"].
        device: "auto", "cpu", "cuda" or one GPU, "cuda:1".
        workers: units side by side, where the engine can; None leaves it to the engine.
        batch_size: images sampled at once; None takes what suits the device. It changes no result.
        reuse: folders of other runs, whose finished units are taken where they are the very same (by content hash).
        verify: make nothing; hold every file of a finished run against its recorded hash.
        hooks: who is told of the run's events (`dreambench.benchmark.api.hooks`): names of installed ones, "file.py:function",
            or what can be called with an event. One that raises is off from then on. They change no result.
        listener: who hears how far it is; None for what suits where Python runs.
        command: what was typed, for the record in run.json.

    Returns:
        The run: `.folder`, `.summary`, `.record`, and `.scores()`, whose `.images` and `.subjects` are frames. A notebook shows
        its means. A part of a run has no summary: asked for it, it says how to merge. With `checkpoints` it is the last one,
        and its `.checkpoints` holds all by their number of steps.

    Raises:
        UserError: an argument is wrong, or the input in a way that only the work shows (a corrupt weight file); or, with
            `verify`, the run is not finished or a file is not what was recorded.
        IncompleteRun: it was interrupted, the disk is full or units failed; the message says how to go on.

    Example:
        >>> import dreambench
        >>> run = dreambench.run("copy_reference", subjects=["can", "dog"], prompts=[0, 20], images_per_prompt=2)
        >>> run.folder.parent.name, run.summary.n_images
        ('runs', 8)
        >>> round(run.summary.overall["copy_index"].mean, 2)  # how much of a reference is copied
        1.0
        >>> run.scores().images.groupby("subject").size().to_dict()
        {'can': 4, 'dog': 4}
    """
    donors = [Path(folder) for folder in reuse]
    part = None if shard is None else parse_shard(shard)
    if part is not None and verify:
        raise UserError("--verify is for a whole run; leave out --shard. `bench merge` checks every hash of the parts.")
    if part is not None and checkpoints is not None:
        raise UserError("--shard and --checkpoints cannot be given together; choose --subjects for each machine instead.")
    steps = () if checkpoints is None else parse_steps(checkpoints)
    folder = None if out is None else Path(out)
    variants: list[tuple[Overrides, Path | None]] = [(settings, folder)]
    if steps:
        each_settings = settings_after(steps, suite=suite, method=method, settings=settings)
        folders = [folder and folder / f"steps{step}" for step in steps]
        variants = list(zip(each_settings, folders, strict=True))
    with listening(listener) as told:
        prepared: list[PreparedRun] = []
        of_events = Hooks(hooks, note=told.note)
        try:
            for of_variant, its_folder in variants:
                prepared.append(
                    prepare_run(
                        method,
                        suite=suite,
                        prompt_set=prompt_set,
                        subjects=subjects,
                        prompts=prompts,
                        images_per_prompt=images_per_prompt,
                        quick=quick,
                        seed=seed,
                        hold_out=hold_out,
                        references=references,
                        settings=of_variant,
                        out=its_folder,
                        shard=part,
                        engine=engine,
                        engine_settings=engine_settings,
                        device=device,
                        workers=workers,
                        batch_size=batch_size,
                        say=told.say,
                        encoders=prepared[0].encoders if prepared else None,
                        hooks=of_events,
                    )
                )
        except KeyboardInterrupt:
            raise IncompleteRun("Interrupted before any work was done; give the same command again.") from None
        tell_remarks(prepared[-1], told)
        if verify:
            runs = [Run(one.resources.folder, _verified(one, told)) for one in prepared]
        else:
            if steps:
                train_together(prepared, told=told, command=tuple(command), donors=donors)
            runs = [finish(one, told, tuple(command), donors) for one in prepared]
        return replace(runs[-1], checkpoints=dict(zip(steps, runs, strict=True))) if steps else runs[0]


def tell_remarks(prepared: PreparedRun, told: Listener) -> None:
    """Say what to know before the work begins: pictures that count as no references, words that the model does not know."""
    plan = prepared.plan
    for sentence in (*plan.dataset.unread(plan.selection.subjects), *prepared.remarks):
        told.note(sentence)


def _verified(prepared: PreparedRun, told: Listener) -> Summary:
    """The summary of a finished run, of which every hash agrees."""
    folder, units = RunFolder(prepared.resources.folder), prepared.plan.units()
    finished = read_finished(folder.root)
    told.say("holding every file against its hash")
    faults = list(faults_in(folder.root))
    _, todo = folder.split(units)
    if todo and not faults:
        faults = [f"the unit of {todo[0].subject} is another one than this command makes"]
    if faults:
        more = f", and {len(faults) - 1:,} more" if len(faults) > 1 else ""
        raise UserError(
            f"{folder.root} is not what was recorded: {faults[0]}{more}; `bench doctor {folder.root}` lists all, and the same "
            "command without --verify makes again what is wrong."
        )
    n_files = len(finished.manifests()) + sum(len(manifest.files()) for manifest in finished.manifests().values())
    told.note(f"Every hash agrees: {counted(n_files, 'file')} of images and manifests, and the tables of scores.")
    return finished.summary


def finish(prepared: PreparedRun, told: Listener, command: tuple[str, ...], donors: Sequence[Path]) -> Run:
    """Do what is left of a run, or of a part of it.

    Args:
        prepared: the run.
        told: hears how far it is.
        command: what was typed.
        donors: folders of runs whose finished units are taken.

    Raises:
        UserError, IncompleteRun: as `run` has them.
    """
    folder = RunFolder(prepared.resources.folder)

    def kept() -> str:
        done, todo = folder.split(prepared.units)
        total = len(done) + len(todo)
        return f"{len(done)} of {counted(total, 'subject')} {'is' if len(done) == 1 else 'are'} kept in {folder.root}"

    part = None if prepared.shard is None else str(prepared.shard)
    events = RunEvents(prepared.hooks, prepared.plan, folder.root, part=part)
    with events.ending(), unfinished_in_words(folder, kept):
        summary = _execute(prepared, folder, told, command, donors, events)
        if prepared.shard is not None:
            return Part(folder.root, prepared.shard)
        assert summary is not None
        return Run(folder.root, summary)


def _execute(
    prepared: PreparedRun,
    folder: RunFolder,
    told: Listener,
    command: tuple[str, ...],
    donors: Sequence[Path],
    events: RunEvents,
) -> Summary | None:
    """The summary; None where only a part of the run was to be done."""
    plan, units = prepared.plan, prepared.units
    names = [unit.subject for unit in units]
    told.say("looking at what is there")
    done, todo = folder.split(units)
    if not todo and prepared.shard is not None and prepared.shard in read_parts(folder.root):
        events.start(subjects=names, kept=done)
        return None
    if not todo and prepared.shard is None:
        summary = _finished_summary(prepared, folder, done, told)
        if summary is not None:
            events.start(subjects=names, kept=done)
            events.scores(summary)
            return summary
    for unit in todo:
        plan.dataset.references(plan.dataset.subject(unit.subject))  # an unreadable photo shows now, not after an hour
    record = claim(prepared, folder, command)
    with folder.lock(told.note) as lock:
        folder.clear_own_leftovers()
        folder.check(record)  # another run may have claimed it while this one was getting ready
        if prepared.shard is not None:
            write_part(folder.root, prepared.shard, names)
        done, todo = folder.split(units)  # another process may have finished some while this one waited to begin
        done |= take_units(folder, todo, donors)
        todo = [unit for unit in todo if unit.subject not in done]
        say_if_mixed(prepared, done, todo, told)
        events.start(subjects=names, kept=done)
        # An engine that starts a cluster must not start it for nothing.
        with prepared.engine if todo else nullcontext(prepared.engine) as engine:
            workers = engine.side_by_side(plan, prepared.resources, units=len(todo)) if todo else 1
            meter = WorkMeter(
                works_of(plan, todo, workers=workers),
                costs=costs_of(plan),
                workers=workers,
                score_images=sum(plan.images_of(subject) for subject in plan.subjects()) if prepared.shard is None else 0,
                reused=len(done),
                reused_images=sum(plan.images_of(plan.dataset.subject(name)) for name in done),
            )
            told.measure(meter)
            outcome = do_units(prepared, plan, todo, meter=meter, told=told, events=events) if todo else Outcome({}, (), ())
        raise_failures(outcome, folder, total=len(prepared.units))
        done |= outcome.done
        folder.refuse_removed()
        folder.refuse_lost(lock)
        refuse_mixed_sizes(plan.method, done, folder.root)
        if prepared.shard is not None:
            return None
        summary = _score(prepared, folder, done, meter, told)
        events.scores(summary)
        return summary


def _score(
    prepared: PreparedRun, folder: RunFolder, done: Mapping[str, UnitManifest], meter: WorkMeter, told: Listener
) -> Summary:
    plan, encoders = prepared.plan, prepared.encoders.loaded

    def scored(n_done: int, total: int, seconds: float) -> None:
        with told.lock:
            meter.score(n_done, total, seconds)

    evaluation = evaluate(
        image_frame(plan, folder),
        priors=prior_frame(plan, folder),
        dataset=plan.dataset,
        protocol=plan.protocol,
        encoders=encoders,
        on_scored=scored,
        cache=EmbeddingCache(prepared.resources.cache),
        expected=plan.selection.n_images,
        parts=plan.parts(),
    )
    manifests = [done[name] for name in plan.selection.subjects]
    summary = summary_of(
        evaluation,
        about=about_run(plan, manifests, hashes=folder.manifest_hashes(plan.selection.subjects), remarks=prepared.remarks),
        protocol=plan.protocol,
        encoders=encoders.fingerprints(),
        seconds=run_seconds(manifests),
        environment=environment(),
    )
    run_sheet(plan, folder)
    written = write_scores(folder.root, evaluation.scores, summary, images=folder.root)
    remember(folder.root)
    return written


def _finished_summary(
    prepared: PreparedRun, folder: RunFolder, done: Mapping[str, UnitManifest], told: Listener
) -> Summary | None:
    """The summary on disk, if it was made from these very images and agrees with its tables; else it is made again."""
    if not folder.summary_file.is_file():
        return None
    try:
        finished = read_finished(folder.root)
        finished.scores()
    except UserError as error:
        told.note(f"The scores are made again, since those that are there cannot be believed: {error}")
        return None
    summary = finished.summary
    manifests = [done[name] for name in prepared.plan.selection.subjects]
    return summary if summary.scored_from == scored_from(prepared.plan, manifests) else None
