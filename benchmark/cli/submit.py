"""`bench submit`: a run as a file for a leaderboard."""

from pathlib import Path
from typing import Annotated

import typer

from dreambench.benchmark.cli.talk import echo


def submit(
    run: Annotated[
        Path, typer.Argument(help="A run's folder, or a folder that `bench score --out` wrote.", show_default=False)
    ],
    name: Annotated[str, typer.Option(help="What the leaderboard calls it.", show_default=False)],
    authors: Annotated[str, typer.Option(help="Who made it.", show_default=False)],
    url: Annotated[str | None, typer.Option(help="Of a paper or of code; https or http.")] = None,
    base_model: Annotated[
        str | None, typer.Option(help="What the images are drawn with; the run's own record if left out.")
    ] = None,
    training: Annotated[
        str | None,
        typer.Option(help="tuned: something is trained for each subject; else zero-shot. The run's own record if left out."),
    ] = None,
    yardstick: Annotated[
        bool, typer.Option("--yardstick", help="It is there to be compared with, not to win: it gets no rank.")
    ] = False,
    with_images: Annotated[
        bool, typer.Option("--with-images", help="Also write the images into a ZIP archive beside the file.")
    ] = False,
    images: Annotated[
        Path | None, typer.Option(help="Where the images lie, of a scored folder that you did not score on this machine.")
    ] = None,
    prior: Annotated[Path | None, typer.Option(help="Where the prior images lie, likewise.")] = None,
    out: Annotated[Path | None, typer.Option(help="The file; NAME.json here if left out.")] = None,
    hub: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Also send it to this dataset of the Hub, as a pull request.")
    ] = None,
) -> None:
    """Pack a run for a leaderboard: means, scores by subject, protocol, how it was made, the SHA-256 of every image.

    Prior images, which PRES was made with, are hashed too. No path and no user's name of this machine goes into the file.
    """
    from dreambench.benchmark.api.submit import submit as pack
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.cli.talk import progress, say
    from dreambench.benchmark.submissions import TRAININGS

    with progress() as listener:
        submitted = pack(
            run,
            name=name,
            authors=authors,
            url=url,
            base_model=base_model,
            training=None if training is None else choose(training, TRAININGS, "--training"),
            yardstick=yardstick,
            with_images=with_images,
            images=images,
            prior=prior,
            out=out,
            hub=hub,
            listener=listener,
        )
    for sentence in (submitted.conclusion, *submitted.remarks):
        say(sentence)
    if submitted.sent is not None:
        say(f"It waits for those who keep {hub}: {submitted.sent}")
    echo(submitted.file)
