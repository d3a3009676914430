"""`bench metrics validate`: what metrics are worth."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.benchmark.api.validate import Validated
    from dreambench.reports.text_table import TextFormat

metrics_app = typer.Typer(name="metrics", help="Say what metrics are worth.", no_args_is_help=True, rich_markup_mode="rich")


@metrics_app.callback()
def _metrics() -> None:
    """Say what metrics are worth."""


@metrics_app.command()
def validate(
    ratings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A CSV: sample, method, rater1_QUESTION, ..., a column a metric. Published ratings if left out.",
        ),
    ] = None,
    question: Annotated[str | None, typer.Option(help="Which of the raters' questions; the first if left out.")] = None,
    doses: Annotated[
        bool, typer.Option("--doses", help="Ask drawn pictures whose order is known, in place of people.")
    ] = False,
    suite: Annotated[str, typer.Option(help="For --doses: a suite on the drawn subjects.")] = "mini",
    protocol: Annotated[str | None, typer.Option(help="For --doses: whose metrics; the suite's if left out.")] = None,
    subjects: Annotated[str | None, typer.Option(help="For --doses: some subjects, comma-separated.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap, or of the drawing.")] = 0,
    device: Annotated[str, typer.Option(help="For --doses: auto, cpu, cuda or cuda:1.")] = "auto",
    form: Annotated[str, typer.Option("--format", help="table, markdown, latex, csv or json.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Hold metrics against people's ratings, or against drawn pictures whose order is known.

    Without options: 600 published images of four methods, rated by three people and scored by DINO, CLIP-I and GPT-4o; fetched
    once, each file checked by its SHA-256. Correlations are Spearman's, with intervals over samples.
    """
    from dreambench.benchmark.api.validate import validate_doses, validate_metrics
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.dataset_fetch import ShownFetch
    from dreambench.benchmark.cli.talk import progress
    from dreambench.dataset.errors import UserError
    from dreambench.reports.text_table import TEXT_FORMATS

    chosen: TextFormat = "json" if as_json else choose(form, TEXT_FORMATS, "--format")
    if doses and (ratings is not None or question is not None):
        raise UserError("--doses asks drawn pictures, --ratings and --question ask people; leave one of them out.")
    with progress() as listener:
        if doses:
            names = None if subjects is None else [name.strip() for name in subjects.split(",") if name.strip()]
            found = validate_doses(suite=suite, protocol=protocol, subjects=names, seed=seed, device=device, listener=listener)
        else:
            fetching = ShownFetch(listener)
            found = validate_metrics(ratings=ratings, question=question, seed=seed, fetching=fetching, listener=listener)
    print_tables(found, chosen)


def print_tables(found: "Validated", form: "TextFormat") -> None:
    """Print tables on stdout; a terminal's are as wide as it is."""
    from dreambench.reports.console import make_console

    echo(found.render(form, width=make_console().width), nl=False)
