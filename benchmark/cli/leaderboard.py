"""`bench leaderboard`: a folder of submissions as static pages."""

from pathlib import Path
from typing import Annotated

import typer


def leaderboard(
    submissions: Annotated[
        Path, typer.Argument(help="The folder with the submissions' files.", show_default=False, metavar="DIR")
    ],
    out: Annotated[Path, typer.Option(help="The pages' folder; new, empty, or an earlier leaderboard.", show_default=False)],
    title: Annotated[str, typer.Option(help="The page's heading.")] = "Leaderboard",
    published: Annotated[bool, typer.Option(help="Show scores from the literature, apart and without ranks.")] = True,
) -> None:
    """Build a leaderboard: check every submission, make its means anew, rank within one protocol, write the pages.

    A submission that is broken or contradicts itself is refused by name and listed at the page's end; the others are
    ranked all the same, and the command exits with 1. Open OUT/index.html, or put OUT on any web server.
    """
    from dreambench.benchmark.cli.exits import GATE_SAID_NO
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.reporting.leaderboard_page import leaderboard_page
    from dreambench.benchmark.submissions import boards_of, read_submissions
    from dreambench.dataset.errors import UserError
    from dreambench.reports.leaderboard import LEADERBOARD, write_leaderboard
    from dreambench.reports.page import check_place

    check_place(out, of=LEADERBOARD)
    reading = read_submissions(submissions)
    for refused in reading.refused:
        say(f"refused {refused.file}: {refused.reason}")
    if not reading.accepted:
        raise UserError(f"No submission in {submissions} can be taken; nothing is written.")
    page = leaderboard_page(boards_of(reading.accepted), reading.refused, title=title, published=published)
    file = write_leaderboard(page, out)
    say(f"{len(reading.accepted)} ranked on {len(page.boards)} board(s), {len(reading.refused)} refused.")
    typer.echo(file)
    if reading.refused:
        raise typer.Exit(GATE_SAID_NO)
