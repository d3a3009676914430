"""The end of a run: its table beside the real images, the cheat and the floor, or JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from benchmark.cli.progress import duration


def print_results(
    summary: Mapping[str, Any], *, title: str, folder: Path | None, floor: Mapping[str, Any] | None, remarks: list[str]
) -> None:
    """Print the table of a summary on stdout.

    Args:
        summary: of summary.json.
        title: what was run.
        folder: where the scores are; None when nothing was written.
        floor: the pretrained floor's metrics, if there is one.
        remarks: lines below the table.
    """
    from rich.console import Console

    from reports.records import Column, row_from_metrics
    from reports.table import terminal_table

    overall = summary["overall"]
    columns = [Column(key, str(entry["label"]), bool(entry["higher_is_better"])) for key, entry in overall.items()]
    label = str(summary.get("method") or title)
    rows = [
        row_from_metrics(name, metrics, is_subject=False)
        for name, metrics in summary.get("beside", {}).items()
        if name != label
    ]
    rows.append(row_from_metrics(label, overall))
    if floor is not None:
        rows.append(row_from_metrics("pretrained", floor, is_subject=False))
    caption = (
        f"{summary['n_subjects']} subjects x {summary['n_prompts']} prompts, {summary['n_images']} images. "
        f"Means with 95% intervals over subjects. Protocol {summary['protocol']}, fingerprint {summary['fingerprint']}."
    )
    Console(highlight=False).print(terminal_table(rows, columns, title=title, caption=caption))
    for remark in [*remarks, *([f"Everything is in {folder}."] if folder is not None else [])]:
        typer.echo(remark)


def print_json(summary: Mapping[str, Any], *, folder: Path | None, floor: Mapping[str, Any] | None) -> None:
    """Print a summary as JSON on stdout, with the folder and the floor."""
    typer.echo(json.dumps({"folder": None if folder is None else str(folder), **summary, "pretrained": floor}, indent=2))


def seconds_remark(summary: Mapping[str, Any]) -> str:
    """What the phases took."""
    seconds = summary.get("seconds") or {}
    parts = [f"{phase} {duration(float(value))}" for phase, value in seconds.items() if value is not None]
    return f"Worker time: {', '.join(parts)}." if parts else ""
