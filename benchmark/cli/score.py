"""`bench score`: score images that are already there, a run's or anyone's."""

from pathlib import Path
from typing import Annotated, Final

import typer

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

    with progress() as listener:
        scored = score_images(
            images,
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
            out=out,
            device=device,
            cache="avoid" if no_cache else "use",
            listener=listener,
        )
    if as_json:
        print_json(scored.summary, folder=out, floor=None)
    else:
        title = scored.summary.method if name else str(images)
        print_results(scored.summary, title=title or str(images), folder=out, floor=None, remarks=list(scored.remarks))
