"""A comparison as a LaTeX tabular with notes below it, which compiles as it is, given booktabs."""

from collections.abc import Mapping, Sequence
from typing import Final

from dreambench.reports.cells import Column
from dreambench.reports.comparison.comparison_table import ComparedRow, ComparisonTable, Score, stars
from dreambench.reports.comparison.legend import fingerprints, legend
from dreambench.reports.escaping import escape_latex
from dreambench.reports.published.row import PublishedRow
from dreambench.reports.table import heading, narrow_interval, number

_PREAMBLE: Final = (
    "% In the preamble: \\usepackage{booktabs}",
    "% In the text: \\begin{table}\\centering \\input{this file}\\caption{...}\\end{table}",
    "% For the caption:",
)
_TIED: Final = "$^{\\approx}$"
_ROW_END: Final = " \\\\"


def latex(table: ComparisonTable) -> str:
    """One tabular: a row a method with its means, the intervals in a small row below it, parts and published rows apart."""
    lines = [*_PREAMBLE, *(f"%   {escape_latex(line)}" for line in legend(table, best="bold", second="underlined"))]
    lines += [f"\\begin{{tabular}}{{l{'r' * len(table.columns)}}}", "\\toprule"]
    lines += [_row(["Method", *(_heading(column) for column in table.columns)])]
    for block in table.blocks:
        lines.append("\\midrule")
        if len(table.blocks) > 1:
            lines += [_span(table, f"\\textit{{{escape_latex(block.title)}}}")]
        decimals = block.decimals(table.columns)
        for index, row in enumerate(block.rows):
            lines += ["\\addlinespace[2pt]"] if index else []  # an interval belongs to the mean above it
            lines += _method(table, row, decimals)
    sources: dict[str, int] = {}
    for title, rows in table.published_groups:
        lines += ["\\midrule", _span(table, f"\\textit{{{escape_latex(title)}}}"), *_published(table, rows, sources)]
    notes = [f"$^{{{mark}}}${escape_latex(source)}." for source, mark in sources.items()]
    lines += ["\\bottomrule", "\\end{tabular}"]
    return "\n".join([*lines, *_below([escape_latex(fingerprints(table)), *([" ".join(notes)] if notes else [])]), ""])


def _method(table: ComparisonTable, row: ComparedRow, decimals: Mapping[str, int]) -> list[str]:
    letter = f"$^{{\\mathrm{{{table.letter(row)}}}}}$" if table.mixed else ""
    means = [_mean(row.score(column), decimals[column.key]) for column in table.columns]
    below = [narrow_interval(row.score(column).cell, decimals=decimals[column.key]) for column in table.columns]
    lines = [_row([escape_latex(row.label) + letter, *means])]
    if any(below):
        small = [f"{{\\scriptsize {escape_latex(text)}}}" if text else "" for text in below]
        lines.append(_row(["", *small]))
    return lines


def _mean(score: Score, decimals: int) -> str:
    if score.cell.mean is None:
        return "--"
    value = _math_minus(number(score.cell.mean, decimals=decimals))
    value = {1: f"\\textbf{{{value}}}", 2: f"\\underline{{{value}}}"}.get(score.rank or 0, value)
    mark = stars(score)
    return value + (_TIED if score.tied else "") + (f"$^{{{mark}}}$" if mark else "")


def _published(table: ComparisonTable, rows: Sequence[PublishedRow], sources: dict[str, int]) -> list[str]:
    """The rows, with a number each for where they come from; new numbers are added to the sources."""
    lines = []
    for row in rows:
        mark = sources.setdefault(row.provenance, len(sources) + 1)
        values = ["--" if row.mean(column) is None else _math_minus(number(row.mean(column))) for column in table.columns]
        lines.append(_row([f"{escape_latex(row.label)}$^{{{mark}}}$", *values]))
    return lines


def _heading(column: Column) -> str:
    return escape_latex(heading(column))


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + _ROW_END


def _span(table: ComparisonTable, text: str) -> str:
    return f"\\multicolumn{{{len(table.columns) + 1}}}{{l}}{{{text}}}{_ROW_END}"


def _below(notes: Sequence[str]) -> list[str]:
    """Notes under the tabular, as wide as the text: a row of it that spans all columns would stretch the last one."""
    return ["\\par\\smallskip\\noindent", f"\\parbox{{\\linewidth}}{{\\raggedright\\scriptsize {f'{_ROW_END} '.join(notes)}}}"]


def _math_minus(text: str) -> str:
    return f"$-${text[1:]}" if text.startswith("-") else text
