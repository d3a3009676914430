"""`bench study` and `bench studies`: runs that differ in one thing, and the table of what it does."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.reports.comparison import Format

studies_app = typer.Typer(name="studies", help="List the built-in studies, or show one.", rich_markup_mode="rich")


def study(
    name: Annotated[str, typer.Argument(help="A built-in study, or the path of a TOML file.", show_default=False)],
    suite: Annotated[str | None, typer.Option(help="The suite to run it on; the study's own if left out.")] = None,
    subjects: Annotated[str | None, typer.Option(help="Only these: dog,can,...")] = None,
    prompts: Annotated[str | None, typer.Option(help="Only these, by number: 0,3,7-9")] = None,
    images_per_prompt: Annotated[
        int | None, typer.Option(help="Images for every prompt; the protocol's number if left out.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few subjects x 5 prompts x 4 images.")] = False,
    seeds: Annotated[str, typer.Option(help="Every variant runs with each of these: 0,1,2")] = "0",
    hold_out: Annotated[int | None, typer.Option(help="Reference images kept back from all; the study's if left out.")] = None,
    references: Annotated[int | None, typer.Option(help="Reference images that all see; the study's if left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="The study's folder; studies/<study>-<suite> if left out.")] = None,
    engine: Annotated[str, typer.Option(help="inline, processes, ray, or a plug-in's; auto: as in bench run.")] = "auto",
    engine_set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Change a setting of the engine; repeatable.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    workers: Annotated[str, typer.Option(help="Processes side by side, or auto.")] = "auto",
    batch_size: Annotated[str, typer.Option(help="Images sampled at once, or auto.")] = "auto",
    hook: Annotated[list[str] | None, typer.Option(help="Tell it of every run's events, as in bench run; repeatable.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, markdown, latex, csv or json.")] = "table",
) -> None:
    """Run a study's variants, then print their table: paired differences from the first, Holm-corrected, with 95% intervals.

    The same command goes on with an interrupted study, and takes over units that another study in the same parent folder has
    finished. The folder holds the runs, the table in five formats, a plot, and page/index.html with images side by side.
    """
    from dreambench.benchmark.cli.choices import choose, positive, seed_numbers
    from dreambench.benchmark.cli.run import terminate_as_interrupt
    from dreambench.benchmark.cli.talk import progress, say
    from dreambench.reports.comparison import FORMATS

    chosen: Format = choose(form, FORMATS, "--format")
    side_by_side, at_once = positive(workers, "--workers", also="auto"), positive(batch_size, "--batch-size", also="auto")
    numbers = seed_numbers(seeds)
    with terminate_as_interrupt(), progress() as listener:
        from dreambench.benchmark.api.study import study as run_study

        finished = run_study(
            name,
            suite=suite,
            subjects=subjects,
            prompts=prompts,
            images_per_prompt=images_per_prompt,
            quick=quick,
            seeds=numbers,
            hold_out=hold_out,
            references=references,
            out=out,
            engine=engine,
            engine_settings=engine_set or (),
            device=device,
            workers=side_by_side,
            batch_size=at_once,
            hooks=hook or (),
            listener=listener,
        )
    echo(finished.render(chosen), nl=False)
    say(f"Runs, table, plot and page are in {finished.folder}; open {finished.page}.")


@studies_app.callback(invoke_without_command=True)
def _studies(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the built-in studies, or show one."""
    if ctx.invoked_subcommand is None:
        from dreambench.benchmark.cli.listing import print_list
        from dreambench.benchmark.studies.declaration import load_study, study_names

        print_list({name: load_study(name).question for name in study_names()}, as_json)


@studies_app.command("show")
def _studies_show(
    name: Annotated[str, typer.Argument(help="Its name, or the path of a TOML file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a study's file, to start one of your own from."""
    from dreambench.benchmark.studies.declaration import load_study, study_file
    from dreambench.dataset.reading import MAX_TOML_BYTES, read_text

    declared = load_study(name)
    if as_json:
        echo(json.dumps(declared.model_dump(mode="json"), indent=2))
    else:
        echo(read_text(study_file(name), mend="mend it.", max_bytes=MAX_TOML_BYTES), nl=False)
