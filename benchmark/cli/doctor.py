"""`bench doctor`: what is ready for a run, what is missing, and about how long it would take."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.benchmark.doctor import Examination

_WIDTH: Final = 120
_WORDS: Final = {"ready": "ready", "fetch": "to fetch", "missing": "MISSING"}


def doctor(
    run: Annotated[
        Path | None,
        typer.Argument(metavar="[RUN]", help="A run or scored folder that is there: say what it lacks.", show_default=False),
    ] = None,
    suite: Annotated[str, typer.Option(help="A built-in suite, or the path of a TOML file.")] = "mini",
    method: Annotated[str, typer.Option(help="The method that would be run.")] = "dreambooth",
    quick: Annotated[bool, typer.Option("--quick", help="Ask about the quick run.")] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a setting of the method; repeatable."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    out: Annotated[Path, typer.Option(help="Where the run would be written.")] = Path("runs"),
    images: Annotated[
        Path | None,
        typer.Option(
            help="Where RUN's images lie, where it is a scored folder that you did not score on this machine.",
            show_default=False,
        ),
    ] = None,
    prior: Annotated[Path | None, typer.Option(help="Where RUN's prior images lie, likewise.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is ready for a run and what is missing: device, memory, disk, dataset, every weight file; and estimate its time.

    Of a RUN that is there already it says which files are missing, were changed or are not of the rest.

    Exit code 0 when the run could begin or agrees with itself, 1 otherwise. Nothing is fetched or written.
    """
    import json
    import shlex

    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.doctor import Question, examine
    from dreambench.dataset.errors import UserError

    if run is not None:
        _check_run(run, images=images, prior=prior, as_json=as_json)
        return
    if images is not None or prior is not None:
        raise UserError("--images and --prior say where the images of a RUN lie; name the scored folder too.")
    question = Question(suite, method, quick, device, tuple(overrides or ()), out)
    found = examine(question, say)
    command = shlex.join(
        [
            *("bench", "run", "--method", method, "--suite", suite),
            *(["--quick"] if quick else []),
            *(part for text in overrides or () for part in ("--set", text)),
        ]
    )
    echo(json.dumps(found.record(), indent=2) if as_json else _for_people(found, command))
    if not found.ready:
        raise typer.Exit(GATE_SAID_NO)


def _check_run(run: Path, *, images: Path | None, prior: Path | None, as_json: bool) -> None:
    """Say what of a run does not agree with what it recorded of itself.

    Raises:
        UserError: there is no such folder.
    """
    import json

    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.results.verification import faults_in, keeps_hashes, part_in_words
    from dreambench.dataset.declared import printable
    from dreambench.dataset.words import counted

    faults = [printable(fault) for fault in faults_in(run, images=[] if images is None else [images], prior=prior)]
    part = part_in_words(run)
    if part is not None and not as_json:
        echo(f"{run} is {printable(part)}.")
    if as_json:
        echo(json.dumps({"run": str(run), "part": part, "faults": faults}, indent=2))
    elif faults:
        echo("\n".join([f"{counted(len(faults), 'fault')} in {run}:", *(f"  {fault}" for fault in faults)]))
    else:
        echo(f"{run} agrees with itself: every file is there and is the one that was recorded.")
    if not as_json and not keeps_hashes(run):
        echo("It was scored by dreambench 0.2, which kept no hashes of tables: whether they were changed cannot be seen.")
    if faults:
        raise typer.Exit(GATE_SAID_NO)


def _for_people(found: "Examination", command: str) -> str:
    from dreambench.benchmark.reporting.wording import duration

    width = max(len(finding.topic) for finding in found.findings)
    lines = []
    for finding in found.findings:
        begin = f"{_WORDS[finding.state]:<8}  {finding.topic:<{width}}  "
        indent = " " * len(begin)
        lines += _wrapped(finding.text, begin, indent)
        if finding.remedy:
            lines += _wrapped(f"-> {finding.remedy}", indent, f"{indent}   ")
    lines.append("")
    estimate = found.estimate
    if estimate is None:
        lines += _wrapped(f"{command}: how long it takes cannot be told before the model is here.", "", "  ")
    else:
        phases = ", ".join(f"{phase} {duration(seconds)}" for phase, seconds in estimate.seconds.items() if seconds >= 0.5)
        lines += _wrapped(f"{command}: about {duration(estimate.total)}" + (f" ({phases})" if phases else ""), "", "  ")
        lines += _wrapped(estimate.words, "  ", "  ")
    lines.append("Ready." if found.ready else "Not ready: something is missing.")
    return "\n".join(lines)


def _wrapped(text: str, first: str, later: str) -> list[str]:
    """Lines no wider than a page; a path is never broken."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
