"""`bench userstudy make` and `read`: blind pairs for people, and what they said."""

from pathlib import Path
from typing import Annotated

import typer

from dreambench.benchmark.cli.talk import echo

userstudy_app = typer.Typer(
    name="userstudy", help="Ask people which run's images are better.", no_args_is_help=True, rich_markup_mode="rich"
)


@userstudy_app.command()
def make(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Runs, or folders that `bench score --out` wrote.", show_default=False, metavar="RUN RUN ..."),
    ],
    out: Annotated[Path, typer.Option(help="The study's folder; new or empty.", show_default=False)],
    questions: Annotated[int, typer.Option(help="A questionnaire, catch trials and repeated pairs included.")] = 25,
    raters: Annotated[
        int | None, typer.Option(help="How many questionnaires; as many as ask each pair three times if left out.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of pairs, order and sides.")] = 0,
    title: Annotated[str, typer.Option(help="The pages' heading; it must not name the methods.")] = "A comparison of images",
    dataset: Annotated[
        str | None, typer.Option(help="Whose reference images to show; the runs' own dataset if left out.")
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where images lie, of scored folders that you did not score on this machine. Repeatable.", metavar="FOLDER"
        ),
    ] = None,
) -> None:
    """Write blind questionnaires: one HTML page a rater, pictures inside, that needs no server and sends nothing.

    Give each rater one file of OUT/questionnaires. OUT/study.json is the key: keep it, raters must not see it. With fewer
    raters, fewer pairs are asked, each of three people all the same.
    """
    from dreambench.benchmark.api.userstudy import make_userstudy
    from dreambench.benchmark.cli.talk import progress, say

    with progress() as listener:
        made = make_userstudy(
            *runs,
            out=out,
            questions=questions,
            raters=raters,
            seed=seed,
            title=title,
            dataset=dataset,
            images=images or (),
            listener=listener,
        )
    say(made.conclusion)
    echo(made.pages)


@userstudy_app.command()
def read(
    answers: Annotated[
        list[Path],
        typer.Argument(help="Files that raters handed in, or folders of them.", show_default=False, metavar="ANSWERS ..."),
    ],
    study: Annotated[Path, typer.Option(help="The folder that `bench userstudy make` wrote.", show_default=False)],
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstraps.")] = 0,
    form: Annotated[str, typer.Option("--format", help="table, markdown, latex, csv or json.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Say what people preferred: majorities beside the paper's Table 2, agreement, and how far metrics agree with people.

    Broken and foreign answers are refused by name, the others are read all the same, and the command exits with 1. Raters who
    fail the catch trials are left out and named.
    """
    from dreambench.benchmark.api.userstudy import read_userstudy
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.cli.talk import progress
    from dreambench.reports.console import make_console
    from dreambench.reports.text_table import TEXT_FORMATS, TextFormat

    chosen: TextFormat = "json" if as_json else choose(form, TEXT_FORMATS, "--format")
    with progress() as listener:
        found = read_userstudy(*answers, study=study, seed=seed, listener=listener)
    echo(found.render(chosen, width=make_console().width), nl=False)
    if chosen == "table":
        echo(f"\nFor a methods section:\n{found.paragraph}")
    if found.found.refused:
        raise typer.Exit(GATE_SAID_NO)
