"""`bench report`: runs as one page to read and pass on."""

from pathlib import Path
from typing import Annotated

import typer

from dreambench.benchmark.cli.talk import echo


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Runs, or folders that `bench score --out` wrote.", show_default=False, metavar="RUN RUN ..."),
    ],
    out: Annotated[Path, typer.Option(help="The page's folder; new, empty, or an earlier report.", show_default=False)],
    dataset: Annotated[
        str | None, typer.Option(help="Whose reference images to show; the runs' own dataset if left out.")
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where images lie, of scored folders that you did not score on this machine. Repeatable.", metavar="FOLDER"
        ),
    ] = None,
    plots: Annotated[bool, typer.Option(help="Draw the plots.")] = True,
    device: Annotated[
        str, typer.Option(help="Where images are embedded for one of the plots: auto, cpu, cuda or cuda:1.")
    ] = "auto",
) -> None:
    """Make one page of runs: table, plots, every image with its scores, settings, protocol, how to reproduce.

    The page needs no network and no server: open OUT/index.html. Pictures lie in OUT/images, encoded anew. Runs on other
    datasets, or with different subjects or prompts, are refused; metrics that runs made in different ways are left out.
    """
    from dreambench.benchmark.api.report import report as report_on
    from dreambench.benchmark.cli.talk import progress

    with progress() as listener:
        file = report_on(*runs, out=out, dataset=dataset, images=images or (), plots=plots, device=device, listener=listener)
    echo(file)
