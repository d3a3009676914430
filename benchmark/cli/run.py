"""`bench run`: train, sample and score a method on a suite."""

import json
import shlex
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dreambench.benchmark.terminal.interruption import on_signal
from dreambench.dataset.errors import IncompleteRun, UserError

if TYPE_CHECKING:
    from dreambench.benchmark.api.run_result import Run

_WHAT: Final = "What is run"
_HOW: Final = "How it is run (changes no result)"


def run(
    context: typer.Context,
    method: Annotated[
        str,
        typer.Option(help="One of `bench methods`, or a function: file.py:function, module:function.", rich_help_panel=_WHAT),
    ],
    suite: Annotated[str, typer.Option(help="A built-in suite, or the path of a TOML file.", rich_help_panel=_WHAT)] = "mini",
    prompt_set: Annotated[
        str | None, typer.Option(help="Ask this set of prompts: applications, or a TOML file.", rich_help_panel=_WHAT)
    ] = None,
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...", rich_help_panel=_WHAT)] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these, by number: 0,3,7-9", rich_help_panel=_WHAT)] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.", rich_help_panel=_WHAT)
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="6 subjects x 5 prompts x 4 images of the suite.", rich_help_panel=_WHAT)
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same images.", rich_help_panel=_WHAT)] = 0,
    seeds: Annotated[
        str | None, typer.Option(help="A run with each of these, and their mean: 0,1,2", rich_help_panel=_WHAT)
    ] = None,
    checkpoints: Annotated[
        str | None, typer.Option(help="Score after each of these steps of one training: 100,200,400", rich_help_panel=_WHAT)
    ] = None,
    hold_out: Annotated[
        int,
        typer.Option(
            help="Keep this many reference images of every subject back from the method, and score against them too.",
            rich_help_panel=_WHAT,
        ),
    ] = 0,
    references: Annotated[
        int | None,
        typer.Option(
            help="Show the method this many reference images of every subject; all that are not kept back if left out.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the method; repeatable.", rich_help_panel=_WHAT),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; runs/<suite>-<method>-seed<seed> if left out.", rich_help_panel=_HOW)
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only the I-th of N parts, for `bench merge`.", rich_help_panel=_HOW)
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="inline, processes, ray, or a plug-in's; auto: processes on a CPU, inline on a GPU.", rich_help_panel=_HOW
        ),
    ] = "auto",
    engine_set: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="Change a setting of the engine; repeatable.", rich_help_panel=_HOW),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Of the engine: local, auto, or HOST:PORT of a cluster.", rich_help_panel=_HOW)
    ] = None,
    gpus_per_task: Annotated[
        float | None, typer.Option(help="Of the engine: GPUs for a subject.", rich_help_panel=_HOW)
    ] = None,
    max_in_flight: Annotated[int | None, typer.Option(help="Of the engine: tasks at once.", rich_help_panel=_HOW)] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.", rich_help_panel=_HOW)] = "auto",
    workers: Annotated[
        str, typer.Option(help="Processes side by side, or auto: one a core, or one on a GPU.", rich_help_panel=_HOW)
    ] = "auto",
    batch_size: Annotated[str, typer.Option(help="Images sampled at once, or auto.", rich_help_panel=_HOW)] = "auto",
    reuse: Annotated[
        list[Path] | None,
        typer.Option(
            help="Another run, whose finished units are taken where they are the same; repeatable.", rich_help_panel=_HOW
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Make nothing; hold every file of a finished run against its recorded hash.", rich_help_panel=_HOW
        ),
    ] = False,
    hook: Annotated[
        list[str] | None,
        typer.Option(help="Tell it of events: one of `bench hooks`, or file.py:function; repeatable.", rich_help_panel=_HOW),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.", rich_help_panel=_HOW)] = False,
) -> None:
    """Train, sample and score a method; print its table beside the real images, copied references and the untrained model.

    The same command goes on with an interrupted run and prints a finished one at once.
    """
    from dreambench.benchmark.cli.choices import positive, seed_numbers
    from dreambench.benchmark.cli.talk import progress
    from dreambench.benchmark.cli.typed import typed_command

    side_by_side = positive(workers, "--workers", also="auto")
    at_once = positive(batch_size, "--batch-size", also="auto")
    named = {"address": address, "gpus_per_task": gpus_per_task, "max_in_flight": max_in_flight}
    of_engine = [*(engine_set or ()), *(f"{key}={value}" for key, value in named.items() if value is not None)]
    numbers = (seed,) if seeds is None else seed_numbers(seeds)
    if seeds is not None and checkpoints is not None:
        raise UserError("--seeds and --checkpoints cannot be given together; give --checkpoints with one --seed at a time.")
    with terminate_as_interrupt(), progress() as listener:
        from dreambench.benchmark.api.run import run as run_method

        runs = [
            run_method(
                method,
                suite=suite,
                prompt_set=prompt_set,
                subjects=subjects,
                prompts=prompts,
                images_per_prompt=images_per_prompt,
                quick=quick,
                seed=number,
                checkpoints=checkpoints,
                hold_out=hold_out,
                references=references,
                settings=overrides or (),
                out=out if seeds is None or out is None else out / f"seed{number}",
                shard=shard,
                engine=engine,
                engine_settings=of_engine,
                device=device,
                workers=side_by_side,
                batch_size=at_once,
                reuse=reuse or (),
                verify=verify,
                hooks=hook or (),
                listener=listener,
                command=typed_command(context),
            )
            for number in numbers
        ]
    if shard is not None:
        _print_parts(runs, as_json)
        return
    if len(runs) > 1:
        _print_seeds([finished.folder for finished in runs], as_json)
        return
    finished = runs[0]
    if len(finished.checkpoints) > 1:
        _print_checkpoints({step: of_step.folder for step, of_step in finished.checkpoints.items()}, as_json)
        return
    from dreambench.benchmark.cli.results import print_json, print_results, seconds_remark
    from dreambench.benchmark.declarations.reading import parse_toml
    from dreambench.benchmark.results.floor import FLOOR_METHOD, find_floor

    summary, record = finished.summary, finished.record
    floor = None if record is None or method == FLOOR_METHOD else find_floor(record, beside=finished.folder)
    means = None if floor is None else floor.metrics
    if as_json:
        print_json(summary, folder=finished.folder, floor=means)
        return
    remarks = [*summary.remarks, seconds_remark(summary)]
    if floor is not None:
        remarks.append(f"pretrained: {floor.origin}.")
    elif method != FLOOR_METHOD and record is not None and "model" in parse_toml(record.suite_file, where="run.json"):
        asked = {
            "suite": suite if suite != "mini" else None,
            "prompt-set": prompt_set,
            "subjects": subjects,
            "prompts": prompts,
            "images-per-prompt": images_per_prompt,
            "seed": seed or None,
            "hold-out": hold_out or None,
            "references": references,
        }
        options = ["--quick"] * quick + [
            part for name, value in asked.items() if value is not None for part in (f"--{name}", str(value))
        ]
        command = shlex.join(["bench", "run", "--method", "pretrained", *options])
        remarks.append(f"For the floor, run the untrained model: {command}")
    title = f"{method} on the suite {summary.suite}, seed {seed}"
    print_results(summary, title=title, folder=finished.folder, floor=means, remarks=[text for text in remarks if text])


def _print_parts(runs: "Sequence[Run]", as_json: bool) -> None:
    """Where the part of each run is, and how the parts are put together; a part has no scores."""
    from dreambench.benchmark.api.run_result import in_words
    from dreambench.benchmark.cli.talk import echo

    for part in runs:
        if part.shard is not None:
            found = {"folder": str(part.folder), "shard": str(part.shard)}
            echo(json.dumps(found) if as_json else in_words(part.folder, part.shard))


def _print_seeds(folders: Sequence[Path], as_json: bool) -> None:
    """The runs of several seeds one by one, then what makes their scores vary; or the mean over them as JSON."""
    from dreambench.benchmark.api.compare import compare
    from dreambench.benchmark.cli.talk import echo, say

    compared = compare(*folders, pool_seeds=as_json)
    echo(compared.render("json" if as_json else "table"), nl=False)
    say(f"For the mean over the seeds beside other runs: bench compare --pool-seeds {shlex.join(map(str, folders))} ...")


def _print_checkpoints(folders: Mapping[int, Path], as_json: bool) -> None:
    """A row for every number of steps, the others held against the last."""
    from dreambench.benchmark.api.compare import compare
    from dreambench.benchmark.cli.talk import echo, say

    labels = [f"{step} steps" for step in folders]
    compared = compare(*folders.values(), labels=labels, against=labels[-1])
    echo(compared.render("json" if as_json else "table"), nl=False)
    say(f"Each number of steps is a run of its own: {shlex.join(map(str, folders.values()))}")


@contextmanager
def terminate_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM (a job scheduler's or a container's stop) as Ctrl-C, so that the run ends with its resume hint."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    except KeyboardInterrupt:  # the verb has words of its own for one that comes later
        raise IncompleteRun("Interrupted before any work was done; give the same command again.") from None
    finally:
        signal.signal(signal.SIGTERM, before)
