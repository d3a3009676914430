"""Runs side by side, with paired significance, as a terminal table, markdown, LaTeX, CSV or JSON."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from reports.records import Cell, Column, Row, used_columns
from reports.table import heading, interval, number

Format = Literal["table", "markdown", "latex", "csv", "json"]
FORMATS: Final[tuple[Format, ...]] = ("table", "markdown", "latex", "csv", "json")
#: Holm-adjusted p-values up to these get the mark.
MARKS: Final[tuple[tuple[float, str], ...]] = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


@dataclass(frozen=True)
class Significance:
    """A metric's paired difference to the run that the others are held against.

    Attributes:
        difference: mean over subjects, this run minus the other; None where a run lacks the metric.
        low, high: its 95% interval.
        p_value: of the paired permutation test.
        adjusted_p_value: the same after Holm over the metrics.
        n_subjects, n_cells: subjects, and subject x prompt cells, in the pairing.
    """

    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    adjusted_p_value: float | None
    n_subjects: int
    n_cells: int


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison: its row, its fingerprint, and its differences by metric (none for the run held against)."""

    row: Row
    folder: str
    fingerprint: str
    against: Mapping[str, Significance] = field(default_factory=dict)


def mark(significance: Significance | None) -> str:
    """Stars for the Holm-adjusted p-value: * up to 0.05, ** up to 0.01, *** up to 0.001."""
    if significance is None or significance.adjusted_p_value is None:
        return ""
    return next((stars for bound, stars in MARKS if significance.adjusted_p_value <= bound), "")


def legend(runs: Sequence[ComparedRun], protocol: str) -> str:
    """The line below a comparison: what the numbers are, and the one fingerprint they share."""
    reference = next((run.row.label for run in runs if not run.against), runs[0].row.label)
    return (
        f"Mean [95% interval over subjects]. Against {reference}: * p <= 0.05, ** 0.01, *** 0.001 "
        f"(paired permutation, Holm over metrics). Protocol {protocol}, fingerprint {runs[0].fingerprint}."
    )


def render_comparison(runs: Sequence[ComparedRun], columns: Sequence[Column], *, protocol: str, form: Format) -> str:
    """The comparison as text.

    Args:
        runs: all under one fingerprint (the caller has checked).
        columns: metrics in the order to show; those that no run has are left out.
        protocol: the protocol's name.
        form: "table" gives a terminal table without colours.
    """
    shown = used_columns(columns, [run.row for run in runs])
    match form:
        case "json":
            return json.dumps([_record(run, shown) for run in runs], indent=2, allow_nan=False) + "\n"
        case "csv":
            return _csv(runs, shown)
        case "markdown":
            return _markdown(runs, shown, protocol)
        case "latex":
            return _latex(runs, shown, protocol)
        case "table":
            return _table(runs, shown, protocol)


def _cell(run: ComparedRun, column: Column) -> Cell:
    return run.row.cells.get(column.key, Cell(None))


def _record(run: ComparedRun, columns: Sequence[Column]) -> dict[str, Any]:
    metrics = {}
    for column in columns:
        cell = _cell(run, column)
        entry: dict[str, Any] = {"mean": cell.mean, "ci95": [cell.low, cell.high], "higher_is_better": column.higher_is_better}
        if column.key in run.against:
            entry["against"] = vars(run.against[column.key])
        metrics[column.key] = entry
    return {"run": run.row.label, "folder": run.folder, "fingerprint": run.fingerprint, "metrics": metrics}


def _csv(runs: Sequence[ComparedRun], columns: Sequence[Column]) -> str:
    buffer = io.StringIO()
    parts = ("", "_low", "_high", "_difference", "_p", "_p_holm")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["run", "folder", "fingerprint", *(f"{column.key}{part}" for column in columns for part in parts)])
    for run in runs:
        values: list[Any] = [run.row.label, run.folder, run.fingerprint]
        for column in columns:
            cell, other = _cell(run, column), run.against.get(column.key)
            values += [cell.mean, cell.low, cell.high]
            values += [other.difference, other.p_value, other.adjusted_p_value] if other else [None, None, None]
        writer.writerow(values)
    return buffer.getvalue()


def _body(run: ComparedRun, column: Column) -> str:
    cell = _cell(run, column)
    return f"{number(cell.mean)} {interval(cell)}".strip() + mark(run.against.get(column.key))


def _markdown(runs: Sequence[ComparedRun], columns: Sequence[Column], protocol: str) -> str:
    lines = ["| Run | " + " | ".join(heading(column) for column in columns) + " |"]
    lines.append("|---|" + "---:|" * len(columns))
    for run in runs:
        bodies = [_body(run, column).replace("*", "\\*") for column in columns]
        label = run.row.label.replace("|", "\\|")
        lines.append(f"| {label} | " + " | ".join(bodies) + " |")
    return "\n".join([*lines, "", legend(runs, protocol).replace("*", "\\*"), ""])


def _latex(runs: Sequence[ComparedRun], columns: Sequence[Column], protocol: str) -> str:
    up, down = "$\\uparrow$", "$\\downarrow$"
    arrows = [f"{_tex(column.label)} {up if column.higher_is_better else down}" for column in columns]
    lines = [f"% {legend(runs, protocol)}", f"\\begin{{tabular}}{{l{'r' * len(columns)}}}", "\\toprule"]
    lines += ["Run & " + " & ".join(arrows) + " \\\\", "\\midrule"]
    for run in runs:
        bodies = []
        for column in columns:
            cell, stars = _cell(run, column), mark(run.against.get(column.key))
            small = f" {{\\scriptsize {interval(cell)}}}" if interval(cell) else ""
            bodies.append(number(cell.mean) + (f"$^{{{stars}}}$" if stars else "") + small)
        lines.append(f"{_tex(run.row.label)} & " + " & ".join(bodies) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", ""])


def _table(runs: Sequence[ComparedRun], columns: Sequence[Column], protocol: str) -> str:
    widths = [max(len(heading(column)), *(len(_body(run, column)) for run in runs)) for column in columns]
    first = max(len("run"), *(len(run.row.label) for run in runs))
    header = "  ".join(["run".ljust(first), *(heading(c).rjust(w) for c, w in zip(columns, widths, strict=True))])
    lines = [header, "-" * len(header)]
    for run in runs:
        bodies = [_body(run, column).rjust(width) for column, width in zip(columns, widths, strict=True)]
        lines.append("  ".join([run.row.label.ljust(first), *bodies]))
    return "\n".join([*lines, "", legend(runs, protocol), ""])


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(letter, f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
