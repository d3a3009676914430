"""`bench check`: is this run worse than the baseline?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.reports.regression import RegressionReport

#: Columns that a check's table needs.
_WIDTH = 96


def check(
    run: Annotated[
        Path, typer.Argument(help="A run's folder, or a folder that `bench score --out` wrote.", show_default=False)
    ],
    baseline: Annotated[Path, typer.Option(help="The baseline's file.", show_default=False)],
    tolerance: Annotated[
        list[str] | None,
        typer.Option(help="The loss that is allowed in a metric: dino=0.01. Repeatable.", metavar="METRIC=VALUE"),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Make this run the baseline instead of checking it.")
    ] = False,
    metrics: Annotated[
        str | None, typer.Option(help="With --write-baseline: watch only these, such as dino,clip_t.", metavar="METRIC,...")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown here, for a job's summary.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the check as JSON.")] = False,
) -> None:
    """Check a run against a baseline; exit with 1 for a regression, 2 where the two cannot be compared.

    A regression is a loss that is both significant (paired over subjects, corrected for the number of metrics) and larger
    than the tolerance. Protocol, dataset, suite, subjects and prompts must be the baseline's.
    """
    from dreambench.benchmark.api.check import check as check_against
    from dreambench.benchmark.api.check import make_baseline
    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.runs.selection import parse_names
    from dreambench.dataset.errors import UserError
    from dreambench.dataset.words import counted

    allowed = _tolerances(tolerance or [])
    for option, path in (("--baseline", baseline), ("--junit", junit), ("--markdown", markdown)):
        if path is not None and path.is_dir():
            raise UserError(f"{option} {path} is a folder; name a file.")
    if write_baseline:
        for option, path in (("--junit", junit), ("--markdown", markdown)):
            if path is not None:
                raise UserError(f"{option} does not go with --write-baseline, which checks nothing; leave one of them out.")
        watched = parse_names(metrics, "--metrics")
        record = make_baseline(run, baseline=baseline, tolerances=allowed, metrics=watched)
        of = f"{counted(len(record.subjects), 'subject')} and {counted(len(record.metrics), 'metric')}"
        say(f"The baseline of {of} is in {baseline}.")
        return
    if metrics is not None:
        raise UserError("--metrics goes with --write-baseline: a check looks at the metrics that its baseline watches.")
    report = check_against(run, baseline=baseline, tolerances=allowed)
    _show(report, junit=junit, markdown=markdown, as_json=as_json)
    if report.regressions:
        raise typer.Exit(GATE_SAID_NO)


def _tolerances(texts: list[str]) -> dict[str, float]:
    """ "dino=0.01" as {"dino": 0.01}."""
    from math import isfinite

    from dreambench.dataset.errors import UserError

    found = {}
    for text in texts:
        key, equals, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not equals or not isfinite(number) or number < 0:
            raise UserError(f"--tolerance cannot be '{text}'; give a metric and a number of 0 or more, such as dino=0.01.")
        found[key] = number
    return found


def _show(report: "RegressionReport", *, junit: Path | None, markdown: Path | None, as_json: bool) -> None:
    import json

    from dreambench.benchmark.cli.talk import say
    from dreambench.dataset.files import atomic_write_bytes, atomic_write_text
    from dreambench.reports.regression import check_table, junit_xml, markdown_summary

    if junit is not None:
        atomic_write_bytes(junit, junit_xml(report))
    if markdown is not None:
        atomic_write_text(markdown, markdown_summary(report))
    if as_json:
        echo(json.dumps(report.record(), indent=2, allow_nan=False))
        return
    from dreambench.reports.console import make_console

    console = make_console()
    console.width = max(console.width, _WIDTH)  # a log is as wide as its lines; a number that is cut off helps nobody
    console.print(check_table(report))
    say(report.conclusion)
