"""The end of a run: its table beside the real images, the cheat and the floor, or JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typer

from dreambench.benchmark.reporting.wording import counted, duration

#: What the rows of each kind of subject are called.
_KINDS: Final = {"object": "objects", "live": "live subjects"}
#: So many metrics come first, the paper's; they fit into 80 columns.
_PAPERS: Final = 5
_UNBOUNDED: Final = 1000


def print_results(
    summary: Mapping[str, Any], *, title: str, folder: Path | None, floor: Mapping[str, Any] | None, remarks: list[str]
) -> None:
    """Print the table of a summary on stdout, a row for each kind of subject below the main one.

    Args:
        summary: of summary.json.
        title: what was run.
        folder: where the scores are; None when nothing was written.
        floor: the pretrained floor's metrics, if there is one.
        remarks: lines below the table.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.text import Text

    from dreambench.benchmark.scoring.copying import copying_remark
    from dreambench.reports.records import Column, row_from_metrics
    from dreambench.reports.table import terminal_table

    overall = summary["overall"]
    columns = [Column(key, str(entry["label"]), bool(entry["higher_is_better"])) for key, entry in overall.items()]
    label = str(summary.get("method") or title)
    rows = [
        row_from_metrics(name, metrics, is_subject=False)
        for name, metrics in summary.get("beside", {}).items()
        if name != label
    ]
    rows.append(row_from_metrics(label, overall))
    kinds = summary.get("per_kind") or {}
    if len(kinds) > 1:
        order = sorted(kinds, key=[*_KINDS, *sorted(kinds)].index)
        rows += [row_from_metrics(f"  {_KINDS.get(kind, kind)}", kinds[kind], is_subject=False) for kind in order]
    if floor is not None:
        rows.append(row_from_metrics("pretrained", floor, is_subject=False))
    caption = (
        f"{counted(summary['n_subjects'], 'subject')} x {counted(summary['n_prompts'], 'prompt')}, "
        f"{counted(summary['n_images'], 'image')}. "
        f"Means with 95% intervals over subjects. Protocol {summary['protocol']}, fingerprint {summary['fingerprint']}."
    )
    console = Console(highlight=False)
    table = terminal_table(rows, columns, title=title, caption=caption)
    if Measurement.get(console, console.options.update(max_width=_UNBOUNDED), table).maximum <= console.width:
        console.print(table)
    else:  # a narrow terminal would cut the numbers off
        console.print(terminal_table(rows, columns[:_PAPERS], title=title, caption=""))
        console.print(terminal_table(rows, columns[_PAPERS:], title="", caption=""))
        console.print(Text(caption, style="dim"))
    warning = copying_remark(summary.get("copying"))
    for remark in [*([warning] if warning else []), *remarks, *([f"Everything is in {folder}."] if folder is not None else [])]:
        typer.echo(remark)


def print_json(summary: Mapping[str, Any], *, folder: Path | None, floor: Mapping[str, Any] | None) -> None:
    """Print a summary as JSON on stdout, with the folder and the floor."""
    typer.echo(json.dumps({"folder": None if folder is None else str(folder), **summary, "pretrained": floor}, indent=2))


def seconds_remark(summary: Mapping[str, Any]) -> str:
    """What the phases took."""
    seconds = summary.get("seconds") or {}
    parts = [f"{phase} {duration(float(value))}" for phase, value in seconds.items() if value is not None]
    return f"Worker time: {', '.join(parts)}." if parts else ""
