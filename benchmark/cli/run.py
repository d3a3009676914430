"""`bench run`: train, sample and score a method on a suite."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from dreambench.benchmark.api.preparation import RunRequest

_WHAT: Final = "What is run"
_HOW: Final = "How it is run (changes no result)"
_DEVICES: Final = ("auto", "cpu", "cuda")
_MAX_SEED: Final = 2**63 - 1


def run(
    method: Annotated[
        str,
        typer.Option(help="dreambooth, textual_inversion, pretrained, copy_reference, or a plug-in's.", rich_help_panel=_WHAT),
    ],
    suite: Annotated[str, typer.Option(help="A built-in suite, or the path of a TOML file.", rich_help_panel=_WHAT)] = "mini",
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...", rich_help_panel=_WHAT)] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these, by number: 0,3,7-9", rich_help_panel=_WHAT)] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.", rich_help_panel=_WHAT)
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="6 subjects x 5 prompts x 4 images of the suite.", rich_help_panel=_WHAT)
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same images.", rich_help_panel=_WHAT)] = 0,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the method; repeatable.", rich_help_panel=_WHAT),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; runs/<suite>-<method>-seed<seed> if left out.", rich_help_panel=_HOW)
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.", rich_help_panel=_HOW)] = "auto",
    workers: Annotated[str, typer.Option(help="Processes on a CPU, or auto: one a core.", rich_help_panel=_HOW)] = "auto",
    batch_size: Annotated[str, typer.Option(help="Images sampled at once, or auto.", rich_help_panel=_HOW)] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.", rich_help_panel=_HOW)] = False,
) -> None:
    """Train, sample and score a method; print its table beside the real images, copied references and the untrained model.

    The same command goes on with an interrupted run and prints a finished one at once.
    """
    from dreambench.benchmark.api.preparation import RunRequest, prepare_run
    from dreambench.benchmark.api.progress import ProgressDisplay
    from dreambench.benchmark.api.run import execute
    from dreambench.benchmark.cli.choices import choose, positive
    from dreambench.benchmark.cli.results import print_json, print_results, seconds_remark
    from dreambench.benchmark.machine.resources import DeviceChoice
    from dreambench.benchmark.results.floor import FLOOR_METHOD, find_floor
    from dreambench.dataset.errors import IncompleteRun, UserError

    if not 0 <= seed <= _MAX_SEED:
        raise UserError(f"--seed is {seed}; give a number from 0 to {_MAX_SEED}.")
    chosen: DeviceChoice = choose(device, _DEVICES, "--device")
    request = RunRequest(
        method=method,
        suite=suite,
        subjects=subjects,
        prompts=prompts,
        images_per_prompt=images_per_prompt,
        quick=quick,
        seed=seed,
        out=out,
        device=chosen,
        overrides=tuple(overrides or ()),
        workers=positive(workers, "--workers", also="auto"),
        batch_size=positive(batch_size, "--batch-size", also="auto"),
    )
    with _terminate_as_interrupt(), ProgressDisplay() as display:
        try:
            prepared = prepare_run(request, display.say)
        except KeyboardInterrupt:
            raise IncompleteRun("Interrupted before any work was done; give the same command again.") from None
        summary = execute(prepared, request, display)
    plan, root = prepared.plan, prepared.folder.root
    floor = None if method == FLOOR_METHOD else find_floor(plan.identity(), plan.protocol, beside=root)
    metrics = None if floor is None else floor.metrics
    if as_json:
        print_json(summary, folder=root, floor=metrics)
        return
    remarks = [seconds_remark(summary)]
    if floor is not None:
        remarks.append(f"pretrained: {floor.origin}.")
    elif method != FLOOR_METHOD:
        remarks.append(f"For the floor, run the untrained model: {_floor_command(request)}")
    title = f"{method} on the suite {plan.suite.name}, seed {seed}"
    print_results(summary, title=title, folder=root, floor=metrics, remarks=[remark for remark in remarks if remark])


def _floor_command(request: "RunRequest") -> str:
    parts = ["bench run --method pretrained"]
    if request.suite != "mini":
        parts.append(f"--suite {request.suite}")
    if request.quick:
        parts.append("--quick")
    for option, value in (("subjects", request.subjects), ("prompts", request.prompts)):
        if value is not None:
            parts.append(f"--{option} {value}")
    if request.images_per_prompt is not None:
        parts.append(f"--images-per-prompt {request.images_per_prompt}")
    if request.seed:
        parts.append(f"--seed {request.seed}")
    return " ".join(parts)


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM (a job scheduler's or a container's stop) as Ctrl-C, so that the run ends with its resume hint."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
