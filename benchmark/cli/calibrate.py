"""`bench calibrate`: the real images against themselves under each protocol, beside the published rows."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from dreambench.benchmark.cli.talk import echo
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.benchmark.api.calibrate import Calibration

_UNBOUNDED: Final = 1000
_WAYS: Final = {"left_out": "left out", "counted": "counted", "kept": "kept", "unknown": "not said"}


def calibrate(
    suite: Annotated[str, typer.Option(help="Whose dataset and encoders: a suite's name or file.")] = "mini",
    protocol: Annotated[
        list[str] | None, typer.Option(help="A protocol's name or file; may be given again. All that fit if left out.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score real images against themselves, beside the published Real Images rows.

    With official weights and the photo dataset, agreement tells that this set-up measures what the field measures.
    """
    import json

    from dreambench.benchmark.api.calibrate import calibrate as calibrate_suite
    from dreambench.benchmark.cli.talk import progress

    with progress() as listener:
        found = calibrate_suite(suite=suite, protocols=protocol or None, device=device, listener=listener)
    if as_json:
        echo(json.dumps(found.record(), indent=2, allow_nan=False))
        return
    _print(found)


def _print(found: "Calibration") -> None:
    from rich.box import SIMPLE_HEAD
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    from dreambench.reports.console import make_console

    dataset = found.dataset
    n_images = sum(len(dataset.reference_paths(subject)) for subject in dataset.subjects)
    table = Table(
        title=Text(f"Real images against themselves: {dataset.name}, suite {found.suite}", style="bold"),
        caption=Text(
            f"{counted(len(dataset.subjects), 'subject')}, {counted(n_images, 'real image')}. "
            "Self-pairs: an image's cosine with itself, 1. Near-duplicates: images that nearly repeat another one.",
            style="dim",
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in ("Protocol", "Self-pairs", "Near-duplicates"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Pairs", *found.columns.values()):
        table.add_column(Text(heading), justify="right", no_wrap=True)
    before = ""
    has_duplicates = any(row.near_duplicates == "left_out" for row in found.rows)
    for row in found.rows:
        duplicates = _WAYS[row.near_duplicates] if has_duplicates else "none known"
        name = row.protocol if row.protocol != before else ""
        numbers = [_number(row.values.get(key)) for key in found.columns]
        table.add_row(Text(name), _WAYS[row.self_pairs], duplicates, str(row.n_pairs), *numbers)
        before = row.protocol
    table.add_section()
    for verdict in found.verdicts:
        published = verdict.published
        label, style = (f"{published.name} *", "dim") if verdict.agrees is None else (published.name, "")
        numbers = ["", *(_number(published.values.get(key)) for key in found.columns)]
        table.add_row(Text(label), _WAYS[published.self_pairs], _WAYS[published.near_duplicates], *numbers, style=style)
    console, wide = make_console(), make_console(width=_UNBOUNDED)
    # A log is as wide as its lines; a number that is cut off helps nobody.
    console.width = max(console.width, Measurement.get(wide, wide.options, table).maximum)
    console.print(table)
    for line in _remarks(found):
        echo(line)


def _remarks(found: "Calibration") -> list[str]:
    """What the published rows say of this set-up, and what was not run."""
    lines = [f"{'* ' if verdict.agrees is None else ''}{verdict.sentence}" for verdict in found.verdicts]
    lines.append(
        f"A row agrees with a published one when no metric is more than {found.tolerance:g} away: then this set-up "
        "measures what they measured. It says nothing of any method."
    )
    lines += [
        f"{protocol.name}: the encoder {role} is missing. {why}"
        for protocol, prepared in found.prepared
        for role, why in prepared.missing.items()
    ]
    lines += [f"Not run: {name}. {why}" for name, why in found.not_run.items()]
    return lines


def _number(value: float | None) -> str:
    """Three decimals of a cosine; one of a score out of 100."""
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) <= 1.5 else f"{value:.1f}"
