"""`bench leaderboard`: a folder of submissions as static pages."""

from pathlib import Path
from typing import Annotated

import typer

from dreambench.benchmark.cli.talk import echo


def leaderboard(
    submissions: Annotated[
        Path, typer.Argument(help="The folder with the submissions' files.", show_default=False, metavar="DIR")
    ],
    out: Annotated[Path, typer.Option(help="The pages' folder; new, empty, or an earlier leaderboard.", show_default=False)],
    title: Annotated[str, typer.Option(help="The page's heading.")] = "Leaderboard",
    published: Annotated[bool, typer.Option(help="Show scores from the literature, apart and without ranks.")] = True,
    space: Annotated[bool, typer.Option("--space", help="Also write README.md: OUT is a static Space of the Hub.")] = False,
) -> None:
    """Build a leaderboard: check every submission, make its means anew, rank within one protocol, write the pages.

    Yardsticks, and methods whose images are near-copies of the reference images, stand apart without a rank. A submission
    that is broken or contradicts itself is refused by name and listed at the page's end; the others are ranked all the same,
    and the command exits with 1. Open OUT/index.html, or put OUT on any web server.
    """
    from dreambench.benchmark.api.leaderboard import leaderboard as build
    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.cli.talk import progress, say

    with progress() as listener:
        ranking = build(submissions, out=out, title=title, published=published, space=space, listener=listener)
    say(ranking.conclusion)
    echo(ranking.page)
    if ranking.refused:
        raise typer.Exit(GATE_SAID_NO)
