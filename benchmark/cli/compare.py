"""`bench compare`: runs side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dreambench.benchmark.cli.talk import echo

if TYPE_CHECKING:
    from dreambench.benchmark.api.compare import Compared
    from dreambench.reports.comparison import Format


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Runs' folders, or folders that `bench score --out` wrote.", show_default=False, metavar="RUN RUN ..."
        ),
    ],
    form: Annotated[str, typer.Option("--format", help="table, markdown, latex, csv or json.")] = "table",
    against: Annotated[
        str | None,
        typer.Option(help="The run, by folder or row, that the others are tested against; the first one if left out."),
    ] = None,
    per: Annotated[
        list[str] | None, typer.Option(help="Also part by part: kind (of subject) or family (of prompts). Repeatable.")
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="Add rows from the literature, set apart.")] = False,
    shared: Annotated[bool, typer.Option("--shared", help="Compare only the subjects and prompts that all runs have.")] = False,
    allow_mixed: Annotated[
        bool, typer.Option("--allow-mixed", help="Show runs under different fingerprints, marked, with no test across.")
    ] = False,
    pool_seeds: Annotated[bool, typer.Option("--pool-seeds", help="One row for runs that differ in their seed alone.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Print runs side by side: means, 95% intervals, the best and what is within noise of it, and paired tests.

    Differences are tested by a paired permutation test over subjects, Holm-corrected over the metrics. Runs under different
    protocols, or with different subjects or prompts, are refused: their numbers do not mean the same.
    """
    from dreambench.benchmark.api.compare import compare as compare_runs
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.results.parts import BREAKDOWNS
    from dreambench.reports.comparison import FORMATS

    chosen: Format = choose(form, FORMATS, "--format")
    parts = [choose(part, BREAKDOWNS, "--per") for part in per or ()]
    _check_out(out)
    compared = compare_runs(
        *runs,
        against=against,
        per=parts,
        published=published,
        shared=shared,
        allow_mixed=allow_mixed,
        pool_seeds=pool_seeds,
    )
    _print(compared, chosen, out)


def _check_out(out: Path | None) -> None:
    from dreambench.dataset.errors import UserError

    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise UserError(f"--out {out} cannot be written: it must be a file in a folder that is there.")


def _print(compared: "Compared", form: "Format", out: Path | None) -> None:
    from dreambench.benchmark.cli.talk import say
    from dreambench.dataset.files import atomic_write_bytes
    from dreambench.reports.comparison import comparison_view

    if out is not None:
        atomic_write_bytes(out, compared.render(form).encode())
        say(f"The comparison is in {out}.")
    elif form == "table":
        from dreambench.reports.console import make_console

        console = make_console()
        console.print(*comparison_view(compared.table, width=console.width), sep="\n")
    else:
        echo(compared.render(form), nl=False)
