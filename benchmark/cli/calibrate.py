"""`bench calibrate`: the real images against themselves under each protocol, beside the published rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.scoring.calibration import RealRow, Verdict
    from dreambench.benchmark.scoring.real_images import Prepared, ProtocolEncoders
    from dreambench.dataset.collection import Dataset

_WAYS: Final = {"left_out": "left out", "counted": "counted", "kept": "kept", "unknown": "not said"}
_MINIATURE: Final = "miniature"


def calibrate(
    suite: Annotated[str, typer.Option(help="Whose dataset and encoders: a suite's name or file.")] = "mini",
    protocol: Annotated[
        list[str] | None, typer.Option(help="A protocol's name or file; may be given again. All that fit if left out.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score real images against themselves, beside the published Real Images rows.

    With official weights and the photo dataset, agreement tells that this set-up measures what the field measures.
    """
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.progress import ProgressDisplay
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.machine.resources import choose_device
    from dreambench.benchmark.scoring.calibration import (
        is_the_release,
        judge,
        load_anchors,
        near_duplicates,
        protocol_of,
        real_rows,
    )
    from dreambench.benchmark.scoring.real_images import ProtocolEncoders
    from dreambench.dataset.collection import load_dataset

    place = choose_device(choose(device, ("auto", "cpu", "cuda"), "--device"))
    with ProgressDisplay() as display:
        display.say("looking for the real images")
        the_suite = load_suite(suite)
        dataset = load_dataset(the_suite.dataset)
        protocols = _protocols(protocol, the_suite.protocol)
        left_out = near_duplicates(dataset)
        encoders = ProtocolEncoders(the_suite.encoders, dataset, dataset.subjects, place, say=display.say)
        prepared, not_run = _prepare(protocols, encoders, must_run={each.name for each in protocols} if protocol else set())
        rows: list[RealRow] = []
        for each, under in prepared:
            rows += real_rows(each, dataset.subjects, under.references, left_out=left_out)
        run = [each for each, _ in prepared]
        other_images = None if is_the_release(dataset) else dataset.name
        verdicts = []
        for published in load_anchors().published:
            own = protocol_of(published, run)
            its_rows = [row for row in rows if own is not None and row.protocol == own.name]
            verdicts.append(judge(published, own, its_rows, other_images=other_images))
    if as_json:
        _print_json(the_suite.name, dataset, prepared, rows, verdicts, not_run)
    else:
        _print(the_suite.name, dataset, prepared, rows, verdicts, not_run)


def _protocols(names: Sequence[str] | None, suites_own: str) -> "list[Protocol]":
    """The protocols that were named; else the suite's, then the built-in ones for photos."""
    from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names
    from dreambench.dataset.errors import UserError

    wanted = list(names or [suites_own, *(name for name in protocol_names() if name != _MINIATURE)])
    protocols = {each.name: each for each in map(load_protocol, dict.fromkeys(wanted))}
    if names and len(protocols) < len(dict.fromkeys(names)):
        raise UserError("Two of the protocols have the same name; give each a name of its own in its file.")
    return list(protocols.values())


def _prepare(
    protocols: "Sequence[Protocol]", encoders: "ProtocolEncoders", *, must_run: set[str]
) -> "tuple[list[tuple[Protocol, Prepared]], dict[str, str]]":
    """The protocols that the suite's encoders allow, and why each of the others is not run.

    Raises:
        UserError: a protocol that was asked for cannot run, or none can.
    """
    from dreambench.dataset.errors import UserError

    prepared, not_run = [], {}
    for each in protocols:
        try:
            prepared.append((each, encoders.prepare(each)))
        except UserError as error:
            if each.name in must_run:
                raise
            not_run[each.name] = str(error)
    if not prepared:
        raise UserError(next(iter(not_run.values())))
    return prepared, not_run


def _print(
    suite: str,
    dataset: "Dataset",
    prepared: "Sequence[tuple[Protocol, Prepared]]",
    rows: "Sequence[RealRow]",
    verdicts: "Sequence[Verdict]",
    not_run: dict[str, str],
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    n_images = sum(len(dataset.reference_paths(subject)) for subject in dataset.subjects)
    table = Table(
        title=Text(f"Real images against themselves: {dataset.name}, suite {suite}", style="bold"),
        caption=Text(
            f"{len(dataset.subjects)} subjects, {n_images} real images. Self-pairs: an image's cosine with itself, 1. "
            "Near-duplicates: images that nearly repeat another one.",
            style="dim",
        ),
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in ("Protocol", "Self-pairs", "Near-duplicates"):
        table.add_column(heading, no_wrap=True)
    for heading in ("Pairs", "DINO", "CLIP-I"):
        table.add_column(heading, justify="right", no_wrap=True)
    before = ""
    has_duplicates = any(row.near_duplicates == "left_out" for row in rows)
    for row in rows:
        duplicates = _WAYS[row.near_duplicates] if has_duplicates else "none known"
        name = row.protocol if row.protocol != before else ""
        table.add_row(Text(name), _WAYS[row.self_pairs], duplicates, str(row.n_pairs), _number(row.dino), _number(row.clip_i))
        before = row.protocol
    table.add_section()
    for verdict in verdicts:
        published = verdict.published
        label, style = (f"{published.name} *", "dim") if verdict.agrees is None else (published.name, "")
        numbers = "", _number(published.dino), _number(published.clip_i)
        table.add_row(Text(label), _WAYS[published.self_pairs], _WAYS[published.near_duplicates], *numbers, style=style)
    Console(highlight=False).print(table)
    for line in _remarks(prepared, verdicts, not_run):
        typer.echo(line)


def _remarks(
    prepared: "Sequence[tuple[Protocol, Prepared]]", verdicts: "Sequence[Verdict]", not_run: dict[str, str]
) -> list[str]:
    """What the published rows say of this set-up, and what was not run."""
    from dreambench.benchmark.scoring.calibration import load_anchors

    lines = [f"{'* ' if verdict.agrees is None else ''}{verdict.sentence}" for verdict in verdicts]
    lines.append(
        f"A row agrees with a published one when no metric is more than {load_anchors().tolerance:g} away: then this set-up "
        "measures what they measured. It says nothing of any method."
    )
    lines += [
        f"{protocol.name}: no {which.upper() if which == 'dino' else 'CLIP-I'}. {why}"
        for protocol, under in prepared
        for which, why in under.missing.items()
    ]
    alike: dict[str, list[str]] = {}
    for name, why in not_run.items():
        alike.setdefault(why.replace(f"The protocol '{name}'", "It"), []).append(name)
    lines += [f"Not run: {', '.join(names)}. {why}" for why, names in alike.items()]
    return lines


def _print_json(
    suite: str,
    dataset: "Dataset",
    prepared: "Sequence[tuple[Protocol, Prepared]]",
    rows: "Sequence[RealRow]",
    verdicts: "Sequence[Verdict]",
    not_run: dict[str, str],
) -> None:
    import json
    from dataclasses import asdict

    from dreambench.benchmark.scoring.calibration import load_anchors
    from dreambench.benchmark.scoring.evaluate import without_nan

    record: dict[str, Any] = {
        "suite": suite,
        "dataset": dataset.record(),
        "protocols": [
            {"name": protocol.name, "encoders": dict(under.fingerprints), "missing": dict(under.missing)}
            for protocol, under in prepared
        ],
        "rows": [asdict(row) for row in rows],
        "tolerance": load_anchors().tolerance,
        "published": [
            {
                **verdict.published.model_dump(mode="json"),
                "agrees": verdict.agrees,
                "distance": verdict.distance,
                "nearest": None if verdict.nearest is None else asdict(verdict.nearest),
                "sentence": verdict.sentence,
            }
            for verdict in verdicts
        ],
        "not_run": not_run,
    }
    typer.echo(json.dumps(without_nan(record), indent=2))


def _number(value: float | None) -> str:
    """Three decimals of a cosine; one of a score out of 100."""
    if value is None:
        return "-"
    return f"{value:.3f}" if abs(value) <= 1.5 else f"{value:.1f}"
