"""`bench score`: score images that are already there, a run's or anyone's."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from dreambench.benchmark.api.score import Scored

#: As `layouts.IMAGE_PATTERN`, which is not loaded for the help alone.
_PATTERN: Final = "{subject}/{prompt}/{index}.{ext}"
_WHAT: Final = "What is scored"
_HOW: Final = "How it is done (changes no result)"


def score(
    images: Annotated[Path, typer.Argument(help="A run's folder, or a folder of images.", show_default=False)],
    suite: Annotated[
        str | None,
        typer.Option(
            help="Whose dataset and encoders: a suite's name or file. A run's folder and a plan's list know theirs.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="A protocol's name or file; the suite's if left out.", rich_help_panel=_WHAT)
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC,...", help="Only these of the protocol's; what others need is not loaded.", rich_help_panel=_WHAT
        ),
    ] = None,
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...", rich_help_panel=_WHAT)] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these, by number: 0,3,7-9", rich_help_panel=_WHAT)] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.", rich_help_panel=_WHAT)
    ] = None,
    prior: Annotated[
        Path | None, typer.Option(help="Prior images, <subject>/<index>.png, for PRES.", rich_help_panel=_WHAT)
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="Where an image lies below the folder.", show_default=_PATTERN, rich_help_panel=_WHAT),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            help="In place of --pattern, how a code base names its images: see `bench layouts`.", rich_help_panel=_WHAT
        ),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            help="In place of --pattern, a CSV file or JSON lines: path, subject, prompt (number or text), index.",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    keep_black: Annotated[
        bool, typer.Option("--keep-black", help="Score all-black images as they are.", rich_help_panel=_WHAT)
    ] = False,
    name: Annotated[
        str | None, typer.Option(metavar="METHOD", help="What tables call the method.", rich_help_panel=_WHAT)
    ] = None,
    citation: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Where the method is published, for tables.", rich_help_panel=_WHAT)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write scores.parquet, subjects.parquet and summary.json here.", rich_help_panel=_HOW),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.", rich_help_panel=_HOW)] = "auto",
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Embed every image anew, and keep no embedding.", rich_help_panel=_HOW)
    ] = False,
    watched: Annotated[
        bool,
        typer.Option("--watch", help="Score each folder below, once its images are whole, till Ctrl-C.", rich_help_panel=_HOW),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.", rich_help_panel=_HOW)] = False,
) -> None:
    """Score images that are already there; print their table and, with --out, write the scores.

    First it says what it found against what the protocol expects. Missing, unreadable and all-black images are an error
    unless the protocol says otherwise: a mean over the rest would be another number.
    """
    from dreambench.benchmark.api.score import score as score_images
    from dreambench.benchmark.cli.results import print_json, print_results
    from dreambench.benchmark.cli.talk import progress
    from dreambench.benchmark.runs.selection import parse_names, parse_prompts

    score_one = partial(
        score_images,
        suite=suite,
        protocol=protocol,
        metrics=parse_names(metrics, "--metrics"),
        subjects=parse_names(subjects, "--subjects"),
        prompts=parse_prompts(prompts),
        images_per_prompt=images_per_prompt,
        prior=prior,
        pattern=pattern,
        layout=layout,
        manifest=manifest,
        black="keep" if keep_black else "refuse",
        name=name,
        citation=citation,
        device=device,
        cache="avoid" if no_cache else "use",
    )
    if watched:
        _refuse_at_once(suite, protocol, score_one.keywords["metrics"])
        _watch(images, score_one, out=out, as_json=as_json)
        return
    with progress() as listener:
        scored = score_one(images, out=out, listener=listener)
    if as_json:
        print_json(scored.summary, folder=out, floor=None)
    else:
        title = scored.summary.method if name else str(images)
        print_results(scored.summary, title=title or str(images), folder=out, floor=None, remarks=list(scored.remarks))


def _refuse_at_once(suite: str | None, protocol: str | None, metrics: list[str] | None) -> None:
    """What no later picture can mend is refused before the watch begins."""
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.dataset.errors import UserError

    if suite is None:
        raise UserError("--watch needs --suite: whose subjects the images show.")
    declared = load_protocol(protocol or load_suite(suite).protocol)
    if metrics is not None:
        declared.only(metrics)


def _watch(folder: Path, score_one: "Callable[..., Scored]", *, out: Path | None, as_json: bool) -> None:
    """A line a checkpoint, until Ctrl-C, which is how a watch ends well."""
    from dreambench.benchmark.api.listener import Silent
    from dreambench.benchmark.api.watch import watch
    from dreambench.benchmark.cli.talk import echo, say

    def score(checkpoint: Path) -> "Scored":
        return score_one(checkpoint, out=None if out is None else out / checkpoint.name, listener=Silent())

    count = 0
    try:
        for name, scored in watch(folder, score=score, note=say):
            count += 1
            summary = scored.summary
            means = {info.label: summary.overall[info.key].mean for info in summary.metrics if info.key in summary.overall}
            line = "  ".join(f"{label} {mean:.3f}" for label, mean in means.items())
            echo(json.dumps({"checkpoint": name, "metrics": means}) if as_json else f"{name}  {line}")
    except KeyboardInterrupt:
        say(f"Watched until Ctrl-C; checkpoints scored: {count}.")
