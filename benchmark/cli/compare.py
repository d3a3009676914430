"""`bench compare`: runs side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dreambench.benchmark.metrics import MetricInfo
    from dreambench.benchmark.results.comparison import ScoredRun
    from dreambench.reports.comparison import ComparisonTable, Format


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
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Print runs side by side: means, 95% intervals, the best and what is within noise of it, and paired tests.

    Differences are tested by a paired permutation test over subjects, Holm-corrected over the metrics. Runs under different
    protocols, or with different subjects or prompts, are refused: their numbers do not mean the same.
    """
    from dreambench.benchmark.cli.choices import choose
    from dreambench.benchmark.metrics import METRICS
    from dreambench.benchmark.reporting.comparison_table import comparison_table, place_of
    from dreambench.benchmark.results.parts import BREAKDOWNS
    from dreambench.dataset.errors import UserError
    from dreambench.reports.comparison import FORMATS
    from dreambench.reports.published import published_rows

    chosen: Format = choose(form, FORMATS, "--format")
    parts = [choose(each, BREAKDOWNS, "--per") for each in per or ()]
    folders = list(runs)
    if against is not None and Path(against).is_dir() and Path(against).resolve() not in [each.resolve() for each in folders]:
        folders.insert(0, Path(against))
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    if len(folders) < 2 and not published:
        raise UserError("bench compare needs two runs or more, or one with --published; name another folder.")
    _check_out(out)
    scored, remarks = _read(folders, METRICS, shared=shared, allow_mixed=allow_mixed)
    if published:
        remarks += _not_the_photos(scored)
    table = comparison_table(
        scored,
        METRICS,
        against=place_of(against, scored) if against is not None else 0 if len(scored) > 1 else None,
        per=parts,
        published=published_rows() if published else (),
        remarks=remarks,
    )
    _print(table, chosen, out)


def _read(
    folders: Sequence[Path], infos: "Sequence[MetricInfo]", *, shared: bool, allow_mixed: bool
) -> "tuple[list[ScoredRun], list[str]]":
    """The runs, checked or restricted to what they share, and what was done to them in words."""
    from dreambench.benchmark.results.comparison import (
        check_same_dataset,
        check_same_prompts,
        check_same_protocol,
        read_scored,
        restrict_to_shared,
    )
    from dreambench.benchmark.results.finished import read_finished

    finished = [read_finished(folder) for folder in folders]
    if not allow_mixed:
        check_same_protocol(finished, way_out=", or add --allow-mixed for a table that marks them and tests nothing across")
    check_same_dataset(finished)
    scored = read_scored(finished, infos)
    if not shared:
        check_same_prompts(scored, way_out="add --shared to compare those that all have")
        return scored, []
    restricted = restrict_to_shared(scored)
    remarks = []
    if any(len(before.prompts) != len(after.prompts) for before, after in zip(scored, restricted, strict=True)):
        there = sorted({len(each.prompts) for each in scored})
        remarks.append(
            f"Only the {len(restricted[0].prompts)} pairs of subject and prompt that all runs have, of "
            f"{' or '.join(map(str, there))}; the numbers differ from those of the whole runs."
        )
    return restricted, remarks


def _not_the_photos(runs: "Sequence[ScoredRun]") -> list[str]:
    """A warning where runs and literature are not even about the same images."""
    name = runs[0].run.dataset.get("name")
    if name == "dreambooth":
        return []
    return [f"The rows from the literature are about the 30 photo subjects, these runs about the dataset '{name}'."]


def _check_out(out: Path | None) -> None:
    from dreambench.dataset.errors import UserError

    if out is not None and (out.is_dir() or not out.absolute().parent.is_dir()):
        raise UserError(f"--out {out} cannot be written: it must be a file in a folder that is there.")


def _print(table: "ComparisonTable", form: "Format", out: Path | None) -> None:
    from dreambench.benchmark.cli.exits import say
    from dreambench.dataset.files import atomic_write_bytes
    from dreambench.reports.comparison import comparison_view, render_comparison

    if out is not None:
        atomic_write_bytes(out, render_comparison(table, form=form).encode())
        say(f"The comparison is in {out}.")
    elif form == "table":
        from rich.console import Console

        console = Console(highlight=False)
        console.print(*comparison_view(table, width=console.width), sep="\n")
    else:
        typer.echo(render_comparison(table, form=form), nl=False)
