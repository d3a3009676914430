"""`bench plot`: what runs say, as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.reports.plots import PlotFormat, ThemeName


def plot(
    runs: Annotated[
        list[Path], typer.Argument(help="One or more folders with scores.", show_default=False, metavar="RUN RUN ...")
    ],
    out: Annotated[Path, typer.Option(help="The folder for the pictures; made if it is not there.", show_default=False)],
    form: Annotated[str, typer.Option("--format", help="png, svg or pdf.")] = "png",
    only: Annotated[
        list[str] | None, typer.Option(help="One plot, or one kind of plot, by name; may be given again.", show_default=False)
    ] = None,
    theme: Annotated[str, typer.Option(help="light or dark.")] = "light",
    device: Annotated[
        str, typer.Option(help="Where images are embedded for the embedding map: auto, cpu, cuda or cuda:1.")
    ] = "auto",
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where images lie, of scored folders that you did not score on this machine. Repeatable.", metavar="FOLDER"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print names, questions and files as JSON.")] = False,
) -> None:
    """Draw runs: subject against prompt fidelity, subjects, heat maps, distributions, correlations, a map, costs.

    Prints the files. Runs on other datasets, or with different subjects or prompts, are refused; metrics that runs made in
    different ways are left out.
    """
    import json

    from dreambench.benchmark.api.plot import plot as draw
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.talk import progress
    from dreambench.reports.plots import PLOT_FORMATS, THEME_NAMES

    chosen: PlotFormat = choose(form, PLOT_FORMATS, "--format")
    colours: ThemeName = choose(theme, THEME_NAMES, "--theme")
    with progress() as listener:
        drawn = draw(
            *runs,
            out=out,
            form=chosen,
            only=only or (),
            theme=colours,
            images=images or (),
            device=device,
            listener=listener,
        )
    if as_json:
        plots = [
            {"name": plot.name, "question": plot.question, "caption": plot.caption, "file": str(plot.file)}
            for plot in drawn.plots
        ]
        echo(json.dumps({"plots": plots, "left_out": dict(drawn.left_out)}, indent=2))
    else:
        for plot in drawn.plots:
            echo(plot.file)
