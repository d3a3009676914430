"""`bench compare`: two or more runs side by side."""

import math
from pathlib import Path
from typing import Annotated

import typer


def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Two or more folders with scores.", show_default=False, metavar="RUN RUN ...")
    ],
    form: Annotated[str, typer.Option("--format", help="table, markdown, latex, csv or json.")] = "table",
    against: Annotated[
        Path | None, typer.Option(help="The run that the others are held against; the first one if left out.")
    ] = None,
) -> None:
    """Print runs side by side: means, 95% intervals, and whether they differ (paired permutation test, Holm over metrics).

    Runs under different protocols, or with different subjects or prompts, are refused: their numbers do not mean the same.
    """
    from benchmark.cli.choices import choose
    from benchmark.metrics import metric_infos
    from benchmark.runs.comparison import check_comparable, compare_against, labels_of, metric_entries
    from benchmark.runs.finished import read_finished
    from dataset.errors import UserError
    from reports.compare import FORMATS, ComparedRun, Format, Significance, render_comparison
    from reports.records import Column, row_from_metrics

    chosen: Format = choose(form, FORMATS, "--format")
    folders = list(runs)
    if against is not None and against.resolve() not in [folder.resolve() for folder in folders]:
        folders.insert(0, against)
    if len({folder.resolve() for folder in folders}) != len(folders):
        raise UserError("A run is named twice; name each folder once.")
    if len(folders) < 2:
        raise UserError("bench compare needs two runs or more; name another folder.")
    finished = [read_finished(folder) for folder in folders]
    check_comparable(finished)
    place = 0 if against is None else [folder.resolve() for folder in folders].index(against.resolve())
    compared = [
        ComparedRun(
            row=row_from_metrics(label, metric_entries(run)),
            folder=str(run.root),
            fingerprint=run.fingerprint,
            against={
                key: Significance(
                    difference=_number(each.difference),
                    low=_number(each.low),
                    high=_number(each.high),
                    p_value=_number(each.p_value),
                    adjusted_p_value=_number(each.adjusted_p_value),
                    n_subjects=each.n_subjects,
                    n_cells=each.n_cells,
                )
                for key, each in comparison.items()
            },
        )
        for run, label, comparison in zip(finished, labels_of(finished), compare_against(finished, place), strict=True)
    ]
    labels = {key: str(entry.get("label") or key) for key, entry in metric_entries(finished[0]).items()}
    columns = [Column(info.key, labels.get(info.key, info.label), info.higher_is_better) for info in metric_infos("lpips")]
    typer.echo(render_comparison(compared, columns, protocol=str(finished[0].summary["protocol"]), form=chosen), nl=False)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
