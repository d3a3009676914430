"""The end of a run: its table beside the yardsticks and the floor, or JSON."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.cli.talk import echo
from dreambench.benchmark.reporting.wording import duration
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.benchmark.results.summary import Summary
    from dreambench.benchmark.scoring.summary import Means
    from dreambench.reports.cells import Column, Row

_UNBOUNDED: Final = 1000


def print_results(summary: "Summary", *, title: str, folder: Path | None, floor: "Means | None", remarks: list[str]) -> None:
    """Print the table of a summary on stdout, a row for each kind of subject below the main one.

    Args:
        summary: of the scores.
        title: what was run.
        folder: where the scores are; None when nothing was written.
        floor: the pretrained floor's means, if there is one.
        remarks: lines below the table.
    """
    from rich.text import Text

    from dreambench.dataset.kinds import kind_label, kinds_in_order
    from dreambench.reports.cells import column_of, row_of
    from dreambench.reports.console import make_console
    from dreambench.reports.table import terminal_table

    columns = [column_of(info) for info in summary.metrics]
    label = summary.method or title
    rows = [row_of(name, means, is_subject=False) for name, means in summary.beside.items() if name != label]
    rows.append(row_of(label, summary.overall))
    kinds = summary.per_kind
    if len(kinds) > 1:
        rows += [row_of(f"  {kind_label(kind)}", kinds[kind], is_subject=False) for kind in kinds_in_order(kinds)]
    if floor is not None:
        rows.append(row_of("pretrained", floor, is_subject=False))
    caption = (
        f"{counted(summary.n_subjects, 'subject')} x {counted(summary.n_prompts, 'prompt')}, "
        f"{counted(summary.n_images, 'image')}. Means with 95% intervals over subjects. "
        f"Protocol {summary.protocol.name}, fingerprint {summary.fingerprint}."
    )
    console = make_console()
    groups = _fitting(columns, rows, console.width)
    for number, group in enumerate(groups):
        is_whole = len(groups) == 1
        console.print(terminal_table(rows, group, title="" if number else title, caption=caption if is_whole else ""))
    if len(groups) > 1:
        console.print(Text(caption, style="dim"))
    warning = "" if summary.copying is None else summary.copying.remark()
    alone = _left_out_of(summary, "impostor")
    everything = f"Everything is in {folder}." if folder is not None else ""
    for remark in filter(None, [warning, *remarks, alone, everything]):
        echo(remark)


def print_json(summary: "Summary", *, folder: Path | None, floor: "Means | None") -> None:
    """Print a summary as JSON on stdout, with the folder and the floor."""
    values = summary.model_dump(mode="json")
    pretrained = None if floor is None else {key: mean.model_dump(mode="json") for key, mean in floor.items()}
    echo(json.dumps({"folder": None if folder is None else str(folder), **values, "pretrained": pretrained}, indent=2))


def seconds_remark(summary: "Summary") -> str:
    """What the phases took."""
    parts = [f"{phase} {duration(seconds)}" for phase, seconds in summary.seconds.items()]
    return f"Worker time: {', '.join(parts)}." if parts else ""


def _fitting(columns: "list[Column]", rows: "list[Row]", width: int) -> "list[list[Column]]":
    """The columns in as few tables as a terminal needs: one that is too wide would cut its numbers off."""
    from rich.measure import Measurement

    from dreambench.reports.cells import used_columns
    from dreambench.reports.console import make_console
    from dreambench.reports.table import terminal_table

    console = make_console(width=_UNBOUNDED)
    groups: list[list[Column]] = [[]]
    for column in used_columns(columns, rows):
        table = terminal_table(rows, [*groups[-1], column], title="", caption="")
        if groups[-1] and Measurement.get(console, console.options, table).maximum > width:
            groups.append([])
        groups[-1].append(column)
    return groups


def _left_out_of(summary: "Summary", yardstick: str) -> str:
    """How many subjects a yardstick could not be taken of."""
    means = summary.beside.get(yardstick)
    counted_in = max((mean.n for mean in means.values()), default=0) if means else 0
    left = summary.n_subjects - counted_in
    if not means or not left:
        return ""
    which = f"{counted(left, 'subject')} whose class noun no other subject has {'is' if left == 1 else 'are'} left out"
    return f"{yardstick}: {which}." if counted_in else f"{yardstick}: no two subjects have the same class noun."
